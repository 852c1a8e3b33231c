import { APPLICATION, on, outside, type Requirement, stateless } from "./requirement.ts";

/** Cache hints: what may be answered without asking again. */
export const caching: readonly Requirement[] = [
  ...on(
    { "server/utilities/caching": stateless },
    {
      "caching/key":
        "Clients MUST NOT serve a cached response for a request whose method or parameters differ from the request that produced it.",
      "caching/not-of-rounds":
        "Results produced by retrying a request through the multi round-trip requests mechanism … MUST NOT be cached, as they depend on inputs that are not part of the cache key.",
      "caching/zero-is-stale": "If `ttlMs` is `0`, the response SHOULD be considered immediately stale.",
      "caching/fresh-that-long":
        "If `ttlMs` is positive, the client SHOULD consider the result fresh for that many milliseconds after receiving the response.",
      "caching/absent-is-stale":
        "If `ttlMs` is absent, clients SHOULD assume a default of `0` (immediately stale) and rely on their own caching heuristics or notifications.",
      "caching/negative-is-zero": "If `ttlMs` is negative, clients SHOULD ignore it and treat it as `0`.",
      "caching/stale-is-fetched":
        "Once the TTL expires, the response is stale and the client SHOULD re-fetch on next access.",
      "caching/no-polling":
        "Clients SHOULD NOT treat TTL as a polling interval that triggers automatic background refetches.",
      "caching/polling-paced": outside(
        "the library does not poll",
        "Implementations that do choose to poll MUST apply jitter and backoff.",
      ),
      "caching/not-across-credentials":
        "Caches MUST NOT be shared across authorization contexts (e.g. a different access token requires a different cache).",
      "caching/page-by-page":
        "When a cached page expires, the client SHOULD re-fetch that page using its cursor.",
      "caching/snapshot": outside(
        `${APPLICATION}; { fresh: true } asks for all pages anew`,
        "Clients that require a consistent snapshot of the full list SHOULD re-fetch from the beginning (without a cursor).",
      ),
      "caching/invalid-cursor": "the client SHOULD discard all cached pages and re-fetch from the beginning.",
    },
  ),
];
