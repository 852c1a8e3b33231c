import { connect, type McpError } from "mcp-rivulet";
import { oauth } from "mcp-rivulet/oauth";
import { describe, expect, it, vi } from "vitest";
import { createWorld, issuer, json, optionsFor, redirectUri, server, type World } from "./world.ts";

const cimd = "https://app.example/client.json";
const supported = { metadata: { client_id_metadata_document_supported: true } };

async function signIn(world: World, more: object = {}, url = server): Promise<void> {
  const client = await connect(url, {
    auth: oauth({ ...optionsFor(world), ...more }),
    fetch: world.fetch,
  });
  await client.callTool("any");
  await client.close();
}

const failed = (doing: Promise<unknown>): Promise<McpError> =>
  doing.then(
    () => {
      throw new Error("it worked");
    },
    (error: McpError) => error,
  );

const registrations = (world: World) =>
  world.requests("/register").map(({ body }) => JSON.parse(body) as Record<string, unknown>);
const clientIds = (world: World) => world.asked.map(({ searchParams }) => searchParams.get("client_id"));

describe("a client is known to the authorization server", () => {
  // requires: registration/order, registration/order-11, auth/client-id-first
  it("by the id it was given, before any other way", async () => {
    const world = createWorld(supported);
    await signIn(world, { clientId: "ours", clientMetadataUrl: cimd });
    expect(clientIds(world)).toEqual(["ours"]);
    expect(registrations(world)).toEqual([]);
  });

  // requires: registration/order, registration/order-11, registration/document-support-checked
  it("by the URL of its metadata, where that is supported", async () => {
    const world = createWorld(supported);
    await signIn(world, { clientMetadataUrl: cimd });
    expect(clientIds(world)).toEqual([cimd]);
    expect(registrations(world)).toEqual([]);
  });

  // requires: registration/order, registration/order-11, registration/document-support-checked
  // requires: security/redirect-registered
  it("by registering, where that is not supported", async () => {
    const world = createWorld();
    await signIn(world, { clientMetadataUrl: cimd });
    expect(clientIds(world)).toEqual(["client-1"]);
    expect(registrations(world)).toMatchObject([{ redirect_uris: [redirectUri] }]);
  });

  // requires: registration/order, registration/order-11
  it("or the developer is told what to pass, when there is no way", async () => {
    const world = createWorld({ metadata: { registration_endpoint: undefined } });
    const error = await failed(signIn(world));
    expect(error).toMatchObject({ code: "auth_refused", message: expect.stringMatching(/clientId/) });
    expect(world.asked).toEqual([]);
  });

  // requires: registration/document-url
  it.each(["http://app.example/client.json", "https://app.example", "https://app.example/"])(
    "not by metadata at %s, which is no https URL with a path",
    async (clientMetadataUrl) => {
      const world = createWorld(supported);
      expect(await failed(signIn(world, { clientMetadataUrl }))).toMatchObject({ code: "auth_refused" });
      expect(world.asked).toEqual([]);
    },
  );
});

describe("a registration", () => {
  // requires: registration/application-type, registration/web
  it("is of a web application, when the person comes back to a host", async () => {
    const world = createWorld();
    await signIn(world);
    expect(registrations(world)).toMatchObject([{ application_type: "web" }]);
  });

  // requires: registration/application-type, registration/native
  it.each(["http://localhost:8123/callback", "http://127.0.0.1/callback", "https://localhost/callback"])(
    "is of a native application, when they come back to %s",
    async (redirectUri) => {
      const world = createWorld();
      await signIn(world, { redirectUri });
      expect(registrations(world)).toMatchObject([{ application_type: "native" }]);
    },
  );

  // requires: registration/failure-handled, registration/failure-told
  it("that is refused for its redirect URI is told, with both", async () => {
    const refused = { error: "invalid_redirect_uri", error_description: "localhost only" };
    const world = createWorld({
      answer: ({ url }) => (url.endsWith("/register") ? json(refused, 400) : undefined),
    });
    const error = await failed(signIn(world));
    expect(error).toMatchObject({ code: "auth_refused", data: { error: "invalid_redirect_uri" } });
    expect(error.message).toMatch(/invalid_redirect_uri: localhost only.*https:\/\/app\.example\/callback/);
    expect(world.asked).toEqual([]);
  });
});

// requires: auth/redirect-localhost-or-https, security/redirect-localhost-or-https
it.each([
  "http://app.example/callback",
  "http://192.168.0.7/callback",
  "javascript:alert(1)",
  "app:/callback",
])("nobody is sent back to %s, which is neither https nor localhost", (redirectUri) => {
  const world = createWorld();
  expect(() => oauth({ ...optionsFor(world), redirectUri })).toThrow(
    expect.objectContaining({ code: "insecure_endpoint" }),
  );
});

