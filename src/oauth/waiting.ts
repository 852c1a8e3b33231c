import { onAbort } from "../core/flow/abort.ts";
import type { AbortSignalLike, AuthChallenge } from "../core/ports.ts";

/** The requests that wait for one and the same authorization. */
export class Waiting {
  readonly #controller: AbortController = new AbortController();
  readonly #asking: Set<NonNullable<AuthChallenge["asking"]>> = new Set();
  #count = 0;
  #answered: Promise<unknown> | undefined;

  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal = this.#controller.signal;

  /** @param signal of one that waits; without one it waits for ever. */
  join(signal: AbortSignalLike | undefined, asking: AuthChallenge["asking"]): void {
    this.#count++;
    onAbort(signal, (reason) => {
      if (--this.#count === 0) this.#controller.abort(reason);
    });
    if (!asking) return;
    this.#asking.add(asking);
    if (this.#answered) asking(this.#answered);
  }

  /** Lets all who wait know that a person is asked. */
  async person<T>(work: Promise<T>): Promise<T> {
    const given = new Promise<never>((_, reject) => onAbort(this.signal, reject));
    const answered = Promise.race([work, given]);
    this.#answered = answered;
    for (const asking of this.#asking) asking(answered);
    try {
      return await answered;
    } finally {
      this.#answered = undefined;
    }
  }
}
