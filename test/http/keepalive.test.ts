import { type Client, type ConnectOptions, connect } from "mcp-rivulet";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { capabilities, event, own, serverInfo, text, URL_ } from "./support.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** One open event stream of the server, in the hands of the test. */
interface Stream {
  say(text: string): void;
  readonly headers: { readonly [name: string]: string };
  readonly cancelled: boolean;
}

/** A server whose calls and GETs are answered by open streams. */
async function meet(
  version: "2025-11-25" | "2026-07-28" | "2024-11-05",
  options: ConnectOptions = {},
): Promise<{ client: Client; streams: Stream[] }> {
  const streams: Stream[] = [];
  const encoder = new TextEncoder();
  let last = 0;
  const fetch = async (_: string, { method, body, headers }: RequestInit): Promise<Response> => {
    const { id, method: asked } = body ? JSON.parse(String(body)) : ({} as { id?: number; method?: string });
    const reply = (result: object) => {
      const message = { jsonrpc: "2.0", id, result };
      if (version !== "2024-11-05") return Response.json(message);
      streams[0]?.say(event(message));
      return new Response(null, { status: 202 });
    };
    if (asked === "server/discover")
      return reply({ resultType: "complete", supportedVersions: [version], capabilities, serverInfo });
    if (asked === "initialize") return reply({ protocolVersion: version, capabilities, serverInfo });
    if (method === "POST" && (id === undefined || version === "2024-11-05"))
      return new Response(null, { status: 202 });
    if (id !== undefined) last = id;
    let cancelled = false;
    const opened = new ReadableStream<Uint8Array>({
      start(controller) {
        streams.push({
          say: (text) => controller.enqueue(encoder.encode(text.replace("$id", String(last)))),
          headers: headers as Stream["headers"],
          get cancelled() {
            return cancelled;
          },
        });
      },
      cancel() {
        cancelled = true;
      },
    });
    if (version === "2024-11-05") streams.at(-1)?.say("event: endpoint\ndata: /messages\n\n");
    return new Response(opened, { headers: { "content-type": "text/event-stream" } });
  };
  const transport = version === "2024-11-05" ? "http-sse" : "streamable-http";
  const client = own(
    await connect(URL_, { protocolVersion: version, transport, fetch, reconnect: { delay: 50 }, ...options }),
  );
  return { client, streams };
}

const answer = (is: string) => `data: {"jsonrpc":"2.0","id":$id,"result":${JSON.stringify(text(is))}}\n\n`;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Keepalive comments, as many. */
async function alive(stream: Stream | undefined, times: number, every: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    stream?.say(": keepalive\n\n");
    await pass(every);
  }
}
/** What became of it so far. */
function watch(promise: PromiseLike<{ text: string }>): { is?: string } {
  const seen: { is?: string } = {};
  promise.then(
    ({ text }) => {
      seen.is = text;
    },
    ({ code }) => {
      seen.is = code;
    },
  );
  return seen;
}

describe("a stream with keepalive comments that falls silent", () => {
  it("has lost the call it carried, long before the timeout", async () => {
    const { client, streams } = await meet("2026-07-28", { timeout: 600_000 });
    const call = watch(client.callTool("slow"));
    await pass(0);
    await alive(streams[0], 6, 15_000);
    expect(call.is).toBeUndefined();
    await pass(90_000);
    expect(call.is).toBe("connection_lost");
    expect(streams[0]?.cancelled).toBe(true);
  });

  it("is taken up where it broke off", async () => {
    const { client, streams } = await meet("2025-11-25");
    const call = watch(client.callTool("slow"));
    await pass(0);
    streams[0]?.say("id: e1\ndata:\n\n");
    await alive(streams[0], 6, 1000);
    await pass(10_000);
    expect(streams[1]?.headers).toMatchObject({ "last-event-id": "e1" });
    streams[1]?.say(`id: e2\n${answer("taken up")}`);
    await pass(0);
    expect(call.is).toBe("taken up");
  });

  it("is opened again when it is the GET stream, and said to have missed things", async () => {
    const { client, streams } = await meet("2025-11-25");
    let resyncs = 0;
    client.on("resync", () => resyncs++);
    await pass(0);
    await alive(streams[0], 6, 1000);
    expect(streams).toHaveLength(1);
    await pass(10_000);
    expect(streams).toHaveLength(2);
    expect(resyncs).toBe(1);
  });

  it("ends the session of HTTP+SSE, which is begun anew", async () => {
    const { client, streams } = await meet("2024-11-05");
    const statuses: string[] = [];
    client.on("status", (status) => statuses.push(status));
    await alive(streams[0], 6, 1000);
    expect(statuses).toEqual([]);
    await pass(10_000);
    expect(streams[0]?.cancelled).toBe(true);
    expect(statuses[0]).toBe("reconnecting");
  });
});

describe("a stream is not taken for dead", () => {
  it.each([
    ["that never had comments", 0],
    ["with one comment, which may be a greeting", 1],
    ["with two comments, which are no rhythm yet", 2],
  ])("%s", async (_, comments) => {
    const { client, streams } = await meet("2026-07-28", { timeout: 600_000 });
    const call = watch(client.callTool("slow"));
    await pass(0);
    await alive(streams[0], comments, 100);
    await pass(300_000);
    streams[0]?.say(answer("late"));
    await pass(0);
    expect(call.is).toBe("late");
  });

  it("while comments come, however long it takes", async () => {
    const { client, streams } = await meet("2026-07-28", { timeout: 6_000_000 });
    const call = watch(client.callTool("slow"));
    await pass(0);
    await alive(streams[0], 100, 15_000);
    streams[0]?.say(answer("late"));
    await pass(0);
    expect(call.is).toBe("late");
  });

  it("in a pause that is short for the longest there was", async () => {
    const { client, streams } = await meet("2026-07-28", { timeout: 600_000 });
    const call = watch(client.callTool("slow"));
    await pass(0);
    await alive(streams[0], 2, 30_000);
    await alive(streams[0], 5, 100);
    await pass(60_000);
    streams[0]?.say(answer("late"));
    await pass(0);
    expect(call.is).toBe("late");
  });

  it("when it is the reader who takes the time", async () => {
    const { client, streams } = await meet("2026-07-28", { limits: { queuedEvents: 1 } });
    const events = client.callTool("chatty")[Symbol.asyncIterator]();
    await pass(0);
    await alive(streams[0], 5, 1000);
    for (let n = 1; n < 5; n++) {
      const params = { progressToken: "t2", progress: n };
      streams[0]?.say(event({ jsonrpc: "2.0", method: "notifications/progress", params }));
      await pass(0);
    }
    streams[0]?.say(answer("read"));
    await pass(100_000);
    const seen: unknown[] = [];
    for (let next = await events.next(); !next.done; next = await events.next()) seen.push(next.value.type);
    expect(seen.at(-1)).toBe("result");
  });
});
