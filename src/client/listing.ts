import { McpError, quote } from "../core/errors.ts";
import { paginate } from "../core/flow/paginate.ts";
import type { Shape } from "../core/ports.ts";
import type { JsonObject } from "../core/types.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import type { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import type { RequestOptions } from "./options.ts";
import { Whole } from "./whole.ts";

/**
 * A listing of the server: await it for the full array, all pages of it, or iterate it entry by entry, with
 * pages fetched as they are needed. Nothing is asked before one of the two.
 */
export interface Listing<T> extends PromiseLike<T[]>, AsyncIterable<T> {
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T[] | R>;
  finally(onFinally?: (() => void) | null): Promise<T[]>;
}

export class Pages<T> extends Whole<T[]> implements Listing<T> {
  readonly #connection: Connection;
  readonly #method: string;
  readonly #key: string;
  readonly #shape: Shape;
  readonly #options: RequestOptions;
  #all: Promise<T[]> | undefined;

  constructor(
    connection: Connection,
    method: string,
    key: string,
    shape: Shape,
    options: RequestOptions = {},
  ) {
    super();
    this.#connection = connection;
    this.#method = method;
    this.#key = key;
    this.#shape = shape;
    this.#options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const page = (cursor: string | undefined): PromiseLike<JsonObject> =>
      new Exchange<JsonObject>(
        this.#connection,
        { method: this.#method, params: cursor === undefined ? undefined : { cursor } },
        this.#options,
      ).result;
    const limit = this.#connection.options.limits?.pages ?? 1000;
    for await (const entry of paginate(page, this.#key, limit)) {
      const sound = this.#check(entry);
      if (sound) yield sound;
    }
  }

  /** One bad entry is reported, on itself when it can be named, and does not cost the others. */
  #check(entry: unknown): T | undefined {
    const { validate } = this.#connection.options;
    const named = isObject(entry) && (typeof entry.name === "string" || typeof entry.uri === "string");
    const issue = named ? validate?.(this.#shape, entry) : "it has no name";
    if (issue === undefined) return entry as T;
    const name = named ? quote(entry.name ?? entry.uri) : "?";
    this.#connection.report(
      new McpError(
        "invalid_message",
        `An entry of ${this.#method} (${name}) is not a ${this.#shape}: ${issue}.`,
        { data: entry },
      ),
    );
    return named ? ({ ...entry, issues: [issue] } as T) : undefined;
  }

  get result(): Promise<T[]> {
    this.#all ??= (async () => {
      const all: T[] = [];
      for await (const entry of this) all.push(entry);
      return all;
    })();
    return this.#all;
  }
}
