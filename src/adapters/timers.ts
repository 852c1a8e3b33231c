import { onAbort } from "../core/flow/abort.ts";
import { deferred } from "../core/flow/deferred.ts";
import type { AbortSignalLike, Clock } from "../core/ports.ts";
import { offline, onLife } from "./life.ts";

/** The longest delay a timer takes; beyond it platforms fire at once. */
const MAX_DELAY = 2147483647;

/** A timer that comes so much too late tells of a page that was frozen, or of a machine that slept. */
const STALL_MS = 2000;

/** What stood for so long has not failed, although nothing came: many a proxy cuts off what is quiet. */
export const STEADY_MS = 30_000;

/** Milliseconds of sleep, which the monotonic clock of many platforms does not count. */
let slept = 0;
/** How far the clock on the wall is ahead of it: while the machine sleeps, that one goes on. */
let ahead: number | undefined;

export const clock: Clock = {
  now() {
    const now = performance.now();
    const before = ahead as number;
    ahead = Date.now() - now;
    if (ahead - before > STALL_MS) slept += ahead - before;
    return now + slept;
  },
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, MAX_DELAY));
    return () => clearTimeout(timer);
  },
};

/**
 * A timer for many deadlines. Setting and clearing one for each request costs more than all else the client does
 * for it. This one is set only when the next deadline is earlier than the one it stands at.
 */
export class Alarm {
  readonly #whose: { ring(): void };
  #at = 0;
  #timer: { ref?(): void; unref?(): void } | undefined;

  constructor(whose: { ring(): void }) {
    this.#whose = whose;
  }

  /** Makes sure that it rings at `time` on the clock, or before. */
  wake(time: number): void {
    this.#timer?.ref?.();
    if (this.#timer && time >= this.#at) return;
    this.rest(true);
    this.#at = time;
    const ring = () => {
      this.rest(true);
      // What came meanwhile has still to be read.
      if (clock.now() - time > STALL_MS) this.wake(clock.now() + STALL_MS / 2);
      else this.#whose.ring();
    };
    this.#timer = setTimeout(ring, Math.min(Math.max(0, time - clock.now()), MAX_DELAY)) as never;
  }

  /** Nobody waits for it now, so it keeps no process alive; and with `over`, nobody will. */
  rest(over: boolean): void {
    if (!over && this.#timer?.unref) this.#timer.unref();
    else {
      clearTimeout(this.#timer as never);
      this.#timer = undefined;
    }
  }
}

/**
 * Resolves after `ms`, or rejects with the signal's reason when that comes first.
 *
 * @param url what is to be tried again then: without a network not before there is one, and at once when there is
 * one again, or the page is back.
 */
export function wait(ms: number, signal: AbortSignalLike | undefined, url?: string): Promise<void> {
  const { promise, resolve, reject } = deferred<void>();
  const offs = [
    clock.after(ms, () => {
      if (!url || !offline(url)) resolve();
    }),
    onLife(url ? ["online", "pageshow"] : [], () => resolve()),
    onAbort(signal, reject),
  ];
  return promise.finally(() => {
    for (const off of offs) off();
  });
}
