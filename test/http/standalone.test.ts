import {
  type AbortSignalLike,
  type AskContext,
  type Client,
  type ClientEvents,
  type ConnectOptions,
  connect,
  listen,
  type Root,
} from "mcp-rivulet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { arrival, event, legacyVersions, mcp, own, reply, type Seen, sse, text, URL_ } from "./support.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const changed = event({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });

/** A stream that says this and stays open, until the client is gone. */
function held({ request }: Seen, ...chunks: readonly string[]): Response {
  const body = new ReadableStream<string>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      request.signal.addEventListener("abort", () => controller.error(request.signal.reason));
    },
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/event-stream" },
  });
}

/** A server of 2025-11-25 that answers each GET by the next of `streams`, and the last again and again. */
async function meet(
  streams: readonly ((seen: Seen) => Response)[],
  options: ConnectOptions = {},
): Promise<{ client: Client; seen: readonly Seen[]; gets: () => number }> {
  let gets = 0;
  const seen = mcp("2025-11-25", (asked) =>
    asked.method === "POST"
      ? reply(asked, text("x"))
      : streams[Math.min(gets++, streams.length - 1)]?.(asked),
  );
  const reconnect = { delay: 1 };
  const client = own(await connect(URL_, { protocolVersion: "2025-11-25", reconnect, ...options }));
  return { client, seen, gets: () => gets };
}

