import { connect } from "mcp-rivulet";
import { loopback } from "mcp-rivulet/loopback";
import { clientCredentials, memoryStore, type OAuthOptions, oauth, type Store } from "mcp-rivulet/oauth";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { signInAs } from "./person.ts";
import { readProof, sha256 } from "./proof.ts";
import { type Site, startSite } from "./provider.ts";
import { createWorld, json, optionsFor, server, type World, type WorldOptions } from "./world.ts";

type Fetch = NonNullable<OAuthOptions["fetch"]>;

describe("tokens bound to a key, at an authorization server nobody here wrote,", () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite("", { dpop: true });
  });
  afterAll(() => site.close());

  /** Requests, and how they were answered. */
  function record(): {
    readonly fetch: Fetch;
    readonly all: { url: string; headers: Headers; status: number }[];
  } {
    const all: { url: string; headers: Headers; status: number }[] = [];
    const fetch: Fetch = async (url, init) => {
      const response = await globalThis.fetch(url, init);
      all.push({ url, headers: new Headers(init.headers), status: response.status });
      return response;
    };
    return { fetch, all };
  }

  it("are proved to be ours in every request, with a nonce of each server", async () => {
    const signIn = record();
    const calls = record();
    const auth = oauth({
      redirectUri: "http://127.0.0.1/callback",
      authorize: loopback({ open: (url) => void signInAs("ada", url) }),
      dpop: true,
      fetch: signIn.fetch,
    });
    const client = await connect(site.mcp, { auth, fetch: calls.fetch });
    expect((await client.callTool("who")).text).toBe("ada");

    const tokens = signIn.all.filter(({ url }) => url === `${site.issuer}/token`);
    // "use_dpop_nonce", then the tokens.
    expect(tokens.map(({ status }) => status)).toEqual([400, 200]);
    const [first, second] = await Promise.all(
      tokens.map(({ headers }) => readProof(String(headers.get("dpop")))),
    );
    expect(first?.payload).toMatchObject({ htm: "POST", htu: `${site.issuer}/token` });
    expect(first?.payload.nonce).toBeUndefined();
    expect(second?.payload.nonce).toMatch(/.+/);
    expect(second?.payload.ath, "there is no token yet").toBeUndefined();
    expect(second?.payload.jti).not.toBe(first?.payload.jti);

    // The server has checked key, method, URL, token and time of each; a proof is good for one request.
    expect(site.proofs.length).toBeGreaterThan(1);
    expect(new Set(site.proofs.map(({ jkt }) => jkt))).toEqual(new Set([first?.jkt]));
    for (const { headers, status } of calls.all) {
      if (status < 300) expect(headers.get("authorization")).toMatch(/^DPoP /);
    }

    // Another nonce costs one more request, and nothing else.
    site.changeNonce();
    const [before, grants] = [calls.all.length, [...site.grants]];
    expect((await client.callTool("who")).text).toBe("ada");
    expect(calls.all.slice(before).map(({ status }) => status)).toEqual([401, 200]);
    expect((await client.callTool("who")).text).toBe("ada");
    expect(calls.all.slice(before).map(({ status }) => status)).toEqual([401, 200, 200]);
    expect(site.grants).toEqual(grants);

    site.expire();
    expect((await client.callTool("who")).text).toBe("ada");
    expect(site.grants).toEqual([...grants, "refresh_token"]);
    await client.close();
  });
});

