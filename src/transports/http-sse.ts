import { eventStream, readText } from "../adapters/event-stream.ts";
import { shownUrl } from "../adapters/fetch.ts";
import { McpError } from "../core/errors.ts";
import { ANSWERED, type SendOptions, type Transport } from "../core/ports.ts";
import type { Message } from "../core/types.ts";
import { isRequest } from "../core/wire/jsonrpc.ts";
import { discard, Http, type HttpOptions, mediaType } from "./http.ts";
import { parseMessages } from "./parse.ts";

/**
 * HTTP+SSE, the transport of 2024-11-05: one stream for everything the server says, whose `endpoint` event
 * names the URL to send to.
 *
 * @param url where the event stream is.
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export function httpSse(url: string | URL, options: HttpOptions = {}): Transport {
  return new HttpSse(String(url), options);
}

class HttpSse implements Transport {
  readonly name = "http-sse";
  readonly legacyOnly = true;
  readonly shared = true;
  readonly url: string;
  readonly #http: Http;
  #endpoint: string | undefined;
  /** Those who need the endpoint, or the stream to go on. */
  readonly #waiting: Set<Waiter> = new Set();
  #drop: (() => void) | undefined;

  constructor(url: string, options: HttpOptions) {
    this.url = url;
    this.#http = new Http(options);
  }

  async *inbound({ signal, onError }: SendOptions): AsyncGenerator<Message, void, undefined> {
    const url = shownUrl(this.url);
    let cause: unknown;
    try {
      const response = await this.#http.request("GET", this.url, { accept: "text/event-stream" }, signal);
      const type = mediaType(response);
      if (type !== "text/event-stream" || !response.body) {
        discard(response);
        throw new McpError(
          "content_type",
          `${url} answered GET with "${type}" where an event stream was due.`,
          {
            status: response.status,
            url,
          },
        );
      }
      const queue: Message[] = [];
      let refused: unknown;
      const stream = eventStream(response.body, {
        limit: this.#http.messageBytes,
        onEvent: ({ data, event }) => {
          try {
            if (event === "endpoint") this.#settle(this.#resolveEndpoint(data));
            else if (event === undefined || event === "message") queue.push(...parseMessages(data, onError));
          } catch (error) {
            if (event === "endpoint") refused ??= error;
            else onError?.(error);
          }
        },
      });
      this.#drop = () => stream.cancel();
      try {
        while (await stream.pull()) {
          if (refused !== undefined) throw refused;
          yield* queue.splice(0);
        }
      } finally {
        stream.cancel();
      }
    } catch (error) {
      cause = error;
      throw error;
    } finally {
      this.#endpoint = undefined;
      this.#drop = undefined;
      const first = cause instanceof McpError && cause.code !== "limit_exceeded" ? cause : undefined;
      this.#fail(
        first ??
          new McpError(
            "connection_lost",
            `The event stream of ${url} ended. Whether pending requests were carried out is unknown.`,
            {
              cause,
              url,
            },
          ),
      );
    }
  }

  async *send(message: Message, options: SendOptions): AsyncGenerator<Message, void, undefined> {
    const { signal } = options;
    // The stream may end at any moment from here on, also while the POST is under way.
    const stream = this.#watch(signal);
    const posting = new AbortController();
    // An answer may overtake the 202 of its own request; cutting that off would cost the connection.
    const aborted = () => signal.reason !== ANSWERED && posting.abort(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    try {
      const response = await this.#http.request(
        "POST",
        this.#endpoint ?? (await stream.endpoint),
        { accept: "application/json, text/event-stream", "content-type": "application/json" },
        posting.signal,
        JSON.stringify(message),
      );
      if (!isRequest(message)) return discard(response);
      // Some servers answer the POST itself; others fill the 202 with a word that is no message.
      if (mediaType(response) === "application/json") {
        const text = await readText(response.body, this.#http.messageBytes, options.onActivity);
        let messages: readonly Message[] = [];
        try {
          messages = parseMessages(text);
        } catch {
          // Accepted; the answer comes on the stream.
        }
        yield* messages;
      } else discard(response);
      await stream.lost;
    } finally {
      stream.stop();
      signal.removeEventListener("abort", aborted);
    }
  }

  async close(): Promise<void> {
    this.#drop?.();
  }

  /** "The client MUST use the endpoint": but never one that would carry messages and headers elsewhere. */
  #resolveEndpoint(data: string): string {
    const base = new URL(this.url);
    let target: URL | undefined;
    try {
      target = new URL(data, base);
    } catch {
      // Refused below.
    }
    if (!target || target.origin !== base.origin || target.username || target.password) {
      throw new McpError(
        "insecure_endpoint",
        `${shownUrl(this.url)} names an endpoint ${target ? `at ${shownUrl(target.href)}` : "that is no URL"}; it must ` +
          "have the origin of the stream and no credentials.",
        { url: shownUrl(this.url) },
      );
    }
    return target.href;
  }

  /** `endpoint` resolves when it comes; both reject when the stream ends, or the signal aborts first. */
  #watch(signal: SendOptions["signal"]): Watch {
    let onEndpoint: (endpoint: string) => void = () => {};
    let onLost: (reason: unknown) => void = () => {};
    const lost = new Promise<never>((_, reject) => {
      onLost = reject;
    });
    lost.catch(() => {});
    const endpoint = new Promise<string>((resolve, reject) => {
      onEndpoint = resolve;
      lost.catch(reject);
    });
    endpoint.catch(() => {});
    const waiter: Waiter = { onEndpoint, onLost };
    const aborted = () => onLost(signal.reason);
    this.#waiting.add(waiter);
    signal.addEventListener("abort", aborted, { once: true });
    if (signal.aborted) aborted();
    const stop = () => {
      this.#waiting.delete(waiter);
      signal.removeEventListener("abort", aborted);
    };
    return { endpoint, lost, stop };
  }

  #settle(endpoint: string): void {
    this.#endpoint = endpoint;
    for (const waiter of this.#waiting) waiter.onEndpoint(endpoint);
  }

  #fail(error: McpError): void {
    for (const waiter of this.#waiting) waiter.onLost(error);
  }
}

interface Waiter {
  readonly onEndpoint: (endpoint: string) => void;
  readonly onLost: (reason: unknown) => void;
}

interface Watch {
  readonly endpoint: Promise<string>;
  readonly lost: Promise<never>;
  readonly stop: () => void;
}
