/** What can be awaited like the promise of its result. */
export abstract class Awaitable<T> implements PromiseLike<T> {
  abstract get result(): Promise<T>;

  // Frameworks that wrap plain objects in proxies, as Vue does, go by this, and leave objects with private parts alone.
  get [Symbol.toStringTag](): string {
    return "Rivulet";
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result.then(onFulfilled, onRejected);
  }

  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this.result.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.result.finally(onFinally);
  }
}
