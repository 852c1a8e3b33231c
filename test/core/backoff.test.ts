import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delayBefore, FLOOR_MS, type ReconnectPolicy } from "../../src/core/flow/backoff.ts";

describe("delayBefore", () => {
  it.each<[string, number, ReconnectPolicy, number, number | undefined, number | undefined]>([
    ["waits the default before the first attempt", 0, {}, 1, undefined, 500],
    ["doubles", 1, {}, 1, undefined, 1000],
    ["doubles again", 2, {}, 1, undefined, 2000],
    ["takes at most half off", 3, {}, 0, undefined, 2000],
    ["is capped", 9, {}, 1, undefined, 30_000],
    ["is capped before jitter", 9, {}, 0, undefined, 15_000],
    ["gives up after the default of ten", 10, {}, 1, undefined, undefined],
    ["gives up after as many as the policy says", 2, { attempts: 2 }, 1, undefined, undefined],
    ["never begins with no attempts", 0, { attempts: 0 }, 1, undefined, undefined],
    ["gives up even when the server asks to come back", 2, { attempts: 2 }, 1, 10, undefined],
    ["has a floor", 0, { delay: 0 }, 0, undefined, FLOOR_MS],
    ["has a floor for what the server asks", 0, {}, 0, 0, FLOOR_MS],
    ["waits just what the server asks first", 0, {}, 0.5, 700, 700],
    ["waits what the server asks even past the cap", 0, { maxDelay: 100 }, 0.5, 700, 700],
    ["grows from what the server asks", 2, {}, 1, 100, 400],
    ["never waits less than the server asks", 1, {}, 0, 700, 700],
    [
      "goes on for ever when the policy says so",
      5000,
      { attempts: Number.POSITIVE_INFINITY },
      1,
      undefined,
      30_000,
    ],
  ])("%s", (_, attempt, policy, random, asked, expected) => {
    expect(delayBefore(attempt, policy, random, asked)).toBe(expected);
  });

  it("never exceeds the policy's maxDelay on its own account", () => {
    expect(delayBefore(0, { delay: 5000, maxDelay: 1000 }, 0.5)).toBeLessThanOrEqual(1000);
  });

  it("stays within floor, request and cap for every policy, and grows with the attempt", () => {
    const policy = fc.record({
      attempts: fc.integer({ min: 1, max: 50 }),
      delay: fc.integer({ min: 0, max: 5000 }),
      maxDelay: fc.integer({ min: 5000, max: 60_000 }),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const asked = fc.option(fc.integer({ min: 0, max: 4000 }), { nil: undefined });
    fc.assert(
      fc.property(policy, random, asked, (policy, random, asked) => {
        let before = 0;
        for (let attempt = 0; attempt < policy.attempts; attempt++) {
          const delay = delayBefore(attempt, policy, random, asked) as number;
          expect(delay).toBeGreaterThanOrEqual(Math.max(FLOOR_MS, asked ?? 0));
          expect(delay).toBeLessThanOrEqual(policy.maxDelay);
          expect(delay).toBeGreaterThanOrEqual(before);
          before = delay;
        }
        expect(delayBefore(policy.attempts, policy, random, asked)).toBeUndefined();
      }),
    );
  });

  it("spreads clients out from the second attempt on", () => {
    const delays = [0, 0.25, 0.5, 0.75].map((random) => delayBefore(3, {}, random));
    expect(new Set(delays).size).toBe(4);
  });
});
