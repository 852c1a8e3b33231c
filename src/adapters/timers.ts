import type { Clock } from "../core/ports.ts";

/** The longest delay a timer takes; beyond it platforms fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

export const clock: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, MAX_DELAY));
    return () => clearTimeout(timer);
  },
};
