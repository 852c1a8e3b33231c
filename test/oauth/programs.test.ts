import { generateKeyPairSync, type JsonWebKey, webcrypto } from "node:crypto";
import { connect, type McpError } from "mcp-rivulet";
import { clientCredentials, enterprise, memoryStore, type OAuthProvider, workload } from "mcp-rivulet/oauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Site, startSite } from "./provider.ts";
import { createWorld, issuer, json, server, type World } from "./world.ts";

const failed = (doing: Promise<unknown>): Promise<McpError> =>
  doing.then(
    () => {
      throw new Error("it worked");
    },
    (error: McpError) => error,
  );

async function call(world: World, auth: OAuthProvider): Promise<void> {
  const client = await connect(server, { auth, fetch: world.fetch });
  expect((await client.callTool("any")).text).toBe("called");
  await client.close();
}

describe("a program, at an authorization server nobody here wrote,", () => {
  // With characters that form encoding must not lose.
  const secret = "a secret: 50% + \\ & ~'more'/==";
  const machine = {
    redirect_uris: [],
    response_types: [],
    grant_types: ["client_credentials"],
    client_secret: secret,
  };
  const algorithms = [
    { algorithm: "ES256", keys: generateKeyPairSync("ec", { namedCurve: "P-256" }) },
    { algorithm: "RS256", keys: generateKeyPairSync("rsa", { modulusLength: 2048 }) },
    { algorithm: "PS256", keys: generateKeyPairSync("rsa", { modulusLength: 2048 }) },
    { algorithm: "Ed25519", keys: generateKeyPairSync("ed25519") },
  ].map(({ algorithm, keys }) => ({
    algorithm,
    pem: keys.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    jwk: { ...(keys.publicKey.export({ format: "jwk" }) as JsonWebKey), alg: algorithm, use: "sig" },
  }));
  let site: Site;
  beforeAll(async () => {
    site = await startSite("", {
      clients: [
        { ...machine, client_id: "by basic", token_endpoint_auth_method: "client_secret_basic" },
        { ...machine, client_id: "by-post", token_endpoint_auth_method: "client_secret_post" },
        ...algorithms.map(({ algorithm, jwk }) => ({
          ...machine,
          client_id: `by-${algorithm}`,
          client_secret: undefined,
          token_endpoint_auth_method: "private_key_jwt",
          token_endpoint_auth_signing_alg: algorithm,
          jwks: { keys: [jwk] },
        })),
      ],
    });
  });
  afterAll(() => site.close());

  async function who(auth: OAuthProvider): Promise<string> {
    const client = await connect(site.mcp, { auth });
    const { text } = await client.callTool("who");
    await client.close();
    return text;
  }

  it("proves with a secret who it is, by HTTP Basic", async () => {
    const auth = clientCredentials({ clientId: "by basic", clientSecret: secret });
    expect(await who(auth)).toBe("by basic");
  });

  it("proves with a secret who it is, in the body where the authorization server wants that", async () => {
    const sent: RequestInit[] = [];
    const fetch = async (url: string, init: RequestInit) => {
      if (url.endsWith("/token")) sent.push(init);
      const response = await globalThis.fetch(url, init);
      if (!url.includes("oauth-authorization-server")) return response;
      // This one can do both; many can do no other than this.
      const metadata = (await response.json()) as object;
      return json({ ...metadata, token_endpoint_auth_methods_supported: ["client_secret_post"] });
    };
    expect(await who(clientCredentials({ clientId: "by-post", clientSecret: secret, fetch }))).toBe(
      "by-post",
    );
    expect(sent.map(({ headers }) => new Headers(headers).has("authorization"))).toEqual([false]);
    expect(new URLSearchParams(String(sent[0]?.body)).get("client_secret")).toBe(secret);
  });

  it.each(algorithms)("proves with a key for $algorithm who it is", async ({ algorithm, pem }) => {
    const auth = clientCredentials({ clientId: `by-${algorithm}`, privateKey: pem, algorithm });
    expect(await who(auth)).toBe(`by-${algorithm}`);
  });

  it("proves with a CryptoKey who it is", async () => {
    const [{ pem } = { pem: "" }] = algorithms;
    const bytes = Buffer.from(pem.replace(/-----.*-----|\s/g, ""), "base64");
    const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
    const privateKey = await webcrypto.subtle.importKey("pkcs8", bytes, ecdsa, false, ["sign"]);
    expect(await who(clientCredentials({ clientId: "by-ES256", privateKey }))).toBe("by-ES256");
  });

  it("is refused with the secret of somebody else, which is not shown", async () => {
    const error = await failed(
      who(clientCredentials({ clientId: "by basic", clientSecret: "not-this-one" })),
    );
    expect(error).toMatchObject({ code: "unauthorized", data: { error: "invalid_client" } });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("not-this-one");
  });

  it("is refused with the key of somebody else", async () => {
    const [first, second] = algorithms;
    const auth = clientCredentials({
      clientId: `by-${first?.algorithm}`,
      privateKey: second?.pem,
      algorithm: "RS256",
    });
    expect(await failed(who(auth))).toMatchObject({
      code: "unauthorized",
      data: { error: "invalid_client" },
    });
  });

  it("gets new tokens when its own have ended, once for all calls that need them", async () => {
    const client = await connect(site.mcp, {
      auth: clientCredentials({ clientId: "by basic", clientSecret: secret }),
    });
    const before = site.grants.length;
    site.expire();
    const results = await Promise.all([
      client.callTool("who"),
      client.callTool("who"),
      client.callTool("who"),
    ]);
    expect(results.map(({ text }) => text)).toEqual(Array(3).fill("by basic"));
    expect(site.grants.slice(before)).toEqual(["client_credentials"]);
    await client.close();
  });
});

