import type { Clock } from "../core/ports.ts";

/**
 * The two limits of a request: without a sign of progress, and in total. One timer serves both and moves
 * only when it fires, so that a sign of progress costs no more than reading the clock.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #idle: number;
  readonly #missed: (limit: string) => void;
  #end: number;
  #last: number;
  #holds = 0;
  #stop: (() => void) | undefined;

  constructor(clock: Clock, idle: number, total: number, missed: (limit: string) => void) {
    this.#clock = clock;
    this.#idle = idle;
    this.#missed = missed;
    this.#last = clock.now();
    this.#end = this.#last + total;
    this.#arm();
  }

  touch(): void {
    if (this.#holds === 0) this.#last = this.#clock.now();
  }

  /** Stops the clock, until as many releases. */
  hold(): void {
    if (this.#holds++ === 0) this.#last = this.#clock.now();
  }

  release(): void {
    if (--this.#holds) return;
    this.#end += this.#clock.now() - this.#last;
    this.touch();
  }

  /** Whether a wait of so many milliseconds ends within both limits. */
  fits(ms: number = Number.POSITIVE_INFINITY): boolean {
    return ms < this.#idle && this.#clock.now() + ms < this.#end;
  }

  stop(): void {
    this.#stop?.();
  }

  #arm(): void {
    const now = this.#clock.now();
    const left = Math.min(this.#last + this.#idle, this.#end) - now;
    if (left > 0 || this.#holds > 0) {
      // While it is held the timer just looks again later.
      const ms = left > 0 ? left : 1000;
      if (ms < Number.POSITIVE_INFINITY) this.#stop = this.#clock.after(ms, () => this.#arm());
    } else
      this.#missed(
        now < this.#end
          ? `${this.#idle} ms without a sign of progress (timeout)`
          : "its total limit (maxTotalTimeout)",
      );
  }
}
