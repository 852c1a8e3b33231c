// Whether the client has become slower, or does something twice: `npm run bench -- --check`. Each row is compared
// with the floor within one run, with fetch answered from memory, by the median of the rounds' ratios; no time is
// compared with a number. Bounds leave room for a busy machine, and a row beyond its bound gets a second look.
import { contenders } from "./clients.mjs";
import { takeTurns } from "./measure.mjs";
import { rows } from "./rows.mjs";
import { fetchFromMemory } from "./wire.mjs";

const ROUNDS = 15;
const [floor, ours] = contenders;

/** @returns {Promise<string[]>} what is worse than it may be */
export async function check() {
  /** @type {string[]} */
  const failures = [];
  for (const revision of ["2026-07-28", "2025-11-25", "2024-11-05"]) {
    console.log(`\n${revision}, fetch answered from memory`);
    const sessions = await Promise.all(
      [floor, ours].map((each) => each?.connect("http://127.0.0.1", revision, fetchFromMemory())),
    );
    for (const { name, block, ceiling, rounds = ROUNDS } of rows) {
      const [least, own] = sessions.map((session) => session && block(session));
      if (!ceiling || !least || !own) continue;
      const [few, many] = [await timesJson(least), await timesJson(own)];
      if (many > few)
        failures.push(`${revision}: ${name}: JSON is read or written ${many} times instead of ${few}`);
      // One stream for all: the floor does not tell answers apart there.
      if (revision === "2024-11-05" && /call/.test(name)) continue;
      const look = async (/** @type {number} */ times) => {
        const blocks = new Map(Object.entries({ least, own }));
        const { ratio = 0, spread = [] } = (await takeTurns(blocks, times)).get("own") ?? {};
        const middle = spread.map((each) => each.toFixed(2)).join("–");
        console.log(`  ${name}: ${ratio.toFixed(2)}× the floor (${middle}), at most ${ceiling}×`);
        return ratio;
      };
      const times = Math.min(rounds, ROUNDS);
      const first = await look(times);
      const ratio = first > ceiling ? Math.min(first, await look(times * 3)) : first;
      if (ratio > ceiling)
        failures.push(`${revision}: ${name} costs ${ratio.toFixed(2)}× the floor, more than ${ceiling}×`);
    }
    for (const session of sessions) await session?.close?.();
  }
  return failures;
}

/**
 * How often a block has JSON read or written, by whomever: the answers from memory are the same for both.
 *
 * @param {() => Promise<unknown>} block
 */
async function timesJson(block) {
  const { parse, stringify } = JSON;
  let times = 0;
  JSON.parse = (...args) => {
    times++;
    return parse(...args);
  };
  JSON.stringify = (/** @type {Parameters<typeof stringify>} */ ...args) => {
    times++;
    return stringify(...args);
  };
  try {
    await block();
    return times;
  } finally {
    Object.assign(JSON, { parse, stringify });
  }
}