describe("client credentials", () => {
  it("go to the token endpoint and nowhere else, with resource and scope", async () => {
    const world = createWorld({ resource: { scopes_supported: ["a", "b"] } });
    await call(
      world,
      clientCredentials({ clientId: "ours", clientSecret: "very-secret", fetch: world.fetch }),
    );
    const [token, more] = world.requests("/token");
    expect(more).toBeUndefined();
    expect(Object.fromEntries(token?.form ?? [])).toEqual({
      grant_type: "client_credentials",
      resource: server,
      scope: "a b",
    });
    expect(token?.headers.get("authorization")).toBe(`Basic ${btoa("ours:very-secret")}`);
    const elsewhere = world.seen.filter((seen) => seen !== token);
    expect(JSON.stringify(elsewhere.map(({ url, body, headers }) => [url, body, [...headers]]))).not.toMatch(
      /very-secret|b3VyczpA?/,
    );
  });

  it("are asserted by a JWT for the authorization server, each good for one request and a short time", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const world = createWorld();
    const auth = clientCredentials({ clientId: "ours", privateKey: pem, fetch: world.fetch });
    await call(world, auth);
    world.valid.clear();
    world.refreshTokens.clear();
    await call(world, auth);
    const claims = world.requests("/token").map(({ form }) => {
      const [, body = ""] = form.get("client_assertion")?.split(".") ?? [];
      return JSON.parse(Buffer.from(body, "base64url").toString());
    });
    expect(claims.length).toBeGreaterThan(1);
    for (const { iss, sub, aud, exp, iat } of claims) {
      expect({ iss, sub, aud }).toEqual({ iss: "ours", sub: "ours", aud: issuer });
      expect(exp - iat).toBeLessThanOrEqual(300);
    }
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(claims.length);
    expect(world.requests("/token")[0]?.form.has("client_secret")).toBe(false);
  });

  it.each(["no PEM at all", "-----BEGIN PRIVATE KEY-----\nMIGHidden==\n-----END PRIVATE KEY-----"])(
    "with a key that is none are refused, and it is not shown: %s",
    async (privateKey) => {
      const world = createWorld();
      const error = await failed(
        call(world, clientCredentials({ clientId: "ours", privateKey, fetch: world.fetch })),
      );
      expect(error).toMatchObject({ code: "auth_refused", message: expect.stringContaining("privateKey") });
      expect(`${error.message} ${String(error.cause)}`).not.toMatch(/Hidden|no PEM at all/);
      expect(world.requests("/token")).toEqual([]);
    },
  );

  it("are not sent again and again to a server that takes no token", async () => {
    const world = createWorld({
      answer: ({ url }) => (url === server ? new Response(null, { status: 401 }) : undefined),
    });
    const auth = clientCredentials({ clientId: "ours", clientSecret: "s", fetch: world.fetch });
    expect(await failed(call(world, auth))).toMatchObject({ code: "unauthorized" });
    expect(world.requests("/token")).toHaveLength(1);
  });

  it("do not go to another authorization server than the one that is allowed", async () => {
    const world = createWorld();
    const auth = clientCredentials({
      clientId: "ours",
      clientSecret: "s",
      issuer: "https://our.example",
      fetch: world.fetch,
    });
    expect(await failed(call(world, auth))).toMatchObject({
      code: "auth_refused",
      message: expect.stringContaining("now guarded by"),
    });
    expect(world.seen.filter(({ url }) => url.startsWith(issuer))).toEqual([]);
  });

  it("do not go to it for what an earlier sign-in has left in the store either", async () => {
    const world = createWorld({ expiresIn: 1 });
    const store = memoryStore();
    const common = { clientId: "ours", clientSecret: "s", store, fetch: world.fetch };
    await clientCredentials(common).signIn(server);
    const before = world.seen.length;
    // The tokens are due, and there is a refresh token for them.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const auth = clientCredentials({ ...common, issuer: "https://our.example" });
    expect(await auth.headers({ url: server, method: "POST" })).toEqual({});
    expect(world.seen.slice(before)).toEqual([]);
  });
});

