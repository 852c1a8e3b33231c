import { clock } from "../adapters/timers.ts";

/** What a server is told as a courtesy must not keep the connections that it does not answer on. */
export const NOTICE_MS = 5000;

/** The two limits of a request: without a sign of progress, and in total. */
export class Deadline {
  readonly #idle: number;
  #end: number;
  #last: number;
  #holds = 0;

  constructor(idle: number, total: number = idle * 10) {
    this.#idle = idle;
    this.#last = clock.now();
    this.#end = this.#last + total;
  }

  /** A sign of progress, and that none need be expected for so many milliseconds. */
  touch(ahead = 0): void {
    if (!this.#holds) this.#last = clock.now() + ahead;
  }

  /** Stops the clock, until as many releases. */
  hold(): void {
    if (this.#holds++ === 0) this.#last = clock.now();
  }

  release(): void {
    if (--this.#holds) return;
    this.#end += clock.now() - this.#last;
    this.touch();
  }

  /** Leaves it no more than so many milliseconds. */
  cut(ms: number): void {
    this.#end = Math.min(this.#end, clock.now() + ms);
  }

  /** Whether a wait of so many milliseconds ends within both limits. */
  fits(ms: number): boolean {
    return ms < this.#idle && clock.now() + ms < this.#end;
  }

  /** When to look again. While it is held that is soon, but never now. */
  get due(): number {
    return this.#holds ? clock.now() + 1000 : Math.min(this.#last + this.#idle, this.#end);
  }

  /** Which limit was reached, if one was. */
  get missed(): string | undefined {
    const now = clock.now();
    // A limit that is no number, or has passed already, is reached at once.
    if (this.due > now) return undefined;
    return now < this.#last + this.#idle
      ? "its total limit (maxTotalTimeout)"
      : `${this.#idle} ms without a sign of progress (timeout)`;
  }
}
