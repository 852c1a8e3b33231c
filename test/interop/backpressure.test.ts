import { once } from "node:events";
import { setImmediate as tick } from "node:timers/promises";
import { type Client, connect } from "mcp-rivulet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Asked, deferred, own, startHandMade } from "./support.ts";

const EVENTS = 20_000;
const PADDING = "~".repeat(2000);
const LIMIT = 16;

/** What the server has handed to its socket, which takes no more than its buffers and the reader do. */
interface Flood {
  sent: number;
}

/** A server that streams as fast as it is let, and answers `echo` beside that. */
async function startFlood(revision: "2025-11-25" | "2026-07-28") {
  const flood: Flood = { sent: 0 };
  const server = own(
    await startHandMade(revision, async (asked) => {
      if (asked.params.name !== "flood") return asked.json({ result: { content: [] } });
      asked.res.writeHead(200, { "content-type": "text/event-stream" });
      await pour(asked, flood);
    }),
  );
  return { url: server.url, flood };
}

async function pour({ res, event, token }: Asked, flood: Flood): Promise<void> {
  const closed = once(res, "close");
  for (let progress = 1; progress <= EVENTS && !res.destroyed; progress++) {
    const params = { progressToken: token, progress, message: PADDING };
    if (!res.write(event({ method: "notifications/progress", params })))
      await Promise.race([once(res, "drain"), closed]);
    flood.sent = progress;
  }
  res.end(event({ result: { content: [{ type: "text", text: "done" }] } }));
}

function countProgress(client: Client, heard: (count: number) => void): void {
  let count = 0;
  client.on("message", ({ direction, message }) => {
    if (direction === "in" && "method" in message) heard(++count);
  });
}

afterEach(() => {
  vi.useRealTimers();
});

describe.each(["2025-11-25", "2026-07-28"] as const)("over %s, a slow reader", (revision) => {
  it("slows the server down, is never more than its queue behind the client, and misses nothing", async () => {
    const { url, flood } = await startFlood(revision);
    const client = own(await connect(url, { limits: { queuedEvents: LIMIT } }));
    let taken = 0;
    let ahead = 0;
    countProgress(client, (received) => {
      ahead = Math.max(ahead, received - taken);
    });
    const steps: number[] = [];
    let sentEarly = 0;
    for await (const event of client.callTool("flood")) {
      if (event.type !== "progress") continue;
      taken++;
      steps.push(event.progress);
      // A round trip on another connection: time in which a client without bounds would read on.
      if (taken <= 200) await client.callTool("echo");
      if (taken === 200) sentEarly = flood.sent;
    }
    expect(ahead).toBeLessThanOrEqual(LIMIT + 1);
    expect(sentEarly).toBeLessThan(EVENTS);
    expect(steps).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
  });

  it("is not mistaken for a slow server", async () => {
    const { url } = await startFlood(revision);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const limits = { queuedEvents: LIMIT };
    const client = own(await connect(url, { limits, timeout: 10_000, maxTotalTimeout: 30_000 }));
    const full = deferred();
    countProgress(client, (received) => {
      if (received === LIMIT + 1) full.resolve();
    });
    let seen = 0;
    let last: unknown;
    for await (const event of client.callTool("flood")) {
      if (++seen === 1) {
        await full.promise;
        await tick();
        vi.advanceTimersByTime(100_000);
      }
      last = event;
    }
    expect(seen).toBe(EVENTS + 2);
    expect(last).toMatchObject({ type: "result", result: { text: "done" } });
  });

  it("that leaves, with the queue full, ends the stream", async () => {
    const { url, flood } = await startFlood(revision);
    const client = own(await connect(url, { limits: { queuedEvents: LIMIT } }));
    const full = deferred();
    countProgress(client, (received) => {
      if (received === LIMIT + 1) full.resolve();
    });
    const call = client.callTool("flood");
    for await (const _ of call) {
      await full.promise;
      break;
    }
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(flood.sent).toBeLessThan(EVENTS);
    expect((await client.callTool("echo")).isError).toBe(false);
  });

  it("that asks for the result inside its loop gets it", async () => {
    const { url } = await startFlood(revision);
    const client = own(await connect(url, { limits: { queuedEvents: LIMIT } }));
    const call = client.callTool("flood");
    for await (const _ of call) {
      expect((await call).text).toBe("done");
      break;
    }
  });
});
