import { connect, createClient, type Status, streamableHttp } from "mcp-rivulet";
import { memoryStore, oauth, type Store } from "mcp-rivulet/oauth";
import { afterEach, describe, expect, it, vi } from "vitest";
import { deferred } from "../interop/support.ts";
import { createWorld, issuer, json, optionsFor, server, type World } from "./world.ts";

const grants = (world: World) => world.requests("/token").map(({ form }) => form.get("grant_type"));
const AC = "authorization_code";
const RT = "refresh_token";

async function signedIn(world: World, more: object = {}) {
  return connect(server, { auth: oauth({ ...optionsFor(world), ...more }), fetch: world.fetch });
}

/** Another tab: another provider on the same store. */
const copyOf = (store: Map<string, unknown>): Store => ({
  persistent: true,
  get: async (key) => structuredClone(store.get(key)),
  set: async (key, value) => void store.set(key, structuredClone(value)),
  delete: async (key) => void store.delete(key),
});

const tokensIn = (store: Map<string, unknown>) =>
  [...store].find(([key]) => key.includes('"tokens"')) as [
    string,
    { access_token: string; refresh_token: string },
  ];

/** Somebody who is asked, and answers when told to. */
function person() {
  const [asked, answer] = [deferred(), deferred()];
  return {
    asked: asked.promise,
    answer: answer.resolve,
    thinks() {
      asked.resolve();
      return answer.promise;
    },
  };
}

afterEach(() => void vi.useRealTimers());

describe("tokens are refreshed", () => {
  it("once for all requests that meet a 401 at the same time, and nobody is asked", async () => {
    const world = createWorld();
    const client = await signedIn(world);
    world.valid.clear();
    await Promise.all(Array.from({ length: 20 }, () => client.callTool("any")));
    expect(grants(world)).toEqual([AC, RT]);
    expect(world.asked).toHaveLength(1);
    await client.close();
  });

  // requires: auth/token-rotation
  it("again and again, with the refresh token of the time before", async () => {
    const world = createWorld();
    const client = await signedIn(world);
    for (let i = 0; i < 4; i++) {
      world.valid.clear();
      await client.callTool("any");
    }
    expect(world.requests("/token").map(({ form }) => form.get("refresh_token"))).toEqual([
      null,
      "refresh-1",
      "refresh-2",
      "refresh-3",
      "refresh-4",
    ]);
    await client.close();
  });

  it("ahead of their end, before the server has to refuse them", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const world = createWorld({ expiresIn: 600 });
    const client = await signedIn(world);
    const refused = () =>
      world.seen.filter(
        ({ url, headers }) => url === server && headers.get("authorization") === "Bearer access-1",
      ).length;
    vi.setSystemTime(569_000);
    await client.callTool("any");
    expect(grants(world)).toEqual([AC]);
    vi.setSystemTime(571_000);
    const before = refused();
    await Promise.all([client.callTool("any"), client.callTool("any")]);
    expect(grants(world)).toEqual([AC, RT]);
    expect(refused()).toBe(before);
    await client.close();
  });

  it("with resource, client and what the server keeps when it does not rotate", async () => {
    const world = createWorld({
      answer: ({ url, form }) => {
        if (!url.endsWith("/token") || form.get("grant_type") !== RT) return undefined;
        world.valid.add("fresh");
        return json({ access_token: "fresh", token_type: "Bearer" });
      },
    });
    const client = await signedIn(world);
    for (let i = 0; i < 2; i++) {
      world.valid.clear();
      await client.callTool("any").catch(() => {});
    }
    const sent = world.requests("/token").filter(({ form }) => form.get("grant_type") === RT);
    expect(
      sent.map(({ form }) => [form.get("refresh_token"), form.get("resource"), form.get("client_id")])[0],
    ).toEqual(["refresh-1", server, "client-1"]);
    expect(sent[1]?.form.get("refresh_token")).toBe("refresh-1");
    await client.close();
  });

  it("in one of two tabs; the other takes what that got", async () => {
    const world = createWorld();
    const shared = new Map<string, unknown>();
    const one = await signedIn(world, { store: copyOf(shared) });
    const other = await signedIn(world, { store: copyOf(shared) });
    expect(world.asked, "the second tab finds the tokens of the first").toHaveLength(1);
    world.valid.clear();
    await one.callTool("any");
    await other.callTool("any");
    expect(grants(world)).toEqual([AC, RT]);
    expect(world.asked).toHaveLength(1);
    await Promise.all([one.close(), other.close()]);
  });

  it("at once in two providers that share a store, with one token request", async () => {
    const world = createWorld();
    const store = memoryStore();
    const one = await signedIn(world, { store });
    const other = await signedIn(world, { store });
    world.valid.clear();
    await Promise.all([
      one.callTool("any"),
      other.callTool("any"),
      one.callTool("any"),
      other.callTool("any"),
    ]);
    expect(grants(world)).toEqual([AC, RT]);
    await Promise.all([one.close(), other.close()]);
  });

  it("no more when the server refuses what the refresh brought: then a person is asked", async () => {
    const world = createWorld({
      answer: ({ url, form }) =>
        url.endsWith("/token") && form.get("grant_type") === RT
          ? json({ access_token: "useless", token_type: "Bearer" })
          : undefined,
    });
    const client = await signedIn(world);
    world.valid.clear();
    await client.callTool("any");
    expect(grants(world)).toEqual([AC, RT, AC]);
    expect(world.asked).toHaveLength(2);
    await client.close();
  });
});

