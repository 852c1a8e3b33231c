import { serverUrl } from "../adapters/fetch.ts";
import type { Transport } from "../core/ports.ts";
import type { Verdict } from "../core/types.ts";
import type { HttpOptions } from "./http.ts";
import { httpSse } from "./http-sse.ts";
import { streamableHttp } from "./streamable-http.ts";

/**
 * Finds out how a server is reached: Streamable HTTP, then HTTP+SSE at the same URL. A URL that is only an
 * origin is tried as given, then at `/mcp`, then at `/sse`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#backward-compatibility
 */
export function auto(url: string | URL, options: HttpOptions = {}): Transport {
  const given = new URL(serverUrl(url));
  const way = (open: Way["open"], path = ""): Way => ({ url: new URL(path, given).href, open });
  const all = [way(streamableHttp), way(httpSse)];
  if (given.pathname + given.search === "/") {
    all.push(way(streamableHttp, "/mcp"), way(httpSse, "/mcp"), way(httpSse, "/sse"));
  }
  /** Ways not tried yet, the current one first. */
  let ways: readonly Way[];

  function start(from: readonly Way[]): Transport {
    ways = from;
    const [{ open, url }] = from as [Way];
    // Not every transport has these.
    const none = { legacyOnly: undefined, shared: undefined, credentials: undefined };
    return Object.assign(current, none, open(url, options));
  }

  // The rest of it is that of the current way.
  const current = {
    fallback() {
      const rest = ways.slice(1);
      current.close();
      // Used up, it starts over: the next attempt to connect may find the server as it should be.
      start(rest[0] ? rest : all);
      return rest.length > 0;
    },
    recall({ url, transport }: Verdict) {
      const known = all.find((way) => way.url === url && way.open(way.url, {}).name === transport);
      if (known) start([known, ...all.filter((way) => way !== known)]);
    },
  } as Partial<Transport> as Transport;
  return start(all);
}

interface Way {
  readonly url: string;
  readonly open: (url: string, options: HttpOptions) => Transport;
}