describe("workload identity", () => {
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

  it("trades the token of the platform for one of the server, and asks for the current one each time", async () => {
    const world = createWorld({ resource: { scopes_supported: ["a"] } });
    let count = 0;
    const assertion = async () => `jwt-${++count}`;
    const auth = workload({ clientId: "job", assertion, scope: "b", fetch: world.fetch });
    await call(world, auth);
    world.valid.clear();
    world.refreshTokens.clear();
    await call(world, auth);
    const forms = world.requests("/token").map(({ form }) => Object.fromEntries(form));
    expect(forms.filter(({ grant_type }) => grant_type === grant)).toEqual([
      { grant_type: grant, client_id: "job", assertion: "jwt-1", resource: server, scope: "b" },
      { grant_type: grant, client_id: "job", assertion: "jwt-2", resource: server, scope: "b" },
    ]);
    expect(world.requests("/mcp").filter(({ headers, body }) => /jwt-/.test(body + [...headers]))).toEqual(
      [],
    );
  });

  it("that is refused says so by the code alone", async () => {
    const world = createWorld({
      answer: ({ url }) =>
        url.endsWith("/token")
          ? json({ error: "invalid_grant", error_description: "bad assertion jwt-secret" }, 400)
          : undefined,
    });
    const error = await failed(
      call(world, workload({ clientId: "job", assertion: "jwt-secret", fetch: world.fetch })),
    );
    expect(error).toMatchObject({ code: "unauthorized", data: { error: "invalid_grant" } });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("jwt-secret");
    expect(world.requests("/token")).toHaveLength(1);
  });
});

