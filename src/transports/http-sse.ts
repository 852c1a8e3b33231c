import { eventStream, readText } from "../adapters/event-stream.ts";
import { failure, parseUrl, shownUrl } from "../adapters/fetch.ts";
import { clock } from "../adapters/timers.ts";
import { isMcpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { type Deferred, deferred } from "../core/flow/deferred.ts";
import { ANSWERED, type SendOptions, type Transport } from "../core/ports.ts";
import type { Message } from "../core/types.ts";
import { isRequest } from "../core/wire/jsonrpc.ts";
import {
  createHttp,
  discard,
  type HttpOptions,
  inSession,
  LINGER_MS,
  lost,
  mediaType,
  unreadable,
} from "./http.ts";
import { parseMessages } from "./parse.ts";

interface Stream extends Deferred<void> {
  /** Those who need the stream to go on. It has nothing to say to them but how it ends. */
  readonly waiting: Set<Deferred<void>>;
  named?: boolean;
}

/**
 * HTTP+SSE, the transport of 2024-11-05: one stream for everything the server says, whose `endpoint` event
 * names the URL to send to.
 *
 * @param url where the event stream is.
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export function httpSse(url: string | URL, options: HttpOptions = {}): Transport {
  const target = String(url);
  const http = createHttp(options);
  let endpoint = "";
  /** The current stream, which resolves once it has named an endpoint. */
  let open: Stream | undefined;

  /** Takes an `endpoint` event, but none that would carry messages and headers elsewhere. */
  function take(data: string): void {
    const named = parseUrl(data, target);
    if (!named || named.origin !== new URL(target).origin || named.username || named.password) {
      const where = named ? `at ${shownUrl(named.href)}` : "that is no URL";
      throw failure(
        "insecure_endpoint",
        target,
        `names an endpoint ${where}. It must have the same origin and no credentials.`,
      );
    }
    endpoint = named.href;
    if (open) open.named = true;
    open?.resolve();
  }

  async function* inbound(options: SendOptions): AsyncGenerator<Message, void, undefined> {
    const { onError } = options;
    let reason: unknown;
    const mine: Stream = { ...deferred(), waiting: new Set() };
    open = mine;
    try {
      const response = await http("GET", target, { accept: "text/event-stream" }, options, undefined, true);
      if (mediaType(response) !== "text/event-stream") throw unreadable(response, target);
      const queue: Message[] = [];
      let refused: unknown;
      const stream = eventStream(response, {
        limit: http.limit,
        spare: () => mine.waiting.size === 0,
        onEvent({ data, event = "message" }) {
          if (!data) return;
          try {
            if (event === "endpoint") take(data);
            else if (event === "message") for (const one of parseMessages(data, onError)) queue.push(one);
          } catch (error) {
            if (event === "endpoint") refused = error;
            else onError?.(error);
          }
        },
      });
      try {
        while ((await stream.pull()) !== undefined) {
          if (refused) throw refused;
          yield* queue.splice(0);
        }
      } finally {
        stream.cancel();
      }
    } catch (error) {
      reason = error;
      throw error;
    } finally {
      if (!isMcpError(reason)) reason = lost(target, reason);
      mine.reject(reason);
      for (const waiter of mine.waiting) waiter.reject(reason);
      // Another stream may have taken its place by now.
      if (open === mine) open = undefined;
    }
  }

  async function* send(
    message: Message,
    { signal, onActivity, asking }: SendOptions,
  ): AsyncGenerator<Message, void, undefined> {
    const posting = new AbortController();
    // The stream may end at any moment from here on, also while the POST is under way.
    const ended: Deferred<void> = deferred();
    const stream = open;
    if (!stream) throw lost(target);
    stream.waiting.add(ended);
    let stop: (() => void) | undefined;
    let posted = false;
    const off = onAbort(signal, (reason) => {
      const answered = reason === ANSWERED;
      if (answered) ended.resolve();
      else ended.reject(reason);
      // An answer may overtake the 202 of its own request; cutting that off would cost the connection.
      if (!posted) stop = clock.after(answered ? LINGER_MS : 0, () => posting.abort(reason));
    });
    try {
      if (!stream.named) await Promise.race([stream.promise, ended.promise]);
      const response = await http(
        "POST",
        endpoint,
        { accept: "application/json, text/event-stream", "content-type": "application/json" },
        { signal: posting.signal, asking },
        JSON.stringify(message),
      ).catch((error) => {
        throw inSession(error);
      });
      if (!isRequest(message)) return discard(response);
      // Some servers answer the POST itself; others fill the 202 with a word that is no message.
      if (/\bjson$/.test(mediaType(response))) {
        const text = await readText(response, http.limit, onActivity);
        let messages: readonly Message[] = [];
        try {
          messages = parseMessages(text);
        } catch {
          // Accepted; the answer comes on the stream.
        }
        yield* messages;
      } else discard(response);
      posted = true;
      await ended.promise;
    } finally {
      stream.waiting.delete(ended);
      off();
      stop?.();
    }
  }

  return { name: "http-sse", legacyOnly: true, shared: true, url: target, inbound, send, async close() {} };
}
