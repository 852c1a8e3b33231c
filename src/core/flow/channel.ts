/**
 * The one queue of this library: bounded, for one reader. A writer that can wait looks at `full` and awaits
 * `room()`; one that cannot (a stream shared with others) just pushes, and the queue makes room by
 * `compact`, and by dropping its oldest entries when that does not help.
 */
export class Channel<T> implements AsyncIterator<T, undefined> {
  readonly #limit: number;
  readonly #compact: (queue: T[]) => T[];
  #queue: T[] = [];
  #head = 0;
  #ended = false;
  #error: { readonly reason: unknown } | undefined;
  #reader: ((result: IteratorResult<T, undefined>) => void) | undefined;
  #refuse: ((reason: unknown) => void) | undefined;
  #writer: (() => void) | undefined;
  /** Entries lost for want of room. */
  dropped = 0;

  constructor(limit: number, compact: (queue: T[]) => T[] = (queue) => queue) {
    this.#limit = Math.max(1, limit);
    this.#compact = compact;
  }

  get full(): boolean {
    return this.#queue.length - this.#head >= this.#limit;
  }

  push(value: T): void {
    if (this.#ended) return;
    const reader = this.#reader;
    if (reader) {
      this.#reader = this.#refuse = undefined;
      reader({ value, done: false });
      return;
    }
    this.#queue.push(value);
    if (this.#queue.length - this.#head > this.#limit) this.#shrink();
  }

  /** No more values; what is queued is still read. With `error`, reading ends by throwing its reason. */
  end(error?: { readonly reason: unknown }): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#free();
    const reader = this.#reader;
    const refuse = this.#refuse;
    this.#reader = this.#refuse = undefined;
    if (!reader) return;
    if (error) {
      this.#error = undefined;
      refuse?.(error.reason);
    } else reader({ value: undefined, done: true });
  }

  /** Forgets what is queued. */
  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#free();
  }

  /** Resolves when the queue has room again, or nobody will read it. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.full || this.#ended) resolve();
      else this.#writer = resolve;
    });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#head < this.#queue.length) {
      const value = this.#queue[this.#head] as T;
      this.#queue[this.#head++] = undefined as T;
      if (this.#head === this.#queue.length) {
        this.#queue.length = 0;
        this.#head = 0;
      }
      // Waking the writer at half-full, not at each entry, lets both run in batches.
      if (this.#writer && (this.#queue.length - this.#head) * 2 <= this.#limit) this.#free();
      return Promise.resolve({ value, done: false });
    }
    if (this.#error) {
      const { reason } = this.#error;
      this.#error = undefined;
      return Promise.reject(reason);
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#reader = resolve;
      this.#refuse = reject;
    });
  }

  #free(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.();
  }

  #shrink(): void {
    let queue = this.#compact(this.#queue.slice(this.#head));
    // Room for a quarter, or half the queue goes: one that is barely short of full would compact on every push.
    if (queue.length > this.#limit * 0.75) {
      const excess = queue.length - (this.#limit >> 1) - 1;
      this.dropped += excess;
      queue = queue.slice(excess);
    }
    this.#queue = queue;
    this.#head = 0;
  }
}
