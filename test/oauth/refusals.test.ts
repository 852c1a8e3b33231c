import { connect, type McpError } from "mcp-rivulet";
import { memoryStore, oauth } from "mcp-rivulet/oauth";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createWorld, issuer, json, optionsFor, server, type World, type WorldOptions } from "./world.ts";

/** Secrets that must not be in anything an application may log. */
function secretsOf(world: World): string[] {
  const asked = world.asked.flatMap((url) => [
    url.searchParams.get("state"),
    url.searchParams.get("code_challenge"),
  ]);
  const sent = world.seen.flatMap(({ form }) =>
    ["code", "code_verifier", "refresh_token"].map((name) => form.get(name)),
  );
  return [...asked, ...sent, ...world.valid, ...world.refreshTokens, "code-1"].filter(
    (each) => each !== null,
  );
}

async function refusal(world: World, more: object = {}): Promise<McpError> {
  const auth = oauth({ ...optionsFor(world), ...more });
  const error = await connect(server, { auth, fetch: world.fetch }).then(
    async (client) => {
      await client.close();
      throw new Error("it connected");
    },
    (error: McpError) => error,
  );
  const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)} ${JSON.stringify(error.cause ?? {})}`;
  for (const secret of secretsOf(world)) expect(shown).not.toContain(secret);
  return error;
}

const tokenRequests = (world: World) => world.requests("/token").length;

describe("an answer to the authorization request is refused, its code unused,", () => {
  const cases: ReadonlyArray<readonly [string, (url: URL) => void, WorldOptions?]> = [
    // requires: security/state
    ["with another state", (url) => url.searchParams.set("state", "of-somebody-else")],
    // requires: security/state
    ["without a state", (url) => url.searchParams.delete("state")],
    ["with its state twice", (url) => url.searchParams.append("state", "again")],
    // requires: auth/issuer-recorded, auth/iss-validated
    ["from another issuer", (url) => url.searchParams.set("iss", "https://evil.example")],
    // requires: auth/iss-not-normalized
    ["from the issuer with a slash", (url) => url.searchParams.set("iss", `${issuer}/`)],
    // requires: auth/iss-validated
    ["without iss where that is promised", (url) => url.searchParams.delete("iss")],
    [
      "from another issuer though iss is not promised",
      (url) => url.searchParams.set("iss", "https://evil.example"),
      { metadata: { authorization_response_iss_parameter_supported: undefined } },
    ],
    ["without a code", (url) => url.searchParams.delete("code")],
    ["with its code twice", (url) => url.searchParams.append("code", "another")],
    ["of the implicit flow", (url) => url.searchParams.set("token", "stolen")],
  ];
  // requires: auth/security-followed, security/considered
  it.each(cases.map(([title, callback, more]) => ({ title, callback, more })))(
    "$title",
    async ({ callback, more }) => {
      const world = createWorld({ callback, ...more });
      expect(await refusal(world)).toMatchObject({ code: "auth_refused" });
      expect(world.asked).toHaveLength(1);
      expect(tokenRequests(world)).toBe(0);
    },
  );

  // requires: auth/iss-on-errors
  it("and with iss of another issuer, its error is neither acted on nor shown", async () => {
    const world = createWorld({
      callback: ({ searchParams }) => {
        searchParams.delete("code");
        searchParams.set("iss", "https://evil.example");
        searchParams.set("error", "access_denied");
        searchParams.set("error_description", "call us at evil.example");
      },
    });
    const error = await refusal(world);
    expect(error.code).toBe("auth_refused");
    expect(error.message).not.toMatch(/access_denied|evil/);
  });

  it("an error of the right issuer is told by its code alone", async () => {
    const world = createWorld({
      callback: ({ searchParams }) => {
        searchParams.delete("code");
        searchParams.set("error", "access_denied");
        searchParams.set("error_description", "<img src=x onerror=alert(1)>");
      },
    });
    const error = await refusal(world);
    expect(error).toMatchObject({ code: "unauthorized", data: { error: "access_denied" } });
    expect(error.message).not.toContain("<img");
  });

  // requires: auth/pkce, security/pkce
  it("a code of somebody else is of no use: the verifier of this attempt does not fit", async () => {
    const world = createWorld({ callback: (url) => url.searchParams.set("code", "code-of-the-attacker") });
    expect(await refusal(world)).toMatchObject({ code: "unauthorized", data: { error: "invalid_grant" } });
    expect(world.valid.size).toBe(0);
  });
});

it.each([undefined, "", "nowhere", 7])(
  "an `authorize` that resolves with %j is refused",
  async (nonsense) => {
    const world = createWorld();
    const error = await refusal(world, { authorize: async () => nonsense as never });
    expect(error).toMatchObject({ code: "auth_refused" });
    expect(tokenRequests(world)).toBe(0);
  },
);

it("an error status of the token endpoint is told", async () => {
  const world = createWorld({
    answer: ({ url }) => (url.endsWith("/token") ? new Response("<html>", { status: 502 }) : undefined),
  });
  expect(await refusal(world)).toMatchObject({ code: "http_error", status: 502 });
});

it.each(["/callback", "", "http://app.example/callback", "app:callback"])(
  "where there is no page, %j is no redirectUri, and that is said",
  (redirectUri) => {
    expect(() => oauth({ redirectUri })).toThrow(
      expect.objectContaining({ code: "insecure_endpoint", message: expect.stringContaining("redirectUri") }),
    );
  },
);

it("a person is not asked again and again for one call that wants yet another scope each time", async () => {
  let wanted = 0;
  const world = createWorld({
    answer: ({ body }) =>
      body.includes("tools/call")
        ? new Response(null, {
            status: 403,
            headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="s${wanted++}"` },
          })
        : undefined,
  });
  const client = await connect(server, { auth: oauth(optionsFor(world)), fetch: world.fetch });
  expect(world.asked).toHaveLength(1);
  await expect(client.callTool("a")).rejects.toMatchObject({ code: "forbidden" });
  expect(world.asked).toHaveLength(3);
  await client.close();
});