describe("invalid_grant", () => {
  it("leads to one new sign-in, and takes nothing but the tokens from the store", async () => {
    const world = createWorld();
    const shared = new Map<string, unknown>();
    const client = await signedIn(world, { store: copyOf(shared) });
    world.valid.clear();
    world.refreshTokens.clear();
    await client.callTool("any");
    expect(grants(world)).toEqual([AC, RT, AC]);
    expect(world.requests("/register")).toHaveLength(1);
    await client.close();
  });

  it("wipes nothing when another tab has put other tokens there meanwhile", async () => {
    const shared = new Map<string, unknown>();
    const world = createWorld({
      answer: ({ url, form }) => {
        if (!url.endsWith("/token") || form.get("grant_type") !== RT) return undefined;
        const [key, tokens] = tokensIn(shared);
        world.valid.add("of-the-other-tab");
        shared.set(key, { ...tokens, access_token: "of-the-other-tab", refresh_token: "its-refresh" });
        return json({ error: "invalid_grant" }, 400);
      },
    });
    const client = await signedIn(world, { store: copyOf(shared) });
    world.valid.clear();
    await client.callTool("any");
    expect(world.asked).toHaveLength(1);
    expect(tokensIn(shared)[1].refresh_token).toBe("its-refresh");
    await client.close();
  });
});

describe("a person is not asked", () => {
  it.each([
    [
      "is not there",
      () => Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })),
      "connect_failed",
    ],
    ["has an error of its own", async () => new Response("oops", { status: 503 }), "http_error"],
    ["says to try later", async () => json({ error: "temporarily_unavailable" }, 400), "unauthorized"],
  ])("when the authorization server %s: the tokens are kept", async (_title, answer, code) => {
    const shared = new Map<string, unknown>();
    let down = false;
    const world = createWorld({
      answer: ({ url }) => (down && url.endsWith("/token") ? answer() : undefined),
    });
    const client = await signedIn(world, { store: copyOf(shared) });
    world.valid.clear();
    down = true;
    await expect(client.callTool("any")).rejects.toMatchObject({ code, during: "authorization" });
    expect(world.asked).toHaveLength(1);
    expect(tokensIn(shared)[1].refresh_token).toBe("refresh-1");
    down = false;
    await client.callTool("any");
    expect(world.asked).toHaveLength(1);
    await client.close();
  });
});

