import { afterEach, describe, expect, it, vi } from "vitest";
import { deferred, eras, meet, own, silence, streams, text, tick } from "./support.ts";

const LATE = { code: "timeout" };

afterEach(() => {
  vi.useRealTimers();
});

function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
}

/** Lets `ms` go by, and everything run that is due. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await tick();
}

/** What became of it, looked at whenever asked. */
function watch(promise: PromiseLike<unknown>): { is?: unknown; code?: unknown } {
  const seen: { is?: unknown; code?: unknown } = {};
  promise.then(
    () => {
      seen.is = "resolved";
    },
    (reason: { code?: unknown }) => {
      seen.is = "rejected";
      seen.code = reason.code;
    },
  );
  return seen;
}

describe.each(eras)("on %s, a call", (era) => {
  // requires: lifecycle/timeouts-for-all, lifecycle/timeout-cancels, lifecycle/error-request-timeout
  // requires: timeouts/all-requests, timeouts/cancel, tools/timeouts
  it("gives up after its timeout without a sign of progress, and tells the server", async () => {
    fakeTimers();
    const { client, next, of } = meet(era);
    const call = client.callTool("slow", {}, { timeout: 1000 });
    const seen = watch(call.result);
    const asked = await next();
    await pass(999);
    expect(seen).toEqual({});
    await pass(1);
    expect(seen).toMatchObject({ code: "timeout" });
    await expect(call).rejects.toThrow("1000 ms without a sign of progress");
    expect(of("notifications/cancelled")[0]?.params).toEqual({ requestId: asked.id, reason: "timeout" });
  });

  it("lives on with each message that belongs to it", async () => {
    fakeTimers();
    const { client, next } = meet(era);
    const call = client.callTool("slow", {}, { timeout: 1000 });
    const asked = await next();
    for (let n = 0; n < 5; n++) {
      await pass(900);
      asked.progress(n);
      await tick();
    }
    await pass(900);
    asked.reply(text("done"));
    expect((await call).text).toBe("done");
  });

  it("does not live on with the messages of another", async () => {
    fakeTimers();
    const { client, next } = meet(era);
    const call = client.callTool("a", {}, { timeout: 1000 });
    const seen = watch(call.result);
    client.callTool("b");
    const [, other] = [await next(), await next()];
    await pass(600);
    other.progress(1);
    await pass(600);
    expect(seen).toMatchObject(LATE);
  });

  // requires: timeouts/maximum
  it("gives up at its total limit, whatever progress it makes", async () => {
    fakeTimers();
    const { client, next } = meet(era);
    const call = client.callTool("slow", {}, { timeout: 1000, maxTotalTimeout: 2500 });
    const seen = watch(call.result);
    const asked = await next();
    for (let n = 0; n < 4; n++) {
      await pass(600);
      asked.progress(n);
    }
    expect(seen).toEqual({});
    await pass(100);
    expect(seen).toMatchObject(LATE);
    await expect(call).rejects.toThrow("maxTotalTimeout");
  });

  // requires: timeouts/maximum
  it("has ten times its timeout in total unless told otherwise", async () => {
    fakeTimers();
    const { client, next } = meet(era, { timeout: 100 });
    const seen = watch(client.callTool("slow").result);
    const asked = await next();
    for (let n = 0; n < 19; n++) {
      await pass(50);
      asked.progress(n);
    }
    expect(seen).toEqual({});
    await pass(50);
    expect(seen).toMatchObject(LATE);
  });

  it("waits for ever when told to", async () => {
    fakeTimers();
    const { client, next } = meet(era);
    const seen = watch(
      client.callTool(
        "slow",
        {},
        { timeout: Number.POSITIVE_INFINITY, maxTotalTimeout: Number.POSITIVE_INFINITY },
      ),
    );
    const asked = await next();
    await pass(1e9);
    expect(seen).toEqual({});
    asked.reply(text("done"));
    await tick();
    expect(seen).toEqual({ is: "resolved" });
  });

  it("has no time when that is what it is given", async () => {
    const { client } = meet(era);
    await client.connect();
    for (const limits of [{ timeout: 0 }, { timeout: -1 }, { maxTotalTimeout: 0 }]) {
      await expect(client.callTool("a", {}, limits)).rejects.toMatchObject(LATE);
    }
  });

  it("leaves no timer once it is over, but the one for the next", async () => {
    fakeTimers();
    const { client, next } = meet(era);
    await client.connect();
    // It may be one of many clients, and wait long.
    expect(vi.getTimerCount()).toBe(0);
    const call = client.callTool("a");
    (await next()).reply(text("x"));
    await call;
    expect(vi.getTimerCount()).toBeLessThan(2);
    const other = client.callTool("a");
    await next();
    other.cancel();
    await expect(other).rejects.toThrow();
    await tick();
    expect(vi.getTimerCount()).toBeLessThan(2);
  });

  it("does not stand in the way of a late clock: a timer that fires late looks at the time", async () => {
    fakeTimers();
    const { client, next } = meet(era);
    const seen = watch(client.callTool("a", {}, { timeout: 1000 }).result);
    const asked = await next();
    await pass(500);
    asked.progress(1);
    await pass(999);
    expect(seen).toEqual({});
    await pass(1);
    expect(seen).toMatchObject(LATE);
  });
});

