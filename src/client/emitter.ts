/** Listeners by event, each in a set: adding twice is once, removing is by identity. */
export class Emitter<Events> {
  readonly #listeners: Map<keyof Events, Set<(value: never) => void>> = new Map();
  readonly #changed: () => void;

  /** @param changed called when somebody begins or ends to listen. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  on<K extends keyof Events>(event: K, listener: (value: Events[K]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(listener));
    this.#changed();
    return () => {
      set.delete(listener);
      this.#changed();
    };
  }

  /** Whether anybody listens to an event like this. */
  any(like: RegExp): boolean {
    for (const [event, { size }] of this.#listeners) if (size > 0 && like.test(String(event))) return true;
    return false;
  }

  /** A listener that throws is handed to `failed`, and the others are still called. */
  emit<K extends keyof Events>(event: K, value: Events[K], failed: (error: unknown) => void): void {
    const set = this.#listeners.get(event);
    if (!set) return;
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
