import { clock } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import type { Status } from "../core/types.ts";

/** What can be told that no time passes. */
export interface Pausable {
  hold(): void;
  release(): void;
}

/** Runs `action` after so many milliseconds, without those between `hold` and `release`. */
export function timer(ms: number, action: () => void): Pausable & { stop(): void } {
  let [left, since, holds] = [ms, clock.now(), 0];
  let stop = clock.after(left, action);
  return {
    stop() {
      holds = Number.NaN;
      stop();
    },
    hold() {
      if (holds++ !== 0) return;
      stop();
      left -= clock.now() - since;
    },
    release() {
      if (--holds !== 0) return;
      since = clock.now();
      stop = clock.after(left, action);
    },
  };
}

/** What the client shows as its status: what it does, or that a person is asked first. */
export class Shown {
  #status: Status = "idle";
  readonly #changed: (status: Status) => void;
  #session: Status = "idle";
  /** How many requests wait for a person. */
  #asking = 0;

  constructor(changed: (status: Status) => void) {
    this.#changed = changed;
  }

  set(session: Status): void {
    this.#session = session;
    const status = this.#asking > 0 && session !== "closed" ? "authorizing" : session;
    if (status === this.#status) return;
    this.#status = status;
    this.#changed(status);
  }

  /** Holds all clocks until the person has answered. */
  ask(answered: Promise<unknown>, clocks: readonly (Pausable | undefined)[]): void {
    const count = (by: number): void => {
      for (const each of clocks) by > 0 ? each?.hold() : each?.release();
      this.#asking += by;
      this.set(this.#session);
    };
    const end = () => count(-1);
    count(1);
    answered.then(end, end);
  }
}

export function closed(): McpError {
  return new McpError("closed", "The client is closed. Make another.");
}
