// Contenders take turns in short blocks of one run, so that what else the machine does hits all of them. What
// counts is the ratio to the floor within a round; of those the median, and where the middle half of them lies.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Puts away what has just been left over: it would be collected at the cost of whoever is next. */
function tidy() {
  // What survives the first goes where the young are no more with the second.
  for (let i = 0; i < 2; i++) collect({ type: "minor" });
}

/** @param {readonly number[]} values @param {number} part */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return /** @type {number} */ (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
}

/**
 * @typedef {object} Figures
 * @property {number} cost the median, in the unit of what was measured
 * @property {number} ratio to the first contender: the median of the rounds
 * @property {readonly [number, number]} spread the quartiles of that ratio
 */

/** Seconds that one block, or what one process does, may take: a contender that hangs does not stop the others. */
export const PATIENCE = 60;

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export async function bounded(work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${PATIENCE} s`)), PATIENCE * 1000);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {ReadonlyMap<string, () => Promise<number>>} contenders each runs one block and gives its cost; the
 *   first is what the others are compared with
 * @param {number} rounds at most: after `PATIENCE` seconds no other one is begun
 * @param {(name: string, error: unknown) => void} [failed] hears of one that cannot; it is out, the others go on.
 *   Without it, and for the first, the failure is that of the whole
 * @returns {Promise<Map<string, Figures>>}
 */
export async function takeTurns(contenders, rounds, failed) {
  const costs = new Map([...contenders.keys()].map((name) => [name, /** @type {number[]} */ ([])]));
  const [first] = costs.keys();
  let order = [...contenders];
  const end = performance.now() + PATIENCE * 1000;
  // A round to warm up, which does not count.
  for (let round = -1; round < rounds && (round < 1 || performance.now() < end); round++) {
    for (const [name, block] of [...order]) {
      tidy();
      try {
        const cost = await bounded(block());
        if (round >= 0) costs.get(name)?.push(cost);
      } catch (error) {
        if (!failed || name === first) throw new Error(`${name} cannot be measured`, { cause: error });
        failed(name, error);
        costs.delete(name);
        order = order.filter(([each]) => each !== name);
      }
    }
    // Nobody always runs after the same one.
    order.push(...order.splice(0, 1));
  }
  const [base = []] = costs.values();
  return new Map([...costs].map(([name, all]) => [name, figures(all, base)]));
}

/**
 * @param {readonly number[]} costs round by round
 * @param {readonly number[]} base those of what it is compared with
 * @returns {Figures}
 */
function figures(costs, base) {
  const ratios = costs.map((cost, round) => cost / /** @type {number} */ (base[round]));
  return {
    cost: quantile(costs, 0.5),
    ratio: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}
