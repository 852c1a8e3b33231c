// Contenders take turns in short blocks of one run, so that what else the machine does hits all of them. What
// counts is the ratio to the floor within a round; of those the median, and where the middle half of them lies.

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
 * @property {number} best the ratio of the least costs: what a busy machine disturbs least
 */

/**
 * @param {ReadonlyMap<string, () => Promise<number>>} contenders each runs one block and gives its cost; the
 *   first is what the others are compared with
 * @param {number} rounds
 * @returns {Promise<Map<string, Figures>>}
 */
export async function takeTurns(contenders, rounds) {
  const costs = new Map([...contenders.keys()].map((name) => [name, /** @type {number[]} */ ([])]));
  const order = [...contenders];
  // A round to warm up, which does not count.
  for (let round = -1; round < rounds; round++) {
    for (const [name, block] of order) {
      const cost = await block();
      if (round >= 0) costs.get(name)?.push(cost);
    }
    // Nobody always runs after the same one.
    order.push(.../** @type {typeof order} */ (order.splice(0, 1)));
  }
  const [base = []] = costs.values();
  return new Map(
    [...costs].map(([name, all]) => {
      const ratios = all.map((cost, round) => cost / /** @type {number} */ (base[round]));
      return [
        name,
        {
          cost: quantile(all, 0.5),
          ratio: quantile(ratios, 0.5),
          spread: /** @type {const} */ ([quantile(ratios, 0.25), quantile(ratios, 0.75)]),
          best: Math.min(...all) / Math.min(...base),
        },
      ];
    }),
  );
}