describe("a proof", () => {
  /** A server that takes tokens of DPoP, and an authorization server that issues them. */
  function bound(options: WorldOptions = {}, type = "DPoP"): World {
    const world: World = createWorld({
      ...options,
      answer(seen) {
        const own = options.answer?.(seen);
        if (own || !seen.url.endsWith("/token")) return own;
        const access_token = `bound-${world.valid.size}`;
        world.valid.add(access_token);
        return json({ access_token, token_type: type });
      },
    });
    return world;
  }

  const failed = (world: World, more: object = { dpop: true }): Promise<unknown> =>
    connect(server, { auth: oauth({ ...optionsFor(world), ...more }), fetch: world.fetch }).then(
      () => {
        throw new Error("it connected");
      },
      (error: unknown) => error,
    );

  it("is for method, URL without query, and token", async () => {
    const world = bound();
    const auth = oauth({ ...optionsFor(world), dpop: true });
    await auth.signIn(server);
    const headers = await auth.headers({ url: `${server}?x=1#y`, method: "DELETE" });
    const { payload } = await readProof(String(headers.dpop));
    expect(payload).toMatchObject({ htm: "DELETE", htu: server, ath: sha256("bound-0") });
    expect(headers.authorization).toBe("DPoP bound-0");
    const again = await auth.headers({ url: server, method: "DELETE" });
    expect((await readProof(String(again.dpop))).payload.jti).not.toBe(payload.jti);
  });

  it("does not carry the nonce of one server to another", async () => {
    const world = bound();
    const auth = oauth({ ...optionsFor(world), dpop: true });
    await auth.signIn(server);
    auth.answered?.("https://elsewhere.example/", new Headers({ "dpop-nonce": "theirs" }));
    auth.answered?.(server, new Headers({ "dpop-nonce": "ours" }));
    const nonces = [];
    for (let count = 0; count < 2; count++) {
      const { dpop } = await auth.headers({ url: server, method: "POST" });
      nonces.push((await readProof(String(dpop))).payload.nonce);
    }
    expect(nonces, "until there is another").toEqual(["ours", "ours"]);
  });

  it("is made no more than twice more for a server that never likes the nonce", async () => {
    let count = 0;
    const world = bound({
      answer: ({ url, headers }) =>
        url === server && headers.has("dpop")
          ? new Response(null, {
              status: 401,
              headers: { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": `n${++count}` },
            })
          : undefined,
    });
    expect(await failed(world)).toMatchObject({ code: "unauthorized" });
    expect(count).toBeLessThanOrEqual(3);
    const header = 'DPoP error="use_dpop_nonce"';
    const auth = oauth({ ...optionsFor(world), dpop: true });
    const worthIt = [];
    for (const attempt of [1, 2])
      worthIt.push(await auth.challenged?.({ url: server, status: 401, header, attempt }));
    expect(worthIt).toEqual([true, false]);
    expect(world.asked).toHaveLength(1);
  });

  it("is made once more for an authorization server that never likes the nonce", async () => {
    const world = bound({
      answer: ({ url }) =>
        url.endsWith("/token") ? json({ error: "use_dpop_nonce" }, 400, { "dpop-nonce": "n" }) : undefined,
    });
    expect(await failed(world)).toMatchObject({ code: "unauthorized", data: { error: "use_dpop_nonce" } });
    const proofs = world.requests("/token").map(({ headers }) => readProof(String(headers.get("dpop"))));
    expect((await Promise.all(proofs)).map(({ payload }) => payload.nonce)).toEqual([undefined, "n"]);
  });

  it("is asked for with every token: one that is not bound is not used", async () => {
    const world = bound({}, "Bearer");
    expect(await failed(world)).toMatchObject({ code: "auth_refused" });
    expect(world.seen.filter(({ headers }) => headers.has("authorization"))).toEqual([]);
  });

  it("is not made up for a token that is bound to who knows what", async () => {
    const world = bound();
    expect(await failed(world, {})).toMatchObject({ code: "auth_refused" });
    expect(world.seen.filter(({ headers }) => headers.has("authorization"))).toEqual([]);
  });

  describe("is made with a key", () => {
    const watched = (keys: boolean | undefined, values = new Map<string, unknown>()): Store => {
      const inner: Store = {
        keys,
        get: async (key) => values.get(key),
        set: vi.fn(async (key, value) => void values.set(key, value)),
        delete: (key) => void values.delete(key),
      };
      return inner;
    };
    const pairs = (store: Store): CryptoKeyPair[] =>
      vi
        .mocked(store.set)
        .mock.calls.flatMap(([key, value]) => (/dpop/.test(key) ? [value as CryptoKeyPair] : []));

    it("that cannot be exported", async () => {
      const store = watched(true);
      const world = bound();
      await oauth({ ...optionsFor(world), dpop: true, store }).signIn(server);
      const [pair] = pairs(store);
      expect(pair?.privateKey.extractable).toBe(false);
      for (const format of ["jwk", "pkcs8"] as const) {
        await expect(crypto.subtle.exportKey(format, pair?.privateKey as CryptoKey)).rejects.toThrow();
      }
    });

    it("that is given to no store that would have to write it down", async () => {
      const store = watched(undefined);
      await oauth({ ...optionsFor(bound()), dpop: true, store }).signIn(server);
      expect(vi.mocked(store.set)).toHaveBeenCalled();
      expect(pairs(store)).toEqual([]);
    });

    it("that all have who share the store, though they start at once", async () => {
      const values = new Map<string, unknown>();
      // What tabs share is the database, and a lock of its name.
      const store = watched(true, values);
      const world = bound();
      const make = () => oauth({ ...optionsFor(world), dpop: true, store });
      await Promise.all([make().signIn(server), make().signIn(server)]);
      expect(pairs(store)).toHaveLength(1);
      const proofs = world.requests("/token").map(({ headers }) => readProof(String(headers.get("dpop"))));
      expect(new Set((await Promise.all(proofs)).map(({ jkt }) => jkt)).size).toBe(1);
    });

    it("that outlives the provider, and with it the tokens", async () => {
      const world = bound();
      const store = memoryStore();
      const make = () => oauth({ ...optionsFor(world), dpop: true, store });
      await make().signIn(server);
      const later = make();
      const headers = await later.headers({ url: server, method: "POST" });
      const [issued] = world.requests("/token");
      const first = await readProof(String(issued?.headers.get("dpop")));
      expect((await readProof(String(headers.dpop))).jkt).toBe(first.jkt);
      expect(world.asked).toHaveLength(1);
    });
  });

  it("binds tokens of a program too", async () => {
    const world = bound();
    const auth = clientCredentials({
      clientId: "ours",
      clientSecret: "secret",
      dpop: true,
      fetch: world.fetch,
    });
    const client = await connect(server, { auth, fetch: world.fetch });
    await client.close();
    const last = world.seen.filter(({ url }) => url === server).at(-1);
    const { payload } = await readProof(String(last?.headers.get("dpop")));
    expect(payload).toMatchObject({ htm: "POST", htu: server, ath: sha256("bound-0") });
  });
});
