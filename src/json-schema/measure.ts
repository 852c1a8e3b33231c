/** How large a value is, in what makes checking it long. */
export interface Measured {
  readonly nodes: number;
  /** Length of the longest text or name. */
  readonly longest: number;
  /** Comparisons that it takes to see that no two entries of an array are the same, in the worst of them. */
  readonly pairs: number;
}

const MAX_NODES = 100_000;
const MAX_DEPTH = 200;

/** @throws Error when the value is larger than anything that is checked. */
export function measure(value: unknown): Measured {
  let [nodes, longest, pairs] = [0, 0, 0];
  const visit = (value: unknown, depth: number): void => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) throw new Error("it is too large");
    if (typeof value === "string") longest = Math.max(longest, value.length);
    else if (typeof value === "object" && value !== null) {
      const before = nodes;
      for (const [name, each] of Object.entries(value)) {
        longest = Math.max(longest, name.length);
        visit(each, depth + 1);
      }
      if (Array.isArray(value)) pairs = Math.max(pairs, value.length * (nodes - before));
    }
  };
  visit(value, 0);
  return { nodes, longest, pairs };
}