describe("the resource that a token is asked for", () => {
  const resources = (world: World) => [
    ...world.asked.map(({ searchParams }) => searchParams.get("resource")),
    ...world.requests("/token").map(({ form }) => form.get("resource")),
  ];
  /** An MCP server of 2025-03-26 with an authorization server at its origin, and no word about resources. */
  const bare = (at: string) => {
    const { origin } = new URL(at);
    const metadata = {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      code_challenge_methods_supported: ["S256"],
    };
    const callback = (url: URL) => url.searchParams.set("iss", origin);
    const world: World = createWorld({
      callback,
      answer(each) {
        if (each.url.includes("protected-resource")) return new Response(null, { status: 404 });
        if (each.url.includes("oauth-authorization-server")) return json(metadata);
        if (each.url !== at || each.method !== "POST") return undefined;
        if (!each.headers.has("authorization")) return new Response(null, { status: 401 });
        const { id, method } = JSON.parse(each.body);
        const found = { supportedVersions: ["2026-07-28"], capabilities: {} };
        const result = method === "server/discover" ? found : { content: [] };
        return json({ jsonrpc: "2.0", id, result: { resultType: "complete", ...result } });
      },
    });
    return world;
  };

  // requires: auth/resource-most-specific, auth/resource-canonical, auth/resource-always, auth/resource-in-both
  it("is the URL of the server with its path, where the server does not name one", async () => {
    const world = bare("https://mcp.example/a/mcp");
    await signIn(world, {}, "https://mcp.example/a/mcp");
    expect(resources(world)).toEqual(["https://mcp.example/a/mcp", "https://mcp.example/a/mcp"]);
  });

  // requires: auth/resource-no-slash, auth/resource-canonical
  it("has no slash at its end, where the server is all of its origin", async () => {
    const world = bare("https://mcp.example/");
    await signIn(world, {}, "https://mcp.example/");
    expect(resources(world)).toEqual(["https://mcp.example", "https://mcp.example"]);
  });

  // requires: auth/resource-uppercase
  it("may be named by the server in capitals", async () => {
    const world = createWorld({ resource: { resource: "HTTPS://MCP.Example/mcp" } });
    await signIn(world);
    expect(resources(world)).toEqual(["HTTPS://MCP.Example/mcp", "HTTPS://MCP.Example/mcp"]);
  });
});

describe("a token", () => {
  // requires: auth/not-in-query, auth/header
  it("is in the Authorization header, and in no URL", async () => {
    const world = createWorld();
    await signIn(world);
    const calls = world.seen.filter(({ body }) => body.includes("tools/call"));
    expect(calls.at(-1)?.headers.get("authorization")).toBe("Bearer access-1");
    expect(world.seen.map(({ url }) => url).filter((url) => /access|refresh/.test(url))).toEqual([]);
    expect(world.asked.map(String).filter((url) => /access-|refresh-/.test(url))).toEqual([]);
  });

  // requires: auth/tokens-stored-securely, security/token-storage, auth/refresh-tokens-confidential
  it("is kept in memory and nowhere else, unless a store is given", async () => {
    const touched = vi.fn();
    const storage = new Proxy({}, { get: () => touched, set: () => touched() ?? true });
    for (const name of ["localStorage", "sessionStorage", "indexedDB"]) vi.stubGlobal(name, storage);
    const world = createWorld();
    await signIn(world);
    world.valid.clear();
    await signIn(world);
    expect(world.asked, "another provider knows nothing of the first").toHaveLength(2);
    expect(touched).not.toHaveBeenCalled();
  });

  // requires: auth/refresh-tokens-not-assumed
  it("that came without one to refresh it is followed by another sign-in", async () => {
    let count = 0;
    const world: World = createWorld({
      answer({ url }) {
        if (!url.endsWith("/token")) return undefined;
        world.valid.add(`only-${++count}`);
        return json({ access_token: `only-${count}`, token_type: "Bearer" });
      },
    });
    const client = await connect(server, { auth: oauth(optionsFor(world)), fetch: world.fetch });
    world.valid.clear();
    expect((await client.callTool("any")).text).toBe("called");
    expect(world.asked).toHaveLength(2);
    const grants = world.requests("/token").map(({ form }) => form.get("grant_type"));
    expect(grants).toEqual(["authorization_code", "authorization_code"]);
    await client.close();
  });
});
