import { Channel } from "../core/flow/channel.ts";
import { compactEvents } from "../core/flow/events.ts";
import type { CallEvent } from "../core/types.ts";

/** The parts of a call for whoever iterates it, now or perhaps later; nothing for one that is only awaited. */
export class Parts<T> {
  readonly #limit: number;
  #channel: Channel<CallEvent<T>> | undefined;
  #ended: { readonly error?: { readonly reason: unknown } } | undefined;
  #last: CallEvent<T> | undefined;
  #awaited = false;
  #iterated = false;
  #pressed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get wanted(): boolean {
    return this.#iterated || !this.#awaited;
  }

  /** Whether anybody has asked for the whole or the parts. */
  get observed(): boolean {
    return this.#iterated || this.#awaited;
  }

  /** A reader is reading at its own pace. */
  get iterated(): boolean {
    return this.#iterated;
  }

  /** The whole is asked for. What was kept for a possible reader of the parts can go, unless one came. */
  awaited(): void {
    this.#awaited = true;
    // Asked for inside the loop over the parts, which does not read on meanwhile: the queue may not wait for it.
    if (this.#iterated) this.#pressed = true;
    else this.#channel?.clear();
  }

  read(): Channel<CallEvent<T>> {
    this.#iterated = true;
    return this.#open();
  }

  /** `waits`: whoever pushes waits for room. */
  push(event: CallEvent<T>, waits: boolean): void {
    if (this.wanted) this.#open().push(event, waits && !this.#pressed);
    else this.#last = event;
  }

  end(error?: { readonly reason: unknown }): void {
    this.#ended = { error };
    this.#channel?.end(error);
  }

  /** Nothing while there is room; else a promise of it. */
  room(): Promise<void> | undefined {
    return this.#channel?.full && !this.#pressed ? this.#channel.room() : undefined;
  }

  #open(): Channel<CallEvent<T>> {
    if (!this.#channel) {
      this.#channel = new Channel(this.#limit, compactEvents<T>);
      // One that comes late to an awaited call still sees how it ended.
      if (this.#last && this.#ended && !this.#ended.error) this.#channel.push(this.#last);
      if (this.#ended) this.#channel.end(this.#ended.error);
    }
    return this.#channel;
  }
}