describe("nobody is asked, and no token endpoint is called,", () => {
  const cases: ReadonlyArray<readonly [string, string, WorldOptions]> = [
    [
      "when the metadata is of another resource",
      "auth_refused",
      { resource: { resource: "https://evil.example/mcp" } },
    ],
    ["when it is of a neighbour", "auth_refused", { resource: { resource: "https://mcp.example/mc" } }],
    ["when it is of another port", "auth_refused", { resource: { resource: "https://mcp.example:444/mcp" } }],
    ["when its resource is no string", "auth_refused", { resource: { resource: 7 } }],
    // requires: discovery/issuer-checked
    ["when the issuer differs", "auth_refused", { metadata: { issuer: "https://evil.example" } }],
    ["when the issuer is missing", "auth_refused", { metadata: { issuer: undefined } }],
    ["when the issuer differs in its path", "auth_refused", { metadata: { issuer: `${issuer}/x` } }],
    // requires: security/pkce-s256
    ["without S256", "auth_refused", { metadata: { code_challenge_methods_supported: ["plain"] } }],
    // requires: security/pkce-absent, security/pkce-oidc, security/pkce-from-metadata
    ["without any PKCE", "auth_refused", { metadata: { code_challenge_methods_supported: undefined } }],
    [
      "with a javascript: authorize URL",
      "insecure_endpoint",
      { metadata: { authorization_endpoint: "javascript:alert(document.cookie)//" } },
    ],
    [
      "with an ms-msdt: authorize URL",
      "insecure_endpoint",
      { metadata: { authorization_endpoint: "ms-msdt:/id" } },
    ],
    // requires: auth/endpoints-https, security/endpoints-https, security/communication
    [
      "with an http authorize URL",
      "insecure_endpoint",
      { metadata: { authorization_endpoint: "http://as.example/authorize" } },
    ],
    // requires: auth/endpoints-https, security/endpoints-https
    [
      "with an http token endpoint",
      "insecure_endpoint",
      { metadata: { token_endpoint: "http://as.example/token" } },
    ],
    [
      "with a loopback token endpoint of a remote server",
      "insecure_endpoint",
      { metadata: { token_endpoint: "http://localhost:1/token" } },
    ],
    [
      "with credentials in an endpoint",
      "insecure_endpoint",
      { metadata: { token_endpoint: "https://u:p@as.example/token" } },
    ],
    [
      "with an http registration endpoint",
      "insecure_endpoint",
      { metadata: { registration_endpoint: "http://as.example/register" } },
    ],
    [
      "with an http authorization server",
      "insecure_endpoint",
      { resource: { authorization_servers: ["http://as.example"] } },
    ],
    [
      "with resource metadata at an http URL",
      "insecure_endpoint",
      { challenge: 'Bearer resource_metadata="http://mcp.example/prm"' },
    ],
    [
      "with no metadata where the challenge says",
      "auth_refused",
      { challenge: 'Bearer resource_metadata="https://mcp.example/gone"' },
    ],
    ["with S256 within a text", "auth_refused", { metadata: { code_challenge_methods_supported: "xS256" } }],
    ["without a token endpoint", "insecure_endpoint", { metadata: { token_endpoint: undefined } }],
    ["with metadata of 2 MB", "limit_exceeded", { resource: { padding: "x".repeat(2_000_000) } }],
  ];
  // requires: auth/oauth-2.1, auth/best-practices, auth/best-practices-2.1, security/best-practices
  it.each(cases)("%s", async (_title, code, options) => {
    const world = createWorld(options);
    expect(await refusal(world)).toMatchObject({ code });
    expect(world.asked).toHaveLength(0);
    expect(tokenRequests(world)).toBe(0);
  });

  it.each([
    ["protected resource metadata", "protected-resource"],
    ["authorization server metadata", "authorization-server"],
    ["registration", "/register"],
  ])("when the request for %s is an error of the server, which is told with its status", async (_, part) => {
    const world = createWorld({
      answer: ({ url }) => (url.includes(part) ? new Response("<html>", { status: 503 }) : undefined),
    });
    expect(await refusal(world)).toMatchObject({ code: "http_error", status: 503 });
    expect(world.asked).toHaveLength(0);
  });

  it("when metadata redirects to another origin", async () => {
    const world = createWorld({
      answer: ({ url }) =>
        url.includes("protected-resource")
          ? new Response(null, { status: 302, headers: { location: "https://evil.example/" } })
          : undefined,
    });
    expect(await refusal(world)).toMatchObject({ code: "redirect_refused" });
    expect(world.seen.filter(({ url }) => url.includes("evil"))).toEqual([]);
  });

  it("when the server is not guarded by the issuer that is allowed", async () => {
    const world = createWorld();
    const told = { code: "auth_refused", message: expect.stringContaining("now guarded by") };
    expect(await refusal(world, { issuer: "https://our.example" })).toMatchObject(told);
    expect(world.asked).toHaveLength(0);
  });
});

