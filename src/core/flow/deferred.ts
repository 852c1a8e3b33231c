/** A promise, and the two ways to settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export const IGNORE = (): void => {};

/** `Promise.withResolvers`, which not every runtime has yet. Nobody has to look at the promise. */
export function deferred<T>(): Deferred<T> {
  let resolve!: Deferred<T>["resolve"];
  let fail!: Deferred<T>["reject"];
  const promise = new Promise<T>((...both) => {
    [resolve, fail] = both;
  });
  return {
    promise,
    resolve,
    reject(reason) {
      // Whoever looks sees its failure; that nobody does is no reason to end a process.
      promise.catch(IGNORE);
      fail(reason);
    },
  };
}
