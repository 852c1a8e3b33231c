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

/** A timer for many deadlines. */
export interface Alarm {
  /** Makes sure that the action runs at `time` on the clock, or before. */
  wake(time: number): void;
  /** Nobody waits for it now, so it keeps no process alive; and with `over`, nobody will. */
  rest(over: boolean): void;
}

/**
 * Setting and clearing a timer for each request costs more than all else the client does for one. This one is
 * set only when the next deadline is earlier than the one it stands at.
 */
export function alarm(action: () => void): Alarm {
  let at = Number.POSITIVE_INFINITY;
  let timer: { ref?(): void; unref?(): void } | undefined;
  const clear = () => {
    clearTimeout(timer as never);
    at = Number.POSITIVE_INFINITY;
    timer = undefined;
  };
  return {
    wake(time) {
      timer?.ref?.();
      if (time >= at) return;
      clear();
      at = time;
      timer = setTimeout(
        () => {
          clear();
          action();
        },
        Math.min(Math.max(0, time - clock.now()), MAX_DELAY),
      ) as never;
    },
    rest(over) {
      if (!over && timer?.unref) timer.unref();
      else clear();
    },
  };
}

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
