import {
  type ClientOptions,
  cache,
  createClient,
  isMcpError,
  type JsonObject,
  memory,
  traceContext,
} from "mcp-rivulet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Asked, eras, meet, result, type Script, streams, tick } from "./support.ts";

const tool = (name: string) => ({ name, inputSchema: { type: "object" } });
const hint = (ttlMs: unknown, cacheScope: unknown = "private"): JsonObject => ({
  resultType: "complete",
  ttlMs,
  cacheScope,
});

afterEach(() => {
  vi.useRealTimers();
});

/** A server that hints so, and answers each time with another version. */
function hinting(hints: JsonObject, options: Partial<ClientOptions> = {}, script: Script = {}) {
  let version = 0;
  return meet(
    "2026-07-28",
    { extensions: [cache()], ...options },
    {
      "tools/list": ({ params }) =>
        params.cursor === undefined
          ? { ...hints, tools: [tool(`a${++version}`)], nextCursor: "2" }
          : { ...hints, tools: [tool(`b${++version}`)] },
      "prompts/list": () => ({ ...hints, prompts: [{ name: `p${++version}` }] }),
      "resources/list": () => ({ ...hints, resources: [{ name: "r", uri: `r:${++version}` }] }),
      "resources/templates/list": () => ({
        ...hints,
        resourceTemplates: [{ name: `t${++version}`, uriTemplate: "t:{a}" }],
      }),
      "resources/read": ({ params }) => ({
        ...hints,
        contents: [{ uri: params.uri, text: String(++version) }],
      }),
      "tools/call": () => ({ ...hints, content: [{ type: "text", text: String(++version) }] }),
      "prompts/get": () => ({ ...hints, messages: [] }),
      ...script,
    },
  );
}

describe("a result with a caching hint", () => {
  // requires: caching/key, caching/fresh-that-long
  it.each(["private", "public"])(
    "of scope %s is served without a request while it is fresh",
    async (scope) => {
      const { client, of } = hinting(hint(60_000, scope));
      const first = await client.listTools();
      expect(await client.listTools()).toEqual(first);
      expect(first.map(({ name }) => name)).toEqual(["a1", "b2"]);
      // Each page is one.
      expect(of("tools/list")).toHaveLength(2);
      expect(await client.readResource("a://b")).toEqual(await client.readResource("a://b"));
      await client.readResource("a://c");
      expect(of("resources/read").map(({ params }) => params?.uri)).toEqual(["a://b", "a://c"]);
      await Promise.all([client.listPrompts(), client.listResources(), client.listResourceTemplates()]);
      await Promise.all([client.listPrompts(), client.listResources(), client.listResourceTemplates()]);
      for (const method of ["prompts/list", "resources/list", "resources/templates/list"])
        expect(of(method), method).toHaveLength(1);
    },
  );

  // requires: caching/stale-is-fetched, caching/page-by-page, caching/no-polling
  // requires: caching/fresh-that-long
  it("is asked for again once it is stale, page by page", async () => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
    const { client, of } = hinting(
      {},
      {},
      {
        "tools/list": ({ params }) =>
          params.cursor === undefined
            ? { ...hint(2_000), tools: [tool("a")], nextCursor: "2" }
            : { ...hint(1_000), tools: [tool("b")] },
      },
    );
    await client.listTools();
    await vi.advanceTimersByTimeAsync(999);
    await client.listTools();
    expect(of("tools/list")).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    await client.listTools();
    expect(of("tools/list").map(({ params }) => params?.cursor)).toEqual([undefined, "2", "2"]);
  });

  // requires: caching/no-polling
  it("is not asked for again by itself when its time is over", async () => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
    const { client, of } = hinting(hint(1_000));
    await client.listPrompts();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(of("prompts/list")).toHaveLength(1);
  });

  it("is bypassed and kept anew with fresh: true", async () => {
    const { client, of } = hinting(hint(60_000));
    const [first] = await client.listPrompts();
    const [second] = await client.listPrompts({ fresh: true });
    const [third] = await client.listPrompts();
    expect([first?.name, second?.name, third?.name]).toEqual(["p1", "p2", "p2"]);
    expect(of("prompts/list")).toHaveLength(2);
  });

  it("is not changed by what somebody does to the object they got", async () => {
    const { client } = hinting(hint(60_000));
    await client.listPrompts();
    const got = await client.listPrompts();
    (got[0] as { name: string }).name = "mine";
    expect((await client.listPrompts())[0]?.name).toBe("p1");
  });

  // requires: caching/key
  it("is kept for other calls of _meta, but not for those that only differ in their trace", async () => {
    let count = 0;
    const parent = () => ({ traceparent: `00-${String(++count).padStart(32, "1")}-00f067aa0ba902b7-01` });
    const { client, of } = hinting(hint(60_000), { extensions: [traceContext(parent), cache()] });
    await client.listPrompts();
    await client.listPrompts();
    expect(count).toBe(2);
    expect(of("prompts/list")).toHaveLength(1);
    await client.listPrompts({ meta: { tenant: "a" } });
    expect(of("prompts/list")).toHaveLength(2);
  });

  it("is dropped, the longest unused first, beyond the number of entries", async () => {
    const { client, of } = hinting(hint(60_000), { extensions: [cache({ entries: 2 })] });
    await client.readResource("a:1");
    await client.readResource("a:2");
    await client.readResource("a:1");
    await client.readResource("a:3");
    await client.readResource("a:1");
    await client.readResource("a:2");
    expect(of("resources/read").map(({ params }) => params?.uri)).toEqual(["a:1", "a:2", "a:3", "a:2"]);
  });
});

