import { connect } from "mcp-rivulet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { own, URL_ } from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

const encoder = new TextEncoder();
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A call whose answer is a body that the test writes; `pieces` go out, one every 900 ms. */
async function trickle(type: string, pieces: readonly string[]) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  let write: (piece: string) => void = () => {};
  let signal: AbortSignal | null | undefined;
  const client = own(
    await connect(URL_, {
      protocolVersion: "2026-07-28",
      timeout: 1000,
      fetch: async (_, init) => {
        const { id, method } = JSON.parse(String(init.body));
        if (method === "server/discover") {
          return Response.json({
            jsonrpc: "2.0",
            id,
            result: { supportedVersions: ["2026-07-28"], capabilities: {} },
          });
        }
        signal = init.signal;
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            write = (piece) => controller.enqueue(encoder.encode(piece));
            init.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
          },
        });
        return new Response(body, { headers: { "content-type": type } });
      },
    }),
  );
  const call = client.callTool("slow");
  const seen: { code?: string } = {};
  call.catch((reason) => {
    seen.code = (reason as { code: string }).code;
  });
  await tick();
  for (const piece of pieces) {
    await vi.advanceTimersByTimeAsync(900);
    if (seen.code) break;
    write(piece);
    await tick();
  }
  return { seen, aborted: () => signal?.aborted };
}

describe("a call with a timeout of 1000 ms", () => {
  it("lives on with a message every 900", async () => {
    const event = 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}\n\n';
    const { seen } = await trickle("text/event-stream", [event, event, event]);
    expect(seen).toEqual({});
  });

  it("lives on with a piece of a JSON body every 900", async () => {
    const { seen } = await trickle("application/json", ['{"json', 'rpc":', '"2.0",']);
    expect(seen).toEqual({});
  });

  it.each([
    ["comments", ": keepalive\n\n"],
    ["empty events", "data:\n\n"],
    ["events of another name", "event: ping\ndata: {}\n\n"],
    ["line ends", "\n"],
  ])("is given up although %s come every 900, and its connection is let go", async (_, piece) => {
    const { seen, aborted } = await trickle("text/event-stream", [piece, piece, piece]);
    expect(seen).toEqual({ code: "timeout" });
    expect(aborted()).toBe(true);
  });
});
