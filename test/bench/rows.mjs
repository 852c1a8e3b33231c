// What is measured. Each row makes, for a connected session, a block: work whose cost it gives.
import { began, micros, now } from "./wire.mjs";

/** @typedef {import("./clients.mjs").Session} Session */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {(session: Session) => (() => Promise<number>) | undefined} block
 * @property {number} [rounds] how many, where one is expensive
 * @property {"memory" | "network"} [only]
 * @property {number} [ceiling] how many times the floor it may cost before `--check` calls it a regression
 */

const since = (/** @type {number} */ start, count = 1) => (micros() - start) / count;

/** @param {string} name @param {number} count @returns {Row["block"]} */
const streaming = (name, count) => (session) =>
  session.stream &&
  (async () => {
    let seen = 0;
    const start = micros();
    await session.stream?.(name, count, () => seen++);
    if (seen !== count) throw new Error(`${seen} of ${count} events of ${name} were handed on`);
    // From memory the making of the stream does not count.
    return since(Math.max(began.at, start), count);
  });

/** @type {readonly Row[]} */
export const rows = [
  {
    name: "one call after the other",
    ceiling: 2.5,
    block: (session) => async () => {
      const start = micros();
      for (let i = 0; i < 200; i++) await session.call("echo");
      return since(start, 200);
    },
  },
  {
    name: "64 calls in flight",
    ceiling: 2.2,
    block: (session) => async () => {
      const start = micros();
      for (let i = 0; i < 4; i++) await Promise.all(Array.from({ length: 64 }, () => session.call("echo")));
      return since(start, 256);
    },
  },
  {
    name: "an event of 100 000, many in a chunk",
    rounds: 5,
    ceiling: 2.2,
    block: streaming("burst", 100_000),
  },
  { name: "an event alone in its chunk", ceiling: 2.5, block: streaming("lone", 2000) },
  { name: "an event in chunks of one byte", rounds: 8, only: "memory", block: streaming("bytes", 50) },
  {
    name: "a result of 10 MB",
    rounds: 7,
    ceiling: 1.5,
    block: (session) => async () => {
      const start = micros();
      await session.call("big");
      return since(start);
    },
  },
  {
    name: "a list of 1 000 tools",
    rounds: 9,
    ceiling: 3,
    block: (session) => async () => {
      const start = micros();
      for (let i = 0; i < 5; i++) {
        const { length } = await session.list();
        if (length !== 1000) throw new Error(`${length} tools of 1000`);
      }
      return since(start, 5);
    },
  },
  {
    name: "latency of a token sent every 5 ms, p50",
    rounds: 3,
    only: "network",
    block: (session) =>
      session.stream &&
      (async () => {
        /** @type {number[]} */
        const late = [];
        await session.stream?.("paced", 100, (message) => late.push(Number(now() - BigInt(message)) / 1000));
        return late.sort((a, b) => a - b)[50] ?? 0;
      }),
  },
];
