import { onAbort } from "../core/flow/abort.ts";
import type { AbortSignalLike, Clock } from "../core/ports.ts";

/** The longest delay a timer takes; beyond it platforms fire at once. */
const MAX_DELAY = 2147483647;

export const clock: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, MAX_DELAY));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or rejects with the signal's reason when that comes first. */
export function wait(ms: number, signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => {
      off();
      resolve();
    });
    const off = onAbort(signal, (reason) => {
      stop();
      reject(reason);
    });
  });
}