describe("nothing is kept", () => {
  // requires: caching/zero-is-stale, caching/absent-is-stale, caching/negative-is-zero
  it.each([
    // requires: caching/absent-is-stale
    ["no hint", {}],
    // requires: caching/zero-is-stale
    ["a time to live of 0", hint(0)],
    // requires: caching/negative-is-zero
    ["a negative one", hint(-5)],
    ["one that is no number", hint("60000")],
  ])("of results with %s", async (_title, hints) => {
    const { client, of } = hinting(hints);
    await client.listPrompts();
    await client.listPrompts();
    expect(of("prompts/list")).toHaveLength(2);
  });

  it("of other methods, whatever their results hint", async () => {
    const { client, of } = hinting(hint(60_000));
    for (let count = 0; count < 2; count++) {
      await client.callTool("any");
      await client.getPrompt("any");
      await client.ping();
    }
    for (const method of ["tools/call", "prompts/get"]) expect(of(method), method).toHaveLength(2);
    // One to connect.
    expect(of("server/discover")).toHaveLength(3);
  });

  it("of 2025-11-25, which has no hints", async () => {
    const [version] = eras;
    const { client, of } = meet(
      version as "2025-11-25",
      { extensions: [cache()] },
      { "prompts/list": () => ({ ...hint(60_000), prompts: [] }) },
    );
    await client.listPrompts();
    await client.listPrompts();
    expect(of("prompts/list")).toHaveLength(2);
  });

  // requires: caching/not-of-rounds
  it("of a result that took input, and of a request that carries it", async () => {
    const roots = { resultType: "input_required", inputRequests: { r: { method: "roots/list" } } };
    const read = ({ params }: Asked) => (params.inputResponses ? { ...hint(60_000), contents: [] } : roots);
    const { client, of } = hinting({}, { onRoots: () => [] }, { "resources/read": read });
    await client.readResource("a:1");
    await client.readResource("a:1");
    expect(of("resources/read")).toHaveLength(4);
    const own = { uri: "a:1", inputResponses: { r: { roots: [] } } };
    await client.request("resources/read", own);
    await client.request("resources/read", own);
    expect(of("resources/read")).toHaveLength(6);
  });

  it("of a result that was already overtaken by a change", async () => {
    const { client, next, tell, of } = meet("2026-07-28", { extensions: [cache()] });
    const list = client.listPrompts().catch(() => {});
    const asked = await next();
    tell("notifications/prompts/list_changed");
    await tick();
    asked.reply({ ...hint(60_000), prompts: [] });
    await list;
    client.listPrompts().catch(() => {});
    await next();
    expect(of("prompts/list")).toHaveLength(2);
  });
});