describe("credentials", () => {
  // requires: registration/mismatch-told, registration/bound-to-issuer
  it("stay with the authorization server that they were given for", async () => {
    let moved = false;
    const world = createWorld({
      answer: ({ url }) => {
        if (!moved || url.includes("as.example")) return undefined;
        if (url.includes("protected-resource")) {
          return json({ resource: server, authorization_servers: ["https://evil.example"] });
        }
        return url.startsWith("https://evil.example") ? json({}, 500) : undefined;
      },
    });
    const auth = oauth({ ...optionsFor(world), clientId: "ours", clientSecret: "very-secret" });
    const client = await connect(server, { auth, fetch: world.fetch });
    moved = true;
    world.valid.clear();
    await expect(client.callTool("any")).rejects.toMatchObject({ code: "auth_refused" });
    expect(world.seen.filter(({ url }) => url.startsWith("https://evil.example"))).toEqual([]);
    await client.close();
  });

  // requires: auth/tokens-of-its-server
  it("of one server are not lent to another", async () => {
    const world = createWorld();
    const auth = oauth(optionsFor(world));
    const client = await connect(server, { auth, fetch: world.fetch });
    await client.close();
    await expect(connect("https://evil.example/mcp", { auth, fetch: world.fetch })).rejects.toMatchObject({
      code: "auth_refused",
    });
    expect(world.seen.filter(({ url }) => url.startsWith("https://evil.example"))).toEqual([]);
  });

  it("are not asked for twice when the server refuses what was just issued", async () => {
    const world = createWorld({
      answer: ({ url }) => (url === server ? new Response(null, { status: 401 }) : undefined),
    });
    expect(await refusal(world)).toMatchObject({ code: "unauthorized" });
    expect(world.asked).toHaveLength(1);
  });

  it("are asked for once by requests that run side by side", async () => {
    const world = createWorld();
    const store = memoryStore();
    const client = await connect(server, {
      auth: oauth({ ...optionsFor(world), store }),
      fetch: world.fetch,
    });
    world.valid.clear();
    world.refreshTokens.clear();
    const results = await Promise.all(Array.from({ length: 8 }, () => client.callTool("any")));
    expect(results.map(({ text }) => text)).toEqual(Array(8).fill("called"));
    expect(world.asked).toHaveLength(2);
    expect(world.requests("/token")).toHaveLength(3);
    await client.close();
  });

  // requires: auth/refresh-tokens-confidential
  it("are never sent with cookies, a referrer or from a cache", async () => {
    const world = createWorld();
    const inits: RequestInit[] = [];
    const fetch = (url: string, init: RequestInit = {}) => {
      inits.push(init);
      return world.fetch(url, init);
    };
    const client = await connect(server, {
      auth: oauth({ ...optionsFor(world), fetch }),
      fetch: world.fetch,
    });
    await client.close();
    expect(inits.length).toBeGreaterThan(3);
    for (const init of inits) {
      expect(init).toMatchObject({
        credentials: "omit",
        cache: "no-store",
        redirect: "manual",
        referrerPolicy: "no-referrer",
      });
    }
  });

  it("that no header can carry are refused without being shown", async () => {
    const world = createWorld({
      answer: ({ url }) =>
        url.endsWith("/token") ? json({ access_token: "se\ncret", token_type: "bearer" }) : undefined,
    });
    const error = await refusal(world);
    expect(error).toMatchObject({ code: "auth_refused" });
    expect(error.message).not.toContain("cret");
  });
});

