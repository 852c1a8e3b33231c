import { type Client, type ConnectOptions, connect, listen } from "mcp-rivulet";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { capabilities, event, own, serverInfo, text, URL_ } from "./support.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A GET stream, in the hands of the test. */
interface Stream {
  /** Ends it, or breaks it off where it has not begun. */
  cut(): void;
}

/** A server that says nothing unasked. With `mute`, not even the headers of its streams come. */
async function meet(
  version: "2025-11-25" | "2024-11-05",
  { mute = false, ...options }: ConnectOptions & { mute?: boolean } = {},
): Promise<{ client: Client; streams: Stream[]; asked: { method: string; signal: AbortSignal }[] }> {
  const streams: Stream[] = [];
  const asked: { method: string; signal: AbortSignal }[] = [];
  let say = (_: string) => {};
  const fetch = (_: string, { method: verb, body, signal }: RequestInit): Promise<Response> => {
    const { id, method = verb ?? "" } = body ? JSON.parse(String(body)) : ({} as never);
    asked.push({ method, signal: signal as AbortSignal });
    if (method === "notifications/cancelled") return new Promise(() => {});
    if (method === "GET") {
      return new Promise((resolve, reject) => {
        if (mute) signal?.addEventListener("abort", () => reject(signal.reason));
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            say = (text) => controller.enqueue(new TextEncoder().encode(text));
            streams.push({ cut: () => (mute ? reject(new TypeError("cut")) : controller.close()) });
          },
        });
        if (version === "2024-11-05") say("event: endpoint\ndata: /messages\n\n");
        if (!mute) resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
      });
    }
    const answer = (result: object) => {
      const message = { jsonrpc: "2.0", id, result };
      if (version === "2025-11-25") return Promise.resolve(Response.json(message));
      say(event(message));
      return Promise.resolve(new Response(null, { status: 202 }));
    };
    if (method === "initialize")
      return answer({ protocolVersion: version, capabilities: { ...capabilities, tools: {} }, serverInfo });
    if (id === undefined) return Promise.resolve(new Response(null, { status: 202 }));
    const { name } = JSON.parse(String(body)).params;
    if (name !== "hang") return answer(text("x"));
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  };
  const transport = version === "2024-11-05" ? "http-sse" : "streamable-http";
  const client = own(await connect(URL_, { protocolVersion: version, transport, fetch, ...options }));
  return { client, streams, asked };
}

/** Lets time pass until that is so. */
async function until(is: () => boolean): Promise<void> {
  for (let turns = 0; !is(); turns++) {
    if (turns > 1000) throw new Error("It never happened");
    await vi.advanceTimersByTimeAsync(100);
  }
}

describe("a stream that is quiet, and cut off every minute by a proxy", () => {
  it.each(["2025-11-25", "2024-11-05"] as const)("is opened again for ever on %s", async (version) => {
    const { client, streams } = await meet(version);
    const statuses: string[] = [];
    client.on("status", (status) => statuses.push(status));
    client.on("toolsChanged", () => {});
    for (let cuts = 1; cuts <= 25; cuts++) {
      await until(() => streams.length === cuts && client.status === "ready");
      await vi.advanceTimersByTimeAsync(60_000);
      streams.at(-1)?.cut();
    }
    await until(() => streams.length === 26);
    expect(statuses).not.toContain("idle");
  });

  it("is given up when it never stands for long, and that is reported", async () => {
    const { client, streams } = await meet("2025-11-25", { reconnect: { attempts: 3, delay: 100 } });
    client.on("toolsChanged", () => {});
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    let cut = 0;
    await until(() => {
      if (streams.length > cut) streams[cut++]?.cut();
      return errors.length > 0;
    });
    expect(errors).toMatchObject([{ code: "connection_lost" }]);
    expect(client.status).toBe("ready");
  });

  it("is given up when it never stands for long, and ends listening where it is all there is", async () => {
    const { client, streams } = await meet("2024-11-05", { reconnect: { attempts: 3, delay: 100 } });
    const changes = listen(client, { toolsListChanged: true });
    const ended = (async () => {
      for await (const { type } of changes) expect(type).toBe("resync");
    })().catch((error) => error);
    let cut = 0;
    await until(() => {
      if (streams.length > cut && client.status === "ready") streams[cut++]?.cut();
      return client.status === "idle";
    });
    expect(await ended).toMatchObject({ code: "connection_lost" });
  });
});

describe("a stream of which not even the headers come", () => {
  it("is one that hears, and opened again it is a resync", async () => {
    const { client, streams } = await meet("2025-11-25", { mute: true });
    const changes = listen(client, { toolsListChanged: true });
    const first = changes[Symbol.asyncIterator]().next();
    await until(() => streams.length === 1);
    await vi.advanceTimersByTimeAsync(1500);
    await changes.ready;
    streams[0]?.cut();
    await until(() => streams.length === 2);
    await vi.advanceTimersByTimeAsync(1500);
    expect(await first).toEqual({ done: false, value: { type: "resync" } });
  });
});

describe("a server that does not answer", () => {
  it("gets its connections back from what it is told as a courtesy too", async () => {
    const { client, asked } = await meet("2025-11-25", { timeout: 60_000 });
    client.on("error", () => {});
    const calls = [1, 2, 3].map(() => client.callTool("hang"));
    await until(() => asked.filter(({ method }) => method === "tools/call").length === 3);
    for (const call of calls) call.cancel("enough");
    await Promise.allSettled(calls);
    const notices = asked.filter(({ method }) => method === "notifications/cancelled");
    expect(notices).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(6000);
    for (const { signal } of notices) expect(signal.aborted).toBe(true);
  });
});

describe("a page that is left", () => {
  function leave(persisted: boolean): void {
    page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
  }
  let page: EventTarget;
  beforeEach(() => {
    page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  });

  it("for good, in a frame, settles what waits, for the page around that is still there", async () => {
    vi.stubGlobal("parent", {});
    const { client, asked } = await meet("2025-11-25");
    const call = client.callTool("hang");
    await until(() => asked.some(({ method }) => method === "tools/call"));
    leave(false);
    await expect(call).rejects.toMatchObject({ code: "closed" });
    await expect(client.callTool("echo")).rejects.toMatchObject({ code: "closed" });
  });

  it("for good, and in no frame, reports no error that nobody will see", async () => {
    vi.stubGlobal("parent", globalThis);
    const { client } = await meet("2025-11-25");
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const changes = listen(client, { toolsListChanged: true });
    await changes.ready;
    let ended = false;
    const over = () => {
      ended = true;
    };
    changes[Symbol.asyncIterator]().next().then(over, over);
    leave(false);
    await vi.advanceTimersByTimeAsync(0);
    expect({ errors, ended, status: client.status }).toEqual({ errors: [], ended: false, status: "ready" });
  });

  it("and may come back goes on", async () => {
    vi.stubGlobal("parent", {});
    const { client } = await meet("2025-11-25");
    leave(true);
    expect((await client.callTool("echo")).text).toBe("x");
  });
});