describe("a change notification", () => {
  it.each([
    ["notifications/tools/list_changed", undefined, ["tools/list"]],
    ["notifications/prompts/list_changed", undefined, ["prompts/list"]],
    ["notifications/resources/list_changed", undefined, ["resources/list", "resources/templates/list"]],
    ["notifications/resources/updated", { uri: "a:1" }, ["resources/read"]],
    ["notifications/resources/updated", { uri: "a:1/part" }, ["resources/read"]],
    ["notifications/resources/updated", { uri: "a:2" }, []],
  ])("%s %o makes stale what it is about, and nothing else", async (method, params, stale) => {
    const page = (more: JsonObject) => () => ({ ...hint(60_000), ...more });
    const { client, of, tell } = hinting(
      {},
      {},
      {
        "tools/list": page({ tools: [] }),
        "prompts/list": page({ prompts: [] }),
        "resources/list": page({ resources: [] }),
        "resources/templates/list": page({ resourceTemplates: [] }),
        "resources/read": page({ contents: [] }),
      },
    );
    const methods = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
    const ask = async () => {
      for (const each of methods) await client.request(each);
      await client.readResource("a:1");
    };
    await ask();
    tell(method, params);
    await tick();
    await ask();
    const again = [...methods, "resources/read"].filter((each) => of(each).length > 1);
    expect(again).toEqual(stale);
  });

  it("may have been missed until a subscription began", async () => {
    const { client, of, tell } = hinting(hint(60_000));
    await client.listPrompts();
    tell("notifications/subscriptions/acknowledged", { notifications: {} });
    await tick();
    await client.listPrompts();
    expect(of("prompts/list")).toHaveLength(2);
  });
});

// requires: caching/invalid-cursor
it("forgets the pages of a list whose cursor the server refuses", async () => {
  let refuse = false;
  const { client, of } = hinting(
    {},
    {},
    {
      "tools/list": (asked) => {
        const { cursor } = asked.params;
        if (cursor === undefined) return { ...hint(60_000), tools: [tool("a")], nextCursor: "2" };
        return refuse ? asked.refuse(-32602, "Invalid cursor") : { ...hint(0), tools: [tool("b")] };
      },
    },
  );
  await client.listTools();
  refuse = true;
  await expect(client.listTools()).rejects.toMatchObject({ rpcCode: -32602 });
  refuse = false;
  await client.listTools();
  expect(of("tools/list").map(({ params }) => params?.cursor)).toEqual([undefined, "2", "2", undefined, "2"]);
});

describe("whose result it is", () => {
  async function asked(hints: JsonObject, callers: readonly (string | undefined)[]): Promise<number> {
    let turn = 0;
    const caller = () => callers[Math.floor(turn)];
    const { client, of } = hinting(hints, { extensions: [cache({ caller })] });
    for (; turn < callers.length; turn++) await client.listPrompts();
    return of("prompts/list").length;
  }

  // requires: caching/not-across-credentials
  it("decides who gets a private one again", async () => {
    expect(await asked(hint(60_000), ["ann", "ann", "bob", "bob"])).toBe(2);
    expect(await asked(hint(60_000), ["ann", "bob", "ann"])).toBe(3);
    expect(await asked(hint(60_000, "neither"), ["ann", "bob"])).toBe(2);
  });

  it("matters not for a public one", async () => {
    expect(await asked(hint(60_000, "public"), ["ann", "bob", undefined])).toBe(1);
  });

  // requires: caching/not-across-credentials
  it("must be known for a private one to be kept", async () => {
    expect(await asked(hint(60_000), [undefined, undefined])).toBe(2);
  });

  it("does not cost a result that has come when it can no longer be told", async () => {
    let turn = 0;
    const caller = () => {
      if (turn++ % 2) throw new Error("signed out");
      return "ann";
    };
    const { client, of } = hinting(hint(60_000), { extensions: [cache({ caller })] });
    expect(await client.listPrompts()).toHaveLength(1);
    expect(await client.listPrompts()).toHaveLength(1);
    expect(of("prompts/list")).toHaveLength(2);
  });

  it("is not known over a transport that does not say", async () => {
    const transport = streams(async function* (request) {
      yield result(request, { ...hint(60_000), prompts: [] });
    });
    await using client = createClient({ transport, extensions: [cache()] });
    await client.listPrompts();
    await client.listPrompts();
    expect(transport.sent.filter((each) => "method" in each && each.method === "prompts/list")).toHaveLength(
      2,
    );
  });

  it("is one, and the same, over a linked pair", async () => {
    const [transport] = memory();
    expect(await transport.credentials?.()).toEqual({});
  });

  it("has changed when somebody signed in on the way: nobody's result is kept", async () => {
    let user = "nobody";
    const { client, of } = hinting(
      {},
      { extensions: [cache({ caller: () => user })] },
      {
        "prompts/list": () => {
          user = "ann";
          return { ...hint(60_000), prompts: [] };
        },
      },
    );
    await client.listPrompts();
    await client.listPrompts();
    await client.listPrompts();
    expect(of("prompts/list")).toHaveLength(2);
  });
});

it("leaves errors as they are", async () => {
  const { client } = hinting({}, {}, { "prompts/list": (asked) => asked.refuse(-32603) });
  const error = await client.listPrompts().catch((reason: unknown) => reason);
  expect(isMcpError(error, "rpc_error")).toBe(true);
});
