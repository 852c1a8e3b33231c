import type { CallEvent, ToolEvent } from "../core/types.ts";
import { Awaitable } from "./awaitable.ts";
import type { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import type { RequestSpec } from "./host.ts";
import type { RequestOptions, TextOptions } from "./options.ts";
import { Parts } from "./parts.ts";
import { textOf } from "./text.ts";

/**
 * A request that is under way: await it for the whole, iterate it for the parts. It starts at once and
 * settles exactly once. The parts have one reader.
 */
export interface RequestCall<T> extends PromiseLike<T>, AsyncIterable<CallEvent<T>> {
  /** The whole. */
  readonly result: Promise<T>;
  /** As that of a promise. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R>;
  /** As that of a promise. */
  finally(onFinally?: (() => void) | null): Promise<T>;
  /** Gives up: rejects with `reason` (default an `AbortError`), frees the connection, tells the server. */
  cancel(reason?: unknown): void;
  /** The text as it comes, and at the end what of the result was not streamed. Leaving the loop cancels. */
  text(options?: TextOptions): AsyncIterableIterator<string>;
  /** The same as a stream, to hand to `new Response(…)`. Cancelling it cancels the call. */
  textStream(options?: TextOptions): ReadableStream<string>;
}

export class Call<T> extends Awaitable<T> implements RequestCall<T> {
  readonly #parts: Parts<T>;
  readonly #exchange: Exchange<T>;

  constructor(connection: Connection, spec: RequestSpec<T>, options?: RequestOptions) {
    super();
    this.#parts = new Parts(connection.options.limits?.queuedEvents ?? 1000);
    this.#exchange = new Exchange(connection, spec, options, this.#parts);
  }

  get result(): Promise<T> {
    this.#parts.awaited();
    return this.#exchange.result;
  }

  cancel(reason?: unknown): void {
    this.#exchange.cancel(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<CallEvent<T>, undefined> {
    const channel = this.#parts.read();
    return {
      next: () => channel.next(),
      return: async () => {
        channel.end();
        channel.clear();
        this.cancel();
        return { value: undefined, done: true };
      },
    };
  }

  text(options?: TextOptions): AsyncIterableIterator<string> {
    // Taken now: a result that is awaited before the text is read must not let the parts go.
    return textOf(this[Symbol.asyncIterator]() as AsyncIterator<ToolEvent, undefined>, options);
  }

  textStream(options?: TextOptions): ReadableStream<string> {
    const text = this.text(options);
    return new ReadableStream<string>(
      {
        async pull(controller) {
          const { value, done } = await text.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => this.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }
}
