import type { ClientEvents } from "./options.ts";

/** Listeners by event, each in a set: adding twice is once, removing is by identity. */
export abstract class Emitter {
  #listeners: Map<string, Set<(value: never) => void>> | undefined;

  /** Hears that somebody begins or ends to listen. */
  abstract attend(): void;
  abstract report(error: unknown): void;

  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): () => void {
    this.#listeners ??= new Map();
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(listener));
    this.attend();
    return () => {
      set.delete(listener);
      this.attend();
    };
  }

  /** Whether anybody listens to an event like this. */
  any(like: RegExp): boolean {
    for (const [event, { size }] of this.#listeners ?? []) if (size && like.test(event)) return true;
    return false;
  }

  /** A listener that throws is reported, unless it listens to reports, and the others are still called. */
  emit<K extends keyof ClientEvents>(event: K, value: ClientEvents[K]): void {
    const set = this.#listeners?.get(event);
    if (!set) return;
    const failed = (error: unknown) => event === "error" || this.report(error);
    for (const listener of [...set]) {
      try {
        // One that turns out to be asynchronous may throw later.
        (listener(value as never) as unknown as Promise<unknown> | undefined)?.catch?.(failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}
