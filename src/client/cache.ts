import { clock } from "../adapters/timers.ts";
import type { McpError } from "../core/errors.ts";
import { cacheKey, isCacheable, ResultCache } from "../core/flow/cache.ts";
import { isNotification } from "../core/wire/jsonrpc.ts";
import { eraOf } from "../core/wire/versions.ts";
import { around } from "./around.ts";
import type { Extension } from "./options.ts";

/** What {@link cache} takes. */
export interface CacheOptions {
  /** Most results that are kept, each page of a list being one. Default 100; the one not used longest goes first. */
  readonly entries?: number | undefined;
  /**
   * Who the server takes the caller for, such as the id of a signed-in user: private results are only served to
   * whom they were sent. Undefined when that is not known; they are not kept then. Default: what `headers` and
   * `auth` add to requests, and not known where cookies or a `fetch` of your own may add more.
   */
  readonly caller?: (() => string | undefined | Promise<string | undefined>) | undefined;
}

/**
 * Caching hints (2026-07-28): lists and resources that the server called fresh for a while (`ttlMs`) are served
 * without a request. Change notifications end that, as far as they are heard (see `listen`), and so does a
 * request with `fresh: true`. Servers that give no hint are asked each time. Kept in memory, for one client.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching
 * @example
 * ```ts
 * const client = await connect(url, { extensions: [cache()] });
 * await client.listTools(); // asks
 * await client.listTools(); // may not
 * await client.listTools({ fresh: true }); // asks
 * ```
 */
export function cache({ entries = 100, caller }: CacheOptions = {}): Extension {
  return {
    attach(client, host) {
      const kept = new ResultCache(entries);
      const { transport } = host.options;
      const who = async () => {
        if (caller) return caller();
        const headers = await transport.credentials?.();
        // A proof of possession is another each time.
        return headers && JSON.stringify({ ...headers, dpop: undefined });
      };
      let { server } = client;
      // Not "notification": before 2026-07-28 listening to that takes a stream, and nothing is kept.
      client.on("message", ({ direction, message }) => {
        if (direction === "in" && isNotification(message))
          kept.invalidate(message.method, message.params ?? {});
      });
      around(host, async (call, params, next) => {
        const { method } = call;
        // Another server may answer at the same place by now.
        if (server !== client.server) kept.drop(() => true);
        server = client.server;
        if (eraOf(server?.protocolVersion ?? "") !== "modern" || !isCacheable(method, params)) return next();
        const key = cacheKey(method, params, call.options.meta);
        const before = await who();
        const hit = call.options.fresh ? undefined : kept.get(key, before, clock.now());
        if (hit) return hit;
        const { epoch } = kept;
        const result = await next().catch((error: McpError) => {
          // "If a cursor becomes invalid, the client SHOULD discard all cached pages".
          if (params?.cursor !== undefined && error.rpcCode !== undefined) kept.dropList(method);
          throw error;
        });
        // Signing in on the way may have made the caller another; what took input depends on that.
        // When that can no longer be told, the result is still theirs who asked.
        const after = await who().catch(() => undefined);
        if (epoch === kept.epoch && call.rounds === 0) {
          kept.put(key, method, params, result, before === after ? after : undefined, clock.now());
        }
        return result;
      });
    },
  };
}
