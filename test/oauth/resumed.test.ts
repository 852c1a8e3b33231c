// A sign-in that the page itself left for: what comes back is checked against what was stored before.
import { connect, type McpError } from "mcp-rivulet";
import { type Authorize, memoryStore, type OAuthOptions, oauth, type Store } from "mcp-rivulet/oauth";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createWorld, issuer, optionsFor, server, type World, type WorldOptions } from "./world.ts";

afterEach(() => void vi.useRealTimers());

const gone = new Error("the page is gone");
const lasting = (): Store => ({ ...memoryStore(), persistent: true });

/** Connects in a page that people leave to sign in. */
function load(
  world: World,
  store: Store,
  callback: URL | undefined,
  more: Partial<OAuthOptions> = {},
): Promise<{ asked: URL | undefined; error: McpError | Error | undefined }> {
  let asked: URL | undefined;
  const authorize: Authorize = Object.assign(
    async (url: URL) => {
      asked = url;
      throw gone;
    },
    { resume: () => callback?.href },
  );
  const auth = oauth({ ...optionsFor(world), store, ...more, authorize });
  return connect(server, { auth, fetch: world.fetch }).then(
    async (client) => {
      await client.close();
      return { asked, error: undefined };
    },
    (error: McpError | Error) => ({ asked, error }),
  );
}

/** A person has left the page, and is at the authorization server. */
async function leave(
  world: World,
  more: Partial<OAuthOptions> = {},
): Promise<{ store: Store; callback: URL }> {
  const store = lasting();
  const { asked, error } = await load(world, store, undefined, more);
  expect(error).toBe(gone);
  const context = { signal: new AbortController().signal, server, state: "" };
  return { store, callback: new URL(await world.authorize(asked as URL, context)) };
}

const tokenRequests = (world: World): number => world.requests("/token").length;

describe("a person who comes back to the page", () => {
  it("is signed in, once", async () => {
    const world = createWorld();
    const { store, callback } = await leave(world);
    expect(await load(world, store, callback)).toEqual({ asked: undefined, error: undefined });
    expect(tokenRequests(world)).toBe(1);
    world.valid.clear();
    world.refreshTokens.clear();
    const { error } = await load(world, store, callback);
    expect(error, "asked again").toBe(gone);
    expect(world.requests("/token").filter(({ form }) => form.has("code"))).toHaveLength(1);
  });

  const others: ReadonlyArray<readonly [string, (url: URL) => void, Partial<OAuthOptions>]> = [
    [
      "of an attempt that nobody here made",
      ({ searchParams }) => searchParams.set("state", "of-somebody-else"),
      {},
    ],
    ["without a state", ({ searchParams }) => searchParams.delete("state"), {}],
    ["of another client", () => {}, { clientId: "another" }],
    ["for another page", () => {}, { redirectUri: "https://app.example/other" }],
  ];
  it.each(others)(
    "is asked again when the answer is %s, and its code is not used",
    async (_title, change, more) => {
      const world = createWorld();
      const { store, callback } = await leave(world, { clientId: "ours" });
      change(callback);
      const { error, asked } = await load(world, store, callback, { clientId: "ours", ...more });
      expect(error).toBe(gone);
      expect(asked).toBeDefined();
      expect(tokenRequests(world)).toBe(0);
    },
  );

  it.each<readonly [string, WorldOptions]>([
    ["authorization server", { resource: { authorization_servers: ["https://evil.example"] } }],
    ["token endpoint", { metadata: { token_endpoint: "https://evil.example/token" } }],
    ["resource", { resource: { resource: "https://mcp.example" } }],
  ])(
    "is asked again when meanwhile there is another %s, and the code goes nowhere",
    async (_title, options) => {
      const { store, callback } = await leave(createWorld());
      const evil = "https://evil.example";
      const world = createWorld({
        ...options,
        answer: ({ url }) =>
          url === `${evil}/.well-known/oauth-authorization-server`
            ? Response.json({
                issuer: evil,
                authorization_endpoint: `${evil}/authorize`,
                // The mix-up of two authorization servers: all but the issuer is that of the first.
                token_endpoint: `${issuer}/token`,
                registration_endpoint: `${issuer}/register`,
                code_challenge_methods_supported: ["S256"],
              })
            : undefined,
      });
      const { error } = await load(world, store, callback);
      expect(error).toBe(gone);
      expect(tokenRequests(world)).toBe(0);
    },
  );

  it.each([
    ["from another issuer", (url: URL) => url.searchParams.set("iss", "https://evil.example")],
    ["without iss where that is promised", (url: URL) => url.searchParams.delete("iss")],
    ["without a code", (url: URL) => url.searchParams.delete("code")],
  ])("%s is refused, and asked again only the next time", async (_title, change) => {
    const world = createWorld();
    const { store, callback } = await leave(world);
    change(callback);
    expect(await load(world, store, callback)).toMatchObject({
      asked: undefined,
      error: { code: "auth_refused" },
    });
    expect(tokenRequests(world)).toBe(0);
    expect((await load(world, store, callback)).error).toBe(gone);
  });

  it("after more than ten minutes has to start again", async () => {
    const world = createWorld();
    const { store, callback } = await leave(world);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
    expect((await load(world, store, callback)).error).toMatchObject({ code: "auth_refused" });
    expect(tokenRequests(world)).toBe(0);
  });
});

it("nobody leaves the page when nothing would be left of it", async () => {
  const { error, asked } = await load(createWorld(), memoryStore(), undefined);
  expect(error).toMatchObject({ code: "auth_refused", message: expect.stringContaining("webStore") });
  expect(asked).toBeUndefined();
});

it("nobody leaves the page for a request that was given up", async () => {
  const world = createWorld();
  const controller = new AbortController();
  const set = async (key: string) => {
    if (key.includes("attempt")) controller.abort("enough");
  };
  let left = false;
  const authorize = Object.assign(
    async () => {
      left = true;
      throw gone;
    },
    { resume: () => undefined },
  );
  const auth = oauth({ ...optionsFor(world), store: { ...lasting(), set }, authorize });
  const connecting = connect(server, { auth, fetch: world.fetch, signal: controller.signal });
  await expect(connecting).rejects.toBe("enough");
  // What the sign-in does next, it does within this turn.
  await new Promise((done) => setImmediate(done));
  expect(left).toBe(false);
});
