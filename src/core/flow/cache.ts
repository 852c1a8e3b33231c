import type { JsonObject } from "../types.ts";
import { changedList } from "../wire/changes.ts";
import { members } from "../wire/jsonrpc.ts";

/**
 * The operations whose results carry caching hints. `server/discover` does too, but a client asks that to find
 * out whether the server is there.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching#cacheable-results
 */
export function isCacheable(method: string, params: JsonObject = {}): boolean {
  return (
    /^((tools|prompts|resources|resources\/templates)\/list|resources\/read)$/.test(method) &&
    // "requests carrying inputResponses or requestState MUST NOT be cached".
    params.inputResponses === undefined &&
    params.requestState === undefined
  );
}

/** What says which trace a request belongs to says nothing about its answer. */
const TRACE = ["traceparent", "tracestate", "baggage", "progressToken"];

/** "the request method together with the request parameters that affect the result". */
export function cacheKey(
  method: string,
  params: JsonObject | undefined,
  meta: JsonObject | undefined,
): string {
  const { _meta, ...rest } = params ?? {};
  const said = Object.entries({ ...members(_meta), ...meta });
  return JSON.stringify([method, rest, said.filter(([key]) => !TRACE.includes(key))]);
}

interface Entry {
  readonly method: string;
  readonly uri: unknown;
  /** When it is no longer fresh. */
  readonly until: number;
  /** Who it is for; undefined is everybody. */
  readonly caller: string | undefined;
  /** As text, so that whoever gets it may change what they got. */
  readonly text: string;
}

/** Results that a server called fresh for a while. */
export class ResultCache {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  /** Counts invalidations: what was asked for before one is not kept after it. */
  epoch = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, caller: string | undefined, now: number): JsonObject | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const { until, text } = entry;
    // "now < t_received + ttlMs"; "Caches MUST NOT be shared across authorization contexts".
    if (now >= until || (entry.caller !== undefined && entry.caller !== caller)) {
      this.#entries.delete(key);
      return undefined;
    }
    // The one used last goes last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return JSON.parse(text);
  }

  /** Keeps a result as its hints allow. Without a known caller only what is for everybody. */
  put(
    key: string,
    method: string,
    params: JsonObject | undefined,
    result: JsonObject,
    caller: string | undefined,
    now: number,
  ): void {
    const { ttlMs, cacheScope, resultType = "complete" } = result;
    this.#entries.delete(key);
    const shared = cacheScope === "public";
    if (typeof ttlMs !== "number" || !(ttlMs > 0) || resultType !== "complete") return;
    if (!shared && caller === undefined) return;
    this.#entries.set(key, {
      method,
      uri: params?.uri,
      until: now + ttlMs,
      caller: shared ? undefined : caller,
      text: JSON.stringify(result),
    });
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value as string);
  }

  /** "the notification invalidates the cached response". */
  invalidate(method: string, params: JsonObject): void {
    const list = changedList(method);
    if (list) this.drop((entry) => entry.method.startsWith(`${list}/`) && entry.method.endsWith("/list"));
    else if (method === "notifications/resources/updated") {
      // "the URI might be a sub-resource of the one that the client subscribed to".
      this.drop(({ uri }) => typeof uri === "string" && String(params.uri).startsWith(uri));
    } else if (method === "notifications/subscriptions/acknowledged") {
      // What changed while nobody listened was not heard.
      this.drop(() => true);
    }
  }

  /** Forgets every page of a list. */
  dropList(method: string): void {
    this.drop((entry) => entry.method === method);
  }

  drop(test: (entry: { readonly method: string; readonly uri: unknown }) => boolean): void {
    this.epoch++;
    for (const [key, entry] of this.#entries) if (test(entry)) this.#entries.delete(key);
  }
}
