import { describe, expect, it } from "vitest";
import { Channel } from "../../src/core/flow/channel.ts";

const keep = <T>(queue: T[]): T[] => queue;

function channel(limit = 100, compact: (queue: number[]) => number[] = keep): Channel<number> {
  return new Channel<number>(limit, compact);
}

/** Whether the promise has settled after everything that was due has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.then(
    () => {
      is = true;
    },
    () => {
      is = true;
    },
  );
  await new Promise(setImmediate);
  return is;
}

async function drain(from: Channel<number>): Promise<number[]> {
  const values: number[] = [];
  for (let next = await from.next(); !next.done; next = await from.next()) values.push(next.value);
  return values;
}

it.each([0, -1])(
  "a channel with a limit of %i has room for one, and no writer waits for ever",
  async (limit) => {
    const one = channel(limit);
    expect(one.room()).toBeUndefined();
    one.push(1, true);
    const room = one.room();
    expect(room).toBeDefined();
    expect(await one.next()).toEqual({ value: 1, done: false });
    await room;
  },
);

describe("a channel", () => {
  it("hands out what was pushed, in order, then ends", async () => {
    const it = channel();
    it.push(1);
    it.push(2);
    it.end();
    expect(await drain(it)).toEqual([1, 2]);
    expect(await it.next()).toEqual({ value: undefined, done: true });
  });

  it("hands a value straight to the reader that waits", async () => {
    const it = channel();
    const next = it.next();
    it.push(1);
    expect(await next).toEqual({ value: 1, done: false });
  });

  it("hands out undefined like any other value", async () => {
    const it = new Channel<undefined>(10, keep);
    it.push(undefined);
    expect(await it.next()).toEqual({ value: undefined, done: false });
  });

  it("ends for the reader that waits", async () => {
    const it = channel();
    const next = it.next();
    it.end();
    expect(await next).toEqual({ value: undefined, done: true });
  });

  it("throws the reason once, after what is queued, and then is at its end", async () => {
    const it = channel();
    const reason = new Error("no");
    it.push(1);
    it.end({ reason });
    expect(await it.next()).toEqual({ value: 1, done: false });
    await expect(it.next()).rejects.toBe(reason);
    expect(await it.next()).toEqual({ value: undefined, done: true });
  });

  it.each([[undefined], [null], [0]])("throws even the reason %j", async (reason) => {
    const it = channel();
    const next = it.next();
    it.end({ reason });
    await expect(next).rejects.toBe(reason);
  });

  it("keeps its first end", async () => {
    const it = channel();
    it.end();
    it.end({ reason: new Error("late") });
    expect(await it.next()).toEqual({ value: undefined, done: true });
  });

  it("serves readers that ask at the same time one after the other", async () => {
    const it = channel();
    const [first, second, third] = [it.next(), it.next(), it.next()];
    it.push(1);
    it.push(2);
    it.end();
    expect(await settled(Promise.all([first, second, third]))).toBe(true);
    expect(await first).toEqual({ value: 1, done: false });
    expect(await second).toEqual({ value: 2, done: false });
    expect(await third).toEqual({ value: undefined, done: true });
  });
});

describe("a full channel", () => {
  it("says so at its limit", () => {
    const it = channel(2);
    it.push(1);
    expect(it.full).toBe(false);
    it.push(2);
    expect(it.full).toBe(true);
  });

  it("is compacted by the push past its limit, with all it holds", () => {
    const seen: number[][] = [];
    const it = channel(3, (queue) => {
      seen.push(queue);
      return [99];
    });
    for (const value of [1, 2, 3]) it.push(value);
    expect(seen).toEqual([]);
    it.push(4);
    expect(seen).toEqual([[1, 2, 3, 4]]);
    it.end();
    return expect(drain(it)).resolves.toEqual([99]);
  });

  it("does not show compaction what was read already", async () => {
    const seen: number[][] = [];
    const it = channel(3, (queue) => {
      seen.push(queue);
      return [];
    });
    for (const value of [1, 2, 3]) it.push(value);
    await it.next();
    for (const value of [4, 5]) it.push(value);
    expect(seen).toEqual([[2, 3, 4, 5]]);
  });

  it("drops the oldest when compaction does not help, and keeps the newest", async () => {
    const it = channel(10);
    for (let value = 1; value <= 1000; value++) it.push(value);
    it.end();
    const left = await drain(it);
    expect(left.length).toBeLessThanOrEqual(10);
    expect(left.length).toBeGreaterThanOrEqual(5);
    expect(left.at(-1)).toBe(1000);
    expect(left).toEqual([...left].sort((a, b) => a - b));
  });

  it.each([1, 2, 3])("with room for %i holds no more than that", async (limit) => {
    const it = channel(limit);
    for (let value = 1; value <= 20; value++) it.push(value);
    it.end();
    const left = await drain(it);
    expect(left.length).toBeLessThanOrEqual(limit);
    expect(left.at(-1)).toBe(20);
  });

  it("compacts seldom: each value is looked at a bounded number of times", () => {
    let looked = 0;
    const it = channel(1000, (queue) => {
      looked += queue.length;
      return queue;
    });
    for (let value = 0; value < 100_000; value++) it.push(value);
    expect(looked).toBeLessThan(100_000 * 4);
  });
});

it("a writer that waits for room may go over the limit by a little, and loses nothing", async () => {
  const it = channel(2, () => {
    throw new Error("compacted");
  });
  for (const value of [1, 2, 3, 4]) it.push(value, true);
  expect(it.full).toBe(true);
  it.end();
  expect(await drain(it)).toEqual([1, 2, 3, 4]);
});

describe("room", () => {
  it("is there at once while the channel is not full", () => {
    expect(channel(1).room()).toBeUndefined();
  });

  it("comes when half is read, not with each value", async () => {
    const it = channel(4);
    for (const value of [1, 2, 3, 4]) it.push(value);
    const room = it.room() as Promise<void>;
    await it.next();
    expect(await settled(room)).toBe(false);
    await it.next();
    expect(await settled(room)).toBe(true);
  });

  it.each<[string, (it: Channel<number>) => unknown]>([
    ["the last value is read", (it) => it.next()],
    ["the channel is cleared", (it) => it.clear()],
    ["the channel ends", (it) => it.end()],
    ["the channel ends with an error", (it) => it.end({ reason: new Error("x") })],
  ])("comes when %s", async (_, happens) => {
    const it = channel(1);
    it.push(1);
    const room = it.room() as Promise<void>;
    expect(await settled(room)).toBe(false);
    happens(it);
    expect(await settled(room)).toBe(true);
  });

  it("is there at once when nobody will read any more", () => {
    const it = channel(1);
    it.push(1);
    it.end();
    expect(it.room()).toBeUndefined();
  });
});

it("clear forgets what is queued, and what comes after is handed out", async () => {
  const it = channel();
  it.push(1);
  it.clear();
  it.push(2);
  it.end();
  expect(await drain(it)).toEqual([2]);
});
