import { clock, wait } from "../adapters/timers.ts";
import { McpError, quote } from "../core/errors.ts";
import { paginate } from "../core/flow/paginate.ts";
import type { Shape } from "../core/ports.ts";
import type { JsonObject } from "../core/types.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import { Exchange } from "./exchange.ts";
import type { Host } from "./host.ts";
import type { RequestOptions } from "./options.ts";
import { Whole } from "./whole.ts";

/**
 * A listing of the server: await it for the full array, all pages of it, or iterate it entry by entry, with
 * pages fetched as they are needed. Nothing is asked before one of the two.
 */
export interface Listing<T> extends PromiseLike<T[]>, AsyncIterable<T> {
  /** As that of a promise. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T[] | R>;
  /** As that of a promise. */
  finally(onFinally?: (() => void) | null): Promise<T[]>;
}

/** Milliseconds that entries are looked at in one go. */
const BUSY_MS = 16;
/** Most entries that are reported, of one listing. */
const MAX_REPORTS = 100;

export class Pages<T> extends Whole<T[]> implements Listing<T> {
  readonly #host: Host;
  readonly #key: string;
  readonly #shape: Shape;
  readonly #options: RequestOptions | undefined;
  readonly #method: string;
  #reported = 0;
  #all: Promise<T[]> | undefined;

  constructor(host: Host, key: string, shape: Shape, options?: RequestOptions, method = `${key}/list`) {
    super();
    this.#host = host;
    this.#key = key;
    this.#shape = shape;
    this.#options = options;
    this.#method = method;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const page = (cursor: string | undefined): PromiseLike<JsonObject> =>
      new Exchange<JsonObject>(
        this.#host,
        { method: this.#method, params: cursor === undefined ? undefined : { cursor }, strict: true },
        this.#options,
      ).result;
    const limit = this.#host.options.limits?.pages ?? 1000;
    let [count, since] = [0, clock.now()];
    for await (const entry of paginate(page, this.#key, limit)) {
      // However many there are, a page can be drawn meanwhile.
      if (++count % 16 === 0 && clock.now() > since + BUSY_MS) {
        await wait(0, this.#options?.signal);
        since = clock.now();
      }
      const sound = this.#check(entry);
      if (sound) yield sound;
    }
  }

  /**
   * One bad entry is reported, on itself when it can be named, and does not cost the others. A tool that wants
   * headers which cannot be is left out: "the client MUST exclude the invalid tool".
   */
  #check(entry: unknown): T | undefined {
    const { options, codec, transport, mirrors, report } = this.#host;
    const { name, uri, inputSchema } = isObject(entry) ? entry : {};
    const named = typeof name === "string" || typeof uri === "string";
    const mirrored = this.#shape === "Tool" && codec.era === "modern" && !transport.shared;
    const unusable = named ? mirrored && mirrors.learn(name, inputSchema) : "it has no name";
    const issue = unusable || options.validate?.(this.#shape, entry);
    if (!issue) return entry as T;
    if (this.#reported++ < MAX_REPORTS) {
      report(
        new McpError(
          "invalid_message",
          `An entry of ${this.#method} (${quote(name ?? uri)}) is not a ${this.#shape}: ${issue}.`,
          { data: entry },
        ),
      );
    }
    return unusable ? undefined : ({ ...(entry as object), issues: [issue] } as T);
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
