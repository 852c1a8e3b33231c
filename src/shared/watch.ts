import { clock } from "../adapters/timers.ts";

/**
 * How much longer it may take: where it was this page that stood still, it hears first what was said meanwhile. Up to
 * twice that, so that not all pages find out at once.
 */
const GRACE_MS = 2500;

/** Notices that somebody does not do what is due. */
export class Watch {
  readonly #due: () => number;
  readonly #late: () => void;
  #stop: (() => void) | undefined;

  /**
   * @param due when the first thing should be done that is not, in milliseconds since 1970; `Infinity` without one.
   * @param late is told when it is not done by then.
   */
  constructor(due: () => number, late: () => void) {
    this.#due = due;
    this.#late = late;
  }

  start(graceMs = 0): void {
    const ms = this.#due() - Date.now();
    if (this.#stop || ms === Number.POSITIVE_INFINITY) return;
    this.#stop = clock.after(Math.max(0, ms) + graceMs, () => {
      this.#stop = undefined;
      if (this.#due() > Date.now()) this.start();
      else if (graceMs) this.#late();
      else this.start(GRACE_MS * (1 + Math.random()));
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
