import type { Clock } from "../core/ports.ts";

/**
 * The two limits of a request: without a sign of progress, and in total. One timer serves both and moves
 * only when it fires, so that a sign of progress costs no more than reading the clock.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #idle: number;
  readonly #missed: (what: string) => void;
  #end: number;
  #last: number;
  #holds = 0;
  #heldAt = 0;
  #stop: (() => void) | undefined;
  #over = false;

  constructor(clock: Clock, idle: number, total: number, missed: (what: string) => void) {
    this.#clock = clock;
    this.#idle = idle;
    this.#missed = missed;
    this.#last = clock.now();
    this.#end = this.#last + total;
    this.#arm(this.#last);
  }

  touch(): void {
    this.#last = this.#clock.now();
  }

  /** Stops the clock, until as many releases. */
  hold(): void {
    if (this.#holds++ === 0) this.#heldAt = this.#clock.now();
  }

  release(): void {
    if (--this.#holds > 0 || this.#over) return;
    this.touch();
    this.#end += this.#last - this.#heldAt;
    this.#stop?.();
    this.#arm(this.#last);
  }

  /** Whether a wait of so many milliseconds ends within both limits. */
  fits(ms: number | undefined): boolean {
    return ms !== undefined && ms < this.#idle && this.#clock.now() + ms < this.#end;
  }

  stop(): void {
    this.#over = true;
    this.#stop?.();
  }

  #arm(now: number): void {
    const at = Math.min(this.#last + this.#idle, this.#end);
    if (at === Number.POSITIVE_INFINITY) return;
    this.#stop = this.#clock.after(Math.max(0, at - now), () => {
      if (this.#holds > 0 || this.#over) return;
      const time = this.#clock.now();
      if (time >= this.#end) this.#missed("it reached its total limit (maxTotalTimeout)");
      else if (time - this.#last >= this.#idle)
        this.#missed(`no sign of progress for ${this.#idle} ms (timeout)`);
      else this.#arm(time);
    });
  }
}