describe("enterprise-managed authorization", () => {
  const tokenEndpoint = "https://idp.example/token";
  const idp = { issuer: "https://idp.example", tokenEndpoint, clientId: "at-idp", idToken: "id-token" };
  const jag = "urn:ietf:params:oauth:token-type:id-jag";

  function company(answer: object = {}, status = 200, metadata = {}): World {
    const body = { access_token: "the-id-jag", issued_token_type: jag, token_type: "N_A", ...answer };
    return createWorld({
      metadata,
      answer: ({ url }) => (url === tokenEndpoint ? json(body, status) : undefined),
    });
  }

  const make = (world: World, more: object = {}, idpMore: object = {}): OAuthProvider =>
    enterprise({
      clientId: "at-as",
      clientSecret: "secret-of-as",
      idp: { ...idp, clientSecret: "secret-of-idp", ...idpMore },
      fetch: world.fetch,
      ...more,
    });

  it("trades the ID token for an ID-JAG, and that for a token, and keeps what is whose apart", async () => {
    const world = company();
    await call(world, make(world, { scope: "a" }));
    const [exchange, grant] = world.requests("/token");
    expect(exchange?.url).toBe(tokenEndpoint);
    expect(Object.fromEntries(exchange?.form ?? [])).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: jag,
      audience: issuer,
      resource: server,
      subject_token: "id-token",
      subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
      scope: "a",
    });
    expect(exchange?.headers.get("authorization")).toBe(`Basic ${btoa("at-idp:secret-of-idp")}`);
    expect(grant?.url).toBe(`${issuer}/token`);
    expect(Object.fromEntries(grant?.form ?? [])).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "the-id-jag",
      resource: server,
      scope: "a",
    });
    expect(grant?.headers.get("authorization")).toBe(`Basic ${btoa("at-as:secret-of-as")}`);
    for (const { url, body } of world.seen) {
      if (url !== tokenEndpoint) expect(body).not.toContain("id-token");
    }
  });

  it.each(["Bearer", "DPoP", undefined])("takes no token of type %s for an ID-JAG", async (token_type) => {
    const world = company({ token_type });
    expect(await failed(call(world, make(world)))).toMatchObject({ code: "auth_refused" });
    expect(world.requests("/token").map(({ url }) => url)).toEqual([tokenEndpoint]);
  });

  it("that the identity provider refuses names it, and goes no further", async () => {
    const world = company({ error: "access_denied", error_description: "id-token" }, 403);
    const error = await failed(call(world, make(world)));
    expect(error).toMatchObject({
      code: "unauthorized",
      url: tokenEndpoint,
      data: { error: "access_denied" },
    });
    expect(error.message).not.toContain("id-token");
    expect(world.requests("/token").map(({ url }) => url)).toEqual([tokenEndpoint]);
  });

  it.each([tokenEndpoint, "https://idp.example:443/token", "https://IDP.example/x/../token"])(
    "sends the secret of one to the other under no name: %s",
    async (token_endpoint) => {
      const world = company({}, 200, { token_endpoint });
      expect(await failed(call(world, make(world)))).toMatchObject({ code: "auth_refused" });
      expect(world.seen.filter(({ method, url }) => method === "POST" && url !== server)).toEqual([]);
    },
  );

  it("asks for an ID-JAG over https only", async () => {
    const world = company();
    const auth = make(world, {}, { tokenEndpoint: "http://idp.example/token" });
    expect(await failed(call(world, auth))).toMatchObject({ code: "insecure_endpoint" });
    expect(world.seen.filter(({ url }) => url.includes("idp"))).toEqual([]);
  });

  it("asks for the current ID token each time", async () => {
    const world = company();
    let count = 0;
    const auth = make(world, {}, { idToken: () => `id-${++count}` });
    await call(world, auth);
    world.valid.clear();
    world.refreshTokens.clear();
    await call(world, auth);
    const exchanges = world.seen.filter(({ url }) => url === tokenEndpoint);
    expect(exchanges.map(({ form }) => form.get("subject_token"))).toEqual(["id-1", "id-2"]);
  });
});
