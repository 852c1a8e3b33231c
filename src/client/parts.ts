import { Channel } from "../core/flow/channel.ts";
import { compactEvents, type Gathered, remainder } from "../core/flow/events.ts";
import type { CallEvent, Message } from "../core/types.ts";

/** The parts of a call for whoever iterates it, now or perhaps later; nothing for one that is only awaited. */
export class Parts<T> extends Channel<CallEvent<T>> {
  /** A reader is reading at its own pace. */
  iterated = false;
  /** Somebody has got a part, or may yet. */
  told = false;
  #awaited = false;
  #pressed = false;
  #result: CallEvent<T> | undefined;

  constructor(limit: number) {
    super(limit, compactEvents);
  }

  get wanted(): boolean {
    return this.iterated || !this.#awaited;
  }

  /** Whether anybody has asked for the whole or the parts. */
  get observed(): boolean {
    return this.iterated || this.#awaited;
  }

  /** The whole is asked for. What was kept for a possible reader of the parts can go, unless one came. */
  awaited(): void {
    this.#awaited = true;
    // Asked for inside the loop over the parts, which does not read on meanwhile: the queue may not wait for it.
    if (this.iterated) this.#pressed = true;
    else this.clear();
  }

  read(): this {
    this.iterated = true;
    // One that comes late to an awaited call still sees how it ended, though the channel has ended too.
    if (this.#result) super.push(this.#result);
    this.#result = undefined;
    return this;
  }

  override push(event: CallEvent<T>, waits?: boolean): void {
    if (this.wanted) {
      this.told = true;
      super.push(event, waits && !this.#pressed);
    } else if (event.type === "result") this.#result = event;
  }

  /** The whole is there. What of its text was not streamed comes before it, and nothing after. */
  finish(result: T, gathered: Gathered | undefined, raw: Message): void {
    const { text } = (result ?? {}) as { text?: unknown };
    const delta = this.wanted && typeof text === "string" && remainder(gathered?.text ?? "", text);
    if (delta) this.push({ type: "text", delta, source: "result", raw }, true);
    this.push({ type: "result", result, raw }, true);
    this.end();
  }

  override room(): Promise<void> | undefined {
    return this.#pressed ? undefined : super.room();
  }
}