it("a server of metadata that says nothing is given up", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    const world = createWorld();
    let asked = () => {};
    const asking = new Promise<void>((done) => {
      asked = done;
    });
    const fetch: typeof world.fetch = (_url, { signal } = {}) => {
      asked();
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    };
    const refused = refusal(world, { fetch });
    await asking;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await refused).toMatchObject({ code: "timeout", during: "authorization" });
  } finally {
    vi.useRealTimers();
  }
});

describe("a failure of the network", () => {
  it("says which URL it was, and goes to no other transport", async () => {
    const world = createWorld();
    const fetch = (url: string, init?: RequestInit) =>
      url.endsWith("/token")
        ? Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } }))
        : world.fetch(url, init);
    const error = await refusal(world, { fetch });
    expect(error).toMatchObject({ code: "connect_failed", url: `${issuer}/token`, during: "authorization" });
    expect(world.seen.filter(({ method, url }) => method === "GET" && url === server)).toEqual([]);
    expect(world.asked).toHaveLength(1);
  });

  it("that redirects is asked once, and so is the person", async () => {
    const answer = ({ url }: { readonly url: string }) =>
      url === `${issuer}/token`
        ? new Response(null, { status: 307, headers: { location: "https://evil.example/token" } })
        : undefined;
    const world = createWorld({ answer });
    expect(await refusal(world)).toMatchObject({ code: "redirect_refused", url: `${issuer}/token` });
    expect(tokenRequests(world)).toBe(1);
    expect(world.asked).toHaveLength(1);
  });

  describe("in a page", () => {
    beforeEach(() =>
      vi.stubGlobal("location", { origin: "https://app.example", href: "https://app.example/" }),
    );

    /** Requests to these paths fail; `there` is whether those do that need nobody's consent. */
    async function blocked(path: string, there: boolean): Promise<McpError> {
      const world = createWorld();
      return refusal(world, {
        fetch: (url: string, init?: RequestInit) => {
          if (!url.endsWith(path)) return world.fetch(url, init);
          if (there && init?.mode === "no-cors") return Promise.resolve(Response.error());
          return Promise.reject(new TypeError("Failed to fetch"));
        },
      });
    }

    it("behind CORS says so for the token endpoint", async () => {
      const error = await blocked("/token", true);
      expect(error).toMatchObject({ code: "cors_blocked", url: `${issuer}/token` });
      expect(error.message).toContain('"Access-Control-Allow-Origin: https://app.example"');
      // The type of a form needs no consent.
      expect(error.message).not.toContain("content-type");
    });

    it("behind CORS says which header the registration needs", async () => {
      const error = await blocked("/register", true);
      expect(error).toMatchObject({ code: "cors_blocked", url: `${issuer}/register` });
      expect(error.message).toContain('to OPTIONS "Access-Control-Allow-Headers: content-type"');
    });

    it("that is not there is not said to be behind CORS", async () => {
      expect(await blocked("/token", false)).toMatchObject({
        code: "connect_failed",
        url: `${issuer}/token`,
      });
    });
  });
});