describe("while a person is asked, no call's clock runs", () => {
  it("on 2025-11-25, where the question comes by itself", async () => {
    fakeTimers();
    const answered = deferred<{ action: "decline" }>();
    const { client, next, ask } = meet("2025-11-25", { onElicit: () => answered.promise });
    const call = client.callTool("book", {}, { timeout: 1000, maxTotalTimeout: 2000 });
    const seen = watch(call.result);
    const asked = await next();
    await pass(500);
    const reply = ask("elicitation/create", { message: "Name?", requestedSchema: {} });
    await pass(60_000);
    expect(seen).toEqual({});
    answered.resolve({ action: "decline" });
    expect(await reply).toMatchObject({ result: { action: "decline" } });
    await pass(999);
    expect(seen).toEqual({});
    asked.reply(text("done"));
    expect((await call).text).toBe("done");
  });

  it("on 2026-07-28, where the question comes as a result", async () => {
    fakeTimers();
    const answered = deferred<{ action: "decline" }>();
    const { client, next } = meet("2026-07-28", { onElicit: () => answered.promise });
    const call = client.callTool("book", {}, { timeout: 1000, maxTotalTimeout: 2000 });
    const seen = watch(call.result);
    (await next()).reply({
      resultType: "input_required",
      inputRequests: { name: { method: "elicitation/create", params: { message: "Name?" } } },
    });
    await pass(60_000);
    expect(seen).toEqual({});
    answered.resolve({ action: "decline" });
    await tick();
    const again = await next();
    await pass(999);
    expect(seen).toEqual({});
    await pass(1);
    expect(seen).toMatchObject(LATE);
    again.reply(text("late"));
  });
});

it("a reader's slowness is not a timeout", async () => {
  fakeTimers();
  const transport = streams(async function* (asked) {
    for (let progress = 0; progress < 30; progress++) {
      yield { jsonrpc: "2.0", method: "notifications/progress", params: { progress } };
    }
    yield { jsonrpc: "2.0", id: asked.id, result: text("done") };
  });
  const client = own({ transport, timeout: 1000, limits: { queuedEvents: 4 } });
  const kinds: string[] = [];
  for await (const { type } of client.callTool("a")) {
    kinds.push(type);
    await pass(5000);
  }
  expect(kinds.at(-1)).toBe("result");
});

it("a stream that only shows activity keeps a call alive, and a silent one does not", async () => {
  fakeTimers();
  let active: () => void = () => {};
  const transport = streams((_, options) => {
    active = () => options.onActivity?.();
    return silence(options);
  });
  const client = own({ transport, timeout: 1000 });
  const seen = watch(client.callTool("a").result);
  await tick();
  for (let n = 0; n < 5; n++) {
    await pass(900);
    active();
  }
  expect(seen).toEqual({});
  await pass(1000);
  expect(seen).toMatchObject(LATE);
});

describe("a machine that slept", () => {
  /** A call before eight hours of which no timer and no monotonic clock knows, and after them. */
  async function sleep() {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    const { client, next } = meet("2025-11-25");
    const call = watch(client.callTool("slow", {}, { timeout: 60_000, maxTotalTimeout: 1e9 }).result);
    const asked = await next();
    await pass(1000);
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    return { client, next, call, asked };
  }

  it("has let deadlines pass, though its clock stood still", async () => {
    const { call } = await sleep();
    // The next look at any deadline, and a moment to read what came meanwhile.
    await pass(21_000);
    expect(call).toEqual({ is: "rejected", code: "timeout" });
  });

  it("reads what came meanwhile before it gives up", async () => {
    const { call, asked } = await sleep();
    await pass(19_500);
    expect(call.is).toBeUndefined();
    asked.reply(text("in time"));
    await pass(0);
    expect(call.is).toBe("resolved");
  });

  it("gives calls that go on, and new ones, all their time", async () => {
    const { client, next, call, asked } = await sleep();
    const other = watch(client.callTool("slow", {}, { timeout: 60_000 }).result);
    await next();
    for (let n = 0; n < 59; n++) {
      asked.progress(n + 1);
      await pass(1000);
    }
    expect([call.is, other.is]).toEqual([undefined, undefined]);
    await pass(1000);
    expect([call.is, other.is]).toEqual([undefined, "rejected"]);
  });
});

it.each([0, Number.NaN])("a timeout of %d is said to be what it is", async (timeout) => {
  const { client } = meet("2026-07-28");
  await client.connect();
  await expect(client.callTool("a", {}, { timeout })).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringContaining(`${timeout} ms without a sign of progress`),
  });
});