describe("the GET stream of a session", () => {
  it.each(legacyVersions)(
    "is not opened on %s for calls that are awaited, nor for status",
    async (version) => {
      const seen = mcp(version, (asked) => (asked.method === "POST" ? reply(asked, text("x")) : undefined));
      const client = own(await connect(URL_, { protocolVersion: version }));
      for (const name of ["status", "error", "message"] as const) client.on(name, () => {});
      await client.callTool("echo");
      await client.ping();
      await client.callTool("echo");
      expect(seen.map(({ method }) => method)).not.toContain("GET");
    },
  );

  it.each(["notification", "log", "toolsChanged", "promptsChanged", "resourcesChanged", "resync"] as const)(
    "is opened for a listener to %s, and closed with the last",
    async (name: keyof ClientEvents) => {
      const { client } = await meet([held]);
      const opened = arrival("GET");
      const offs = [client.on(name, () => {}), client.on(name, () => {})];
      const { request } = await opened;
      const closed = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      offs[0]?.();
      await client.callTool("echo");
      expect(request.signal.aborted).toBe(false);
      offs[1]?.();
      await closed;
    },
  );

  it("is opened for a listener that was there before the connection", async () => {
    const seen = mcp("2025-11-25", (asked) => held(asked, changed));
    const { createClient, streamableHttp } = await import("mcp-rivulet");
    const client = own(createClient({ transport: streamableHttp(URL_), protocolVersion: "2025-11-25" }));
    const heard = new Promise((resolve) => client.on("toolsChanged", () => resolve("heard")));
    await client.connect();
    expect(await heard).toBe("heard");
    expect(seen.filter(({ method }) => method === "GET")).toHaveLength(1);
  });

  it.each([
    ["onElicit", { onElicit: () => ({ action: "cancel" }) }],
    ["onSample", { onSample: () => ({ role: "user", content: { type: "text", text: "" }, model: "" }) }],
    ["onRoots", { onRoots: () => [] }],
  ] as const)("is opened for %s", async (_, handler) => {
    const opened = arrival("GET");
    await meet([held], handler as ConnectOptions);
    await opened;
  });

  it("is there before the call of somebody who iterates, once for all calls", async () => {
    const { client, seen } = await meet([held]);
    const at = seen.length;
    for await (const token of client.callTool("echo").text()) expect(token).toBe("x");
    for await (const _ of client.callTool("echo"));
    expect(seen.slice(at).map(({ method }) => method)).toEqual(["GET", "POST", "POST"]);
  });

  it.each([
    ["of somebody who iterates", true, {}],
    ["the server may ask about", false, { onRoots: () => [] }],
  ] as const)("is open before the call %s goes out", async (_, iterated, handlers) => {
    const order: string[] = [];
    mcp("2025-11-25", async (asked) => {
      if (asked.method === "GET") {
        // Whatever would not wait has gone out by then.
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
        order.push("open");
        return held(asked);
      }
      order.push(asked.message.method ?? "answer");
      return reply(asked, text("x"));
    });
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25", ...handlers }));
    const call = client.callTool("echo");
    if (iterated) for await (const _ of call);
    await call;
    expect(order).toEqual(["open", "tools/call"]);
  });

  it("asks anew in each session, where an answer to the one before is not taken for one to this", async () => {
    const question = event({ jsonrpc: "2.0", id: 0, method: "roots/list" });
    let gone = true;
    const seen = mcp("2025-11-25", (asked) => {
      if (asked.method === "GET") return held(asked, question);
      if (!gone) return reply(asked, text("x"));
      gone = false;
      return new Response(null, { status: 404 });
    });
    const asked: { readonly signal: AbortSignalLike; readonly answer: (name: string) => void }[] = [];
    const onRoots = ({ signal }: AskContext) =>
      new Promise<Root[]>((resolve) => {
        asked.push({ signal, answer: (name) => resolve([{ uri: "file:///", name }]) });
      });
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25", onRoots }));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await client.callTool("echo");
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    const answers = () => seen.flatMap(({ message }) => ("result" in message ? [message] : []));
    asked[0]?.answer("old");
    asked[1]?.answer("new");
    await vi.waitFor(() => expect(answers()).not.toEqual([]));
    await client.callTool("echo");
    expect(answers()).toEqual([
      { jsonrpc: "2.0", id: 0, result: { roots: [{ uri: "file:///", name: "new" }] } },
    ]);
  });

  it("that is opened without a word does not hold up a call, nor count against its limit", async () => {
    mcp("2025-11-25", (asked) => (asked.method === "GET" ? new Promise(() => {}) : reply(asked, text("x"))));
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25", timeout: 500 }));
    for await (const token of client.callTool("echo").text()) expect(token).toBe("x");
  });

  it("that is lost for good ends listening with that, also that of who listens later", async () => {
    const { client } = await meet([() => sse(changed)], { reconnect: false });
    const changes = listen(client, { toolsListChanged: true })[Symbol.asyncIterator]();
    client.on("log", () => {});
    expect((await changes.next()).value).toEqual({ type: "toolsChanged" });
    expect((await changes.next()).value).toEqual({ type: "resync" });
    await expect(changes.next()).rejects.toMatchObject({ code: "connection_lost" });
    const { ready } = listen(client, { toolsListChanged: true });
    await expect(ready).rejects.toMatchObject({ code: "connection_lost" });
  });

  it("that a gateway never lets through ends listening with that, and leaves the session alone", async () => {
    const { client, gets, seen } = await meet([() => new Response(null, { status: 503 })], {
      reconnect: { delay: 1, attempts: 2 },
    });
    const { ready } = listen(client, { toolsListChanged: true });
    await expect(ready).rejects.toMatchObject({ code: "http_error", status: 503 });
    expect(gets()).toBe(3);
    await client.callTool("echo");
    expect(seen.filter(({ message }) => message.method === "initialize")).toHaveLength(1);
  });

  it("is asked for once where the server has none", async () => {
    const { client, gets } = await meet([() => new Response(null, { status: 405 })]);
    const changes = listen(client, { toolsListChanged: true });
    await changes.ready;
    client.on("log", () => {});
    for await (const _ of client.callTool("echo"));
    expect(gets()).toBe(1);
  });

  it("is there before listen is ready", async () => {
    let open = () => {};
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const asked = arrival("GET");
    mcp("2025-11-25", async (seen) => {
      if (seen.method === "POST") return reply(seen, text("x"));
      await opening;
      return held(seen);
    });
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25" }));
    let ready = false;
    const changes = listen(client, { toolsListChanged: true });
    const agreed = changes.ready.then(() => {
      ready = true;
    });
    await asked;
    await client.callTool("echo");
    expect(ready).toBe(false);
    open();
    await agreed;
  });

  it("that was opened again without what came in between is a resync", async () => {
    const { client, gets } = await meet([() => sse(changed), held]);
    const changes = listen(client, { toolsListChanged: true })[Symbol.asyncIterator]();
    expect((await changes.next()).value).toEqual({ type: "toolsChanged" });
    expect((await changes.next()).value).toEqual({ type: "resync" });
    expect(gets()).toBe(2);
  });

  it("that was taken up where it broke off is no resync", async () => {
    const { client, seen } = await meet([() => sse(`id: a\n${changed}`), (asked) => held(asked, changed)]);
    const changes = listen(client, { toolsListChanged: true })[Symbol.asyncIterator]();
    expect((await changes.next()).value).toEqual({ type: "toolsChanged" });
    expect((await changes.next()).value).toEqual({ type: "toolsChanged" });
    expect(seen.at(-1)?.headers).toMatchObject({ "last-event-id": "a" });
  });

  describe("that is refused when it is opened again", () => {
    /** A server whose session, or whose stream, is refused with this once a stream was there. */
    async function refused(status: number): Promise<{ client: Client; sessions: () => number }> {
      const methods = () => seen.map(({ message, method }) => message.method ?? method);
      const count = (name: string) => methods().filter((method) => method === name).length;
      const seen = mcp("2025-11-25", (asked) => {
        if (asked.method === "POST") return reply(asked, text("x"));
        if (count("GET") === 1) return sse(changed);
        return count("initialize") === 1 ? new Response(null, { status }) : held(asked);
      });
      const reconnect = { delay: 1 };
      const client = own(await connect(URL_, { protocolVersion: "2025-11-25", reconnect }));
      return { client, sessions: () => count("initialize") };
    }

    it.each([
      [404, "a session that is gone"],
      [400, "a session that is gone, to some servers"],
      [409, "a server that takes the old stream for open"],
    ])("(%i, %s) makes a new session, and is a resync", async (status) => {
      const { client, sessions } = await refused(status);
      const changes = listen(client, { toolsListChanged: true })[Symbol.asyncIterator]();
      expect((await changes.next()).value).toEqual({ type: "toolsChanged" });
      expect((await changes.next()).value).toEqual({ type: "resync" });
      expect(sessions()).toBe(2);
      expect(client.status).toBe("ready");
    });

    it("(405, no such stream) leaves the session alone", async () => {
      const { client, sessions } = await refused(405);
      const changes = listen(client, { toolsListChanged: true })[Symbol.asyncIterator]();
      expect((await changes.next()).value).toEqual({ type: "toolsChanged" });
      expect((await changes.next()).value).toEqual({ type: "resync" });
      await expect(changes.next()).rejects.toMatchObject({ code: "connection_lost" });
      await client.callTool("echo");
      expect(sessions()).toBe(1);
    });
  });

  it("of a session that ended while nobody saw the page makes a new one when somebody does", async () => {
    const page = new EventTarget();
    const document = { visibilityState: "visible" };
    vi.stubGlobal("document", document);
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    const show = (visibilityState: string) => {
      Object.assign(document, { visibilityState });
      page.dispatchEvent(new Event("visibilitychange"));
    };
    let gone = false;
    const seen = mcp("2025-11-25", (asked) => {
      const sessions = seen.filter(({ message }) => message.method === "initialize").length;
      return gone && sessions === 1 ? new Response(null, { status: 404 }) : held(asked);
    });
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25", reconnect: { delay: 1 } }));
    const opened = arrival("GET");
    const changes = listen(client, { toolsListChanged: true });
    const { request } = await opened;
    await changes.ready;
    const given = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    show("hidden");
    await given;
    gone = true;
    show("visible");
    const { value } = await changes[Symbol.asyncIterator]().next();
    expect(value).toEqual({ type: "resync" });
    expect(client.status).toBe("ready");
  });

  it("that cannot be opened again ends listening, with an error", async () => {
    let down = false;
    const seen = mcp("2025-11-25", (asked) => {
      if (asked.method === "POST") return reply(asked, text("x"));
      down = true;
      return sse(changed);
    });
    const fetch = async (url: string, init: RequestInit) => {
      if (down) throw new TypeError("down");
      return globalThis.fetch(url, init);
    };
    const reconnect = { delay: 1, attempts: 2 };
    const client = own(await connect(URL_, { protocolVersion: "2025-11-25", reconnect, fetch }));
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const changes = listen(client, { toolsListChanged: true })[Symbol.asyncIterator]();
    await changes.next();
    await expect(changes.next()).rejects.toMatchObject({ code: "connection_lost" });
    expect(errors).toMatchObject([{ code: "connect_failed" }]);
    expect(client.status).toBe("idle");
    down = false;
    expect((await client.callTool("echo")).text).toBe("x");
    expect(seen.filter(({ message }) => message.method === "initialize")).toHaveLength(2);
  });
});
