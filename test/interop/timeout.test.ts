import { setImmediate as tick } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { revisions } from "../servers/gated.ts";
import { meet } from "./support.ts";

/**
 * The client's clock jumps when the test says so. It also goes on by itself, since the servers have timers
 * of their own; the jumps are so large that what really passes meanwhile does not matter.
 */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"], shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

const LIMITS = { timeout: 100_000, maxTotalTimeout: 250_000 };

describe.each(revisions)("over %s", (revision) => {
  it("a call of which nothing is heard is given up, and the server told", async () => {
    const { server, client } = await meet(revision, LIMITS);
    const call = client.callTool("gated");
    let settled = false;
    call.catch(() => {
      settled = true;
    });
    const gated = await server.nextCall();
    vi.advanceTimersByTime(60_000);
    await tick();
    expect(settled).toBe(false);
    vi.advanceTimersByTime(40_000);
    await expect(call).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining("100000 ms"),
    });
    await gated.aborted;
    if (revision !== "2024-11-05") await gated.disconnected;
  });

  it("what the server sends gives a call more time, up to the total", async () => {
    const { server, client } = await meet(revision, LIMITS);
    const call = client.callTool("gated");
    const events = call[Symbol.asyncIterator]();
    const gated = await server.nextCall();
    for (const step of [1, 2, 3]) {
      vi.advanceTimersByTime(70_000);
      await gated.progress(step);
      expect((await events.next()).value).toMatchObject({ progress: step });
    }
    vi.advanceTimersByTime(40_000);
    await expect(events.next()).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining("maxTotalTimeout"),
    });
    await gated.aborted;
  });

  // requires: timeouts/per-request, ping/timeout
  it("a call has the time it asks for itself", async () => {
    const { server, client } = await meet(revision, LIMITS);
    const forEver = { timeout: Number.POSITIVE_INFINITY, maxTotalTimeout: Number.POSITIVE_INFINITY };
    const short = client.callTool("gated", {}, { timeout: 10_000 });
    const long = client.callTool("other", {}, forEver);
    const gated = [await server.nextCall(), await server.nextCall()];
    vi.advanceTimersByTime(10_000);
    await expect(short).rejects.toMatchObject({ code: "timeout" });
    vi.advanceTimersByTime(250_000);
    gated.find(({ name }) => name === "other")?.finish("patience");
    expect((await long).text).toBe("patience");
  });
});