describe("a sign-in", () => {
  it("shows as status, and no clock runs while a person thinks", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const world = createWorld();
    const people = [person(), person()] as const;
    const authorize = async (url: URL) => {
      await people[world.asked.length]?.thinks();
      return world.authorize(url, undefined as never);
    };
    const auth = oauth({ ...optionsFor(world), authorize });
    const client = createClient({
      transport: streamableHttp(server, { auth, fetch: world.fetch }),
      timeout: 300,
    });
    const statuses: Status[] = [];
    client.on("status", (status) => void statuses.push(status));
    const connecting = client.connect();
    await people[0].asked;
    await vi.advanceTimersByTimeAsync(600);
    people[0].answer();
    await connecting;
    expect(statuses).toEqual(["connecting", "authorizing", "connecting", "ready"]);
    world.valid.clear();
    world.refreshTokens.clear();
    const call = client.callTool("any");
    await people[1].asked;
    expect(client.status).toBe("authorizing");
    const later = client.callTool("later");
    await vi.advanceTimersByTimeAsync(600);
    people[1].answer();
    await Promise.all([call, later]);
    expect(statuses.slice(4)).toEqual(["authorizing", "ready"]);
    expect(world.asked).toHaveLength(2);
    await client.close();
  });

  it("is given up with its last caller", async () => {
    const world = createWorld();
    const asked = person();
    const aborted = person();
    const authorize = (_url: URL, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", () => aborted.thinks());
      return asked.thinks().then(() => new URL(server));
    };
    const controller = new AbortController();
    const connecting = connect(server, {
      auth: oauth({ ...optionsFor(world), authorize }),
      fetch: world.fetch,
      signal: controller.signal,
    });
    connecting.catch(() => {});
    await asked.asked;
    controller.abort("enough");
    await expect(connecting).rejects.toBe("enough");
    await aborted.asked;
  });

  it("is made anew for a request that comes just after the last one gave up", async () => {
    const world = createWorld();
    const auth = oauth(optionsFor(world));
    const controller = new AbortController();
    const challenge = { url: server, status: 401, header: null };
    const first = auth.challenged?.({ ...challenge, signal: controller.signal });
    controller.abort("enough");
    const second = auth.challenged?.(challenge);
    await expect(first).rejects.toBe("enough");
    expect(await second).toBe(true);
    expect(world.asked).toHaveLength(1);
  });

  it("keeps what was asked for when more scopes are needed, and asks once", async () => {
    let needs: string | undefined;
    const world = createWorld({
      challenge: 'Bearer scope="mcp:basic"',
      answer: ({ url, body }) =>
        needs && url === server && body.includes("tools/call")
          ? new Response(null, {
              status: 403,
              headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="${needs}"` },
            })
          : undefined,
    });
    const client = await signedIn(world, { scope: "profile" });
    needs = "mcp:write";
    await expect(client.callTool("any")).rejects.toMatchObject({ code: "forbidden" });
    expect(world.asked.map((url) => url.searchParams.get("scope"))).toEqual([
      "profile mcp:basic",
      "profile mcp:basic mcp:write",
    ]);
    await expect(client.callTool("any")).rejects.toMatchObject({ code: "forbidden" });
    expect(world.asked, "what was asked for already is not asked for again").toHaveLength(2);
    await client.close();
  });

  it("is over after signOut(): the tokens are revoked and forgotten", async () => {
    const world = createWorld({
      metadata: { revocation_endpoint: `${issuer}/revoke` },
      answer: ({ url }) => (url.endsWith("/revoke") ? new Response(null, { status: 200 }) : undefined),
    });
    const shared = new Map<string, unknown>();
    const auth = oauth({ ...optionsFor(world), store: copyOf(shared) });
    const client = await connect(server, { auth, fetch: world.fetch });
    await auth.signOut();
    expect(world.requests("/revoke").map(({ form }) => form.get("token"))).toEqual(["refresh-1"]);
    expect([...shared.keys()].filter((key) => /"tokens"|"server"/.test(key))).toEqual([]);
    await client.callTool("any");
    expect(world.asked).toHaveLength(2);
    await client.close();
  });

  it("is over after signOut(url), though the page was loaded again", async () => {
    const world = createWorld();
    const shared = new Map<string, unknown>();
    const client = await signedIn(world, { store: copyOf(shared) });
    await client.close();
    await oauth({ ...optionsFor(world), store: copyOf(shared) }).signOut(server);
    expect([...shared.keys()].filter((key) => /"tokens"|"server"/.test(key))).toEqual([]);
  });

  it("that was never needed is no hindrance to signOut()", async () => {
    await oauth({ ...optionsFor(createWorld()), tokens: { access_token: "given" } }).signOut();
  });

  it("can be made ahead with signIn()", async () => {
    const world = createWorld();
    const auth = oauth(optionsFor(world));
    await auth.signIn(server);
    expect(world.requests("/mcp")).toHaveLength(0);
    const client = await connect(server, { auth, fetch: world.fetch });
    await auth.signIn();
    expect(world.asked).toHaveLength(1);
    await client.close();
  });

  it("is not needed with tokens that the application has", async () => {
    const world = createWorld();
    world.valid.add("given");
    const client = await signedIn(world, { tokens: { access_token: "given" } });
    expect(world.requests("/token")).toHaveLength(0);
    await client.close();
  });

  it("is not needed when the application gets new tokens by itself", async () => {
    const world = createWorld();
    let current = "first";
    world.valid.add("first");
    const client = await signedIn(world, { tokens: () => ({ access_token: current }) });
    world.valid.delete("first");
    world.valid.add("second");
    current = "second";
    await client.callTool("any");
    expect(world.requests("/token")).toHaveLength(0);
    await client.close();
  });

  it("is forgotten by the registration when the authorization server forgot the client", async () => {
    let forgotten = false;
    const world = createWorld({
      answer: ({ url }) =>
        forgotten && url.endsWith("/token") ? json({ error: "invalid_client" }, 401) : undefined,
    });
    const client = await signedIn(world);
    world.valid.clear();
    forgotten = true;
    await expect(client.callTool("any")).rejects.toMatchObject({
      code: "unauthorized",
      data: { error: "invalid_client" },
    });
    forgotten = false;
    await client.callTool("any");
    expect(world.requests("/register")).toHaveLength(2);
    await client.close();
  });
});
