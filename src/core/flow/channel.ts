interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * The one queue of this library: bounded, for one reader. A writer that can wait looks at `full` and awaits
 * `room()`; one that cannot (a stream shared with others) just pushes: the queue makes room by `compact`, and
 * drops its oldest entries when that does not help.
 */
export class Channel<T> implements AsyncIterator<T, undefined> {
  readonly #limit: number;
  readonly #compact: (queue: T[]) => T[];
  #queue: T[] = [];
  #head = 0;
  /** How reading ends, once it does. */
  #end: { readonly reason?: unknown } | undefined;
  readonly #readers: Reader<T>[] = [];
  #writer: (() => void) | undefined;

  constructor(limit: number, compact: (queue: T[]) => T[]) {
    // With room for none, the first would wait for ever.
    this.#limit = Math.max(limit, 1);
    this.#compact = compact;
  }

  get #size(): number {
    return this.#queue.length - this.#head;
  }

  get full(): boolean {
    return this.#size >= this.#limit;
  }

  /** `waits`: the writer looks at `full`. It may go over the limit by what one message holds, and loses nothing. */
  push(value: T, waits?: boolean): void {
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ value, done: false });
      return;
    }
    this.#queue.push(value);
    if (waits || this.#size <= this.#limit) return;
    const queue = this.#compact(this.#queue.slice(this.#head));
    // Room for a quarter, or half the queue goes: one that is barely short of full would compact on every push.
    this.#queue = queue.length > this.#limit * 0.75 ? queue.slice(-(this.#limit >> 1) - 1) : queue;
    this.#head = 0;
  }

  /** The writer has said all; what is queued is still read. With a `reason`, reading ends by throwing that. */
  end(how: { readonly reason?: unknown } = {}): void {
    this.#end ??= how;
    this.#free();
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
  }

  /** Forgets what is queued. */
  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#free();
  }

  /** Nothing while there is room, or nobody will read; else a promise of it. */
  room(): Promise<void> | undefined {
    if (!this.full || this.#end) return undefined;
    return new Promise((resolve) => {
      this.#writer = resolve;
    });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#size > 0) {
      const value = this.#queue[this.#head++] as T;
      if (this.#size === 0) this.clear();
      // Waking the writer at half-full, not at each entry, lets both run in batches.
      else if (this.#size * 2 <= this.#limit) this.#free();
      return Promise.resolve({ value, done: false });
    }
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#end) this.#finish(reader);
      else this.#readers.push(reader);
    });
  }

  #finish({ resolve, reject }: Reader<T>): void {
    const how = this.#end ?? {};
    // The failure is told once; after that there is nothing more.
    this.#end = {};
    if ("reason" in how) reject(how.reason);
    else resolve({ value: undefined, done: true });
  }

  #free(): void {
    this.#writer?.();
    this.#writer = undefined;
  }
}
