import type { SendOptions, Transport } from "../core/ports.ts";
import type { Message, Verdict } from "../core/types.ts";
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
  return new Auto(new URL(url), options);
}

interface Way {
  readonly url: string;
  readonly open: (url: string, options: HttpOptions) => Transport;
}

class Auto implements Transport {
  /** Ways not tried yet, the current one first. */
  #ways: Way[] = [];
  readonly #all: readonly Way[];
  readonly #options: HttpOptions;
  #current: Transport;

  constructor(url: URL, options: HttpOptions) {
    this.#options = options;
    const at = (path: string) => new URL(path, url).href;
    this.#all = [
      { url: url.href, open: streamableHttp },
      { url: url.href, open: httpSse },
      ...(url.pathname === "/" && url.search === ""
        ? [
            { url: at("/mcp"), open: streamableHttp },
            { url: at("/mcp"), open: httpSse },
            { url: at("/sse"), open: httpSse },
          ]
        : []),
    ];
    this.#current = this.#start(this.#all);
  }

  get name(): string | undefined {
    return this.#current.name;
  }
  get url(): string | undefined {
    return this.#current.url;
  }
  get legacyOnly(): boolean | undefined {
    return this.#current.legacyOnly;
  }
  get shared(): boolean | undefined {
    return this.#current.shared;
  }

  send(message: Message, options: SendOptions): AsyncIterable<Message> {
    return this.#current.send(message, options);
  }

  inbound(options: SendOptions): AsyncIterable<Message> {
    // Each transport it chooses from has one.
    return (this.#current as Required<Transport>).inbound(options);
  }

  fallback(): boolean {
    const rest = this.#ways.slice(1);
    this.#current.close();
    // Used up, it starts over: the next attempt to connect may find the server as it should be.
    this.#current = this.#start(rest.length > 0 ? rest : this.#all);
    return rest.length > 0;
  }

  recall({ url, transport }: Verdict): void {
    const known = this.#all.find((way) => way.url === url && way.open(way.url, {}).name === transport);
    if (known) this.#current = this.#start([known, ...this.#all.filter((way) => way !== known)]);
  }

  close(): Promise<void> {
    return this.#current.close();
  }

  #start(ways: readonly Way[]): Transport {
    this.#ways = [...ways];
    const [{ open, url }] = ways as [Way];
    return open(url, this.#options);
  }
}
