/** A promise, and the two ways to settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** `Promise.withResolvers`, which not every runtime has yet. Nobody has to look at the promise. */
export function deferred<T>(): Deferred<T> {
  const parts = {} as { -readonly [K in keyof Deferred<T>]: Deferred<T>[K] };
  parts.promise = new Promise<T>((resolve, reject) => {
    parts.resolve = resolve;
    parts.reject = reject;
  });
  // Whoever looks sees its failure; that nobody does is no reason to end a process.
  parts.promise.catch(() => {});
  return parts;
}
