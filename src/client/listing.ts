import { clock, wait } from "../adapters/timers.ts";
import { McpError, quote } from "../core/errors.ts";
import { paginate } from "../core/flow/paginate.ts";
import type { Shape } from "../core/ports.ts";
import type { JsonObject } from "../core/types.ts";
import { members } from "../core/wire/jsonrpc.ts";
import { mirrorsOf } from "../core/wire/mirror.ts";
import { Awaitable } from "./awaitable.ts";
import { Exchange } from "./exchange.ts";
import type { Host } from "./host.ts";
import type { RequestOptions } from "./options.ts";

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

/** So many entries are looked at in one go, and for so many milliseconds on end. */
const PORTION = 16;
const BUSY_MS = 16;
/** Most entries that are reported, of one listing. */
const MAX_REPORTS = 100;

export class Pages<T> extends Awaitable<T[]> implements Listing<T> {
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
    for await (const page of this.#pages()) for (const entry of page) yield entry;
  }

  async *#pages(): AsyncGenerator<T[], void, undefined> {
    const host = this.#host;
    const ask = (cursor: string | undefined): PromiseLike<JsonObject> => {
      const params = cursor === undefined ? undefined : { cursor };
      const spec = { method: this.#method, params, strict: true };
      return new Exchange<JsonObject>(host, spec, this.#options).result;
    };
    const limit = host.options.limits?.pages ?? 1000;
    for await (const entries of paginate(ask, this.#key, limit)) {
      for (let at = 0, since = clock.now(); at < entries.length; at += PORTION) {
        yield entries.slice(at, at + PORTION).flatMap((entry) => this.#check(entry));
        // However many there are, a page can be drawn meanwhile.
        if (clock.now() < since + BUSY_MS) continue;
        await wait(0, this.#options?.signal);
        since = clock.now();
      }
    }
  }

  /**
   * One bad entry is reported, on itself when it can be named, and does not cost the others. A tool that wants
   * headers which cannot be is left out: "the client MUST exclude the invalid tool".
   */
  #check(entry: unknown): T[] {
    const host = this.#host;
    const { options, report } = host;
    const { name, uri, inputSchema, annotations } = members(entry);
    const named = typeof name === "string" || typeof uri === "string";
    const isTool = this.#shape === "Tool";
    const mirrored = isTool && host.codec.modern && !host.transport.shared;
    const mirrors = mirrored ? mirrorsOf(inputSchema) : undefined;
    const unusable = named ? typeof mirrors === "string" && mirrors : "it has no name";
    if (isTool && !unusable && typeof mirrors !== "string") {
      // The server's word is enough: it is only sent what it was sent before.
      const { readOnlyHint, idempotentHint } = members(annotations);
      const safe = readOnlyHint === true || idempotentHint === true;
      if (safe || mirrors?.size) host.tools ??= new Map();
      host.tools?.set(name, { mirrors, safe });
    }
    const issue = unusable || options.validate?.(this.#shape, entry);
    if (!issue) return [entry as T];
    if (this.#reported++ < MAX_REPORTS) {
      const said = `An entry of ${this.#method} (${quote(name ?? uri)}) is not a ${this.#shape}: ${issue}.`;
      report(new McpError("invalid_message", said, { data: entry }));
    }
    return unusable ? [] : [{ ...(entry as object), issues: [issue] } as T];
  }

  get result(): Promise<T[]> {
    this.#all ??= (async () => {
      const all: T[] = [];
      for await (const page of this.#pages()) all.push(...page);
      return all;
    })();
    return this.#all;
  }
}
