import { clock } from "../adapters/timers.ts";
import type { SendOptions, Transport } from "../core/ports.ts";
import type { Message } from "../core/types.ts";
import { HEADER, type HeaderMap } from "../core/wire/headers.ts";
import { discard, Http, type HttpOptions } from "./http.ts";
import { type Endpoint, LINGER_MS, Reply } from "./reply.ts";

/**
 * Streamable HTTP, the transport of 2025-03-26 and later: each message is a POST, its reply one JSON body
 * or a stream of events.
 *
 * @param url the MCP endpoint.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function streamableHttp(url: string | URL, options: HttpOptions = {}): Transport {
  return new StreamableHttp(String(url), options);
}

class StreamableHttp implements Transport, Endpoint {
  readonly name = "streamable-http";
  readonly url: string;
  readonly http: Http;
  readonly open: Set<Reply> = new Set();
  /** "The client MUST handle the session ID in a secure manner": it leaves this object as a header only. */
  session: string | undefined;
  #version: HeaderMap = {};

  constructor(url: string, options: HttpOptions) {
    this.url = url;
    this.http = new Http(options);
  }

  send(message: Message, options: SendOptions): AsyncIterable<Message> {
    return new Reply(this, message, options);
  }

  inbound(options: SendOptions): AsyncIterable<Message> {
    return new Reply(this, undefined, options);
  }

  headers(own: HeaderMap, mirrored: HeaderMap | undefined): HeaderMap {
    const headers = { ...own, ...mirrored };
    if (this.session !== undefined) headers[HEADER.session] = this.session;
    const version = mirrored?.[HEADER.version];
    if (version !== undefined) this.#version = { [HEADER.version]: version };
    return headers;
  }

  async close(): Promise<void> {
    for (const reply of this.open) reply.drop();
    if (this.session === undefined) return;
    // "Clients that no longer need a particular session SHOULD send an HTTP DELETE". Nobody waits for the
    // answer: it may be 405, and the server may be gone.
    const headers = this.headers({}, this.#version);
    this.session = undefined;
    const ended = new AbortController();
    const stop = clock.after(LINGER_MS, () => ended.abort());
    this.http
      .request("DELETE", this.url, headers, ended.signal, undefined, true)
      .then(discard)
      .catch(() => {})
      .finally(stop);
  }
}
