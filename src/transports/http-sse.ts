import { type EventReader, eventStream, readText } from "../adapters/event-stream.ts";
import { failure, parseUrl, shownUrl, stays } from "../adapters/fetch.ts";
import type { ServerSentEvent } from "../adapters/parse-event-stream.ts";
import { clock } from "../adapters/timers.ts";
import { isMcpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { FLOOR_MS, LINGER_MS } from "../core/flow/backoff.ts";
import { type Deferred, deferred, IGNORE } from "../core/flow/deferred.ts";
import type { SendOptions, Transport } from "../core/ports.ts";
import { remove } from "../core/session/correlate.ts";
import type { Message } from "../core/types.ts";
import { isRequest } from "../core/wire/jsonrpc.ts";
import {
  discard,
  endpointOf,
  type HttpOptions,
  inSession,
  lost,
  mediaType,
  request,
  unreadable,
} from "./http.ts";
import { messagesOf } from "./parse.ts";

/** Milliseconds for the `endpoint` event, the first of its stream. Other servers have streams as well. */
const ENDPOINT_MS = 10_000;

interface Stream extends Deferred<void> {
  /** Those who need the stream to go on. It has nothing to say to them but how it ends. */
  readonly waiting: ((reason: unknown) => void)[];
}

/**
 * HTTP+SSE, the transport of 2024-11-05: one stream for everything the server says, whose `endpoint` event
 * names the URL to send to.
 *
 * @param url where the event stream is.
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export function httpSse(url: string | URL, options: HttpOptions = {}): Transport {
  const at = endpointOf(url, options);
  const { url: target } = at;
  let endpoint = "";
  /** The current stream, which resolves once it has named an endpoint. */
  let open: Stream | undefined;
  /** Ends a POST that is under way although its answer came. */
  const late: (() => void)[] = [];
  let rest: (() => void) | undefined;

  /** Ends those that stay late. One timer for all: most calls are late for a moment, and one each would cost more. */
  function watch(): void {
    const these = [...late];
    rest =
      these[0] &&
      clock.after(LINGER_MS, () => {
        for (const abort of these) if (remove(late, abort)) abort();
        watch();
      });
  }

  /** Takes an `endpoint` event, but none that would carry messages and headers elsewhere. */
  function take(data: string): void {
    const named = parseUrl(data, target);
    if (!named || !stays(named, target)) {
      const where = named ? shownUrl(named.href) : "no URL";
      const said = `names ${where} as its endpoint: not the same origin, or with credentials.`;
      throw failure("insecure_endpoint", target, said);
    }
    endpoint = named.href;
    open?.resolve();
  }

  async function* inbound(options: SendOptions): AsyncGenerator<Message, void, undefined> {
    let reason: unknown;
    let stream: EventReader<Message> | undefined;
    let stop = () => {};
    const mine: Stream = { ...deferred(), waiting: [] };
    open = mine;
    endpoint = "";
    const read = ({ data, event = "message" }: ServerSentEvent): readonly Message[] => {
      if (data && event === "endpoint") take(data);
      return data && event === "message" ? messagesOf(data, options.onError) : [];
    };
    try {
      const accept = { accept: "text/event-stream" };
      const response = await request(at, "GET", target, accept, options, undefined, true);
      if (mediaType(response) !== "text/event-stream") throw unreadable(response, target);
      stream = eventStream(response, { read, limit: at.limit, spare: () => !mine.waiting[0] });
      stop = clock.after(ENDPOINT_MS, () => {
        if (endpoint) return;
        reason = failure("invalid_message", target, "names no endpoint.");
        stream?.cancel();
      });
      for await (const some of stream) for (const one of some) yield one;
    } catch (error) {
      reason = isMcpError(error) ? error : lost(target, error);
      throw reason;
    } finally {
      stop();
      stream?.cancel();
      reason ??= lost(target);
      mine.reject(reason);
      for (const lose of [...mine.waiting, ...late]) lose(reason);
      rest = void rest?.();
      // Another stream may have taken its place by now.
      if (open === mine) open = undefined;
    }
  }

  async function* send(message: Message, options: SendOptions): AsyncGenerator<Message, void, undefined> {
    const { signal, onLeave } = options;
    const stream = open;
    if (!stream) throw lost(target);
    /** Resolves with what the POST itself was answered with, if with anything. */
    const answered: Deferred<readonly Message[]> = deferred();
    /** Runs when the POST is over that is under way. */
    let posted: (() => unknown) | undefined;
    const lose = (reason: unknown) => {
      if (!posted) return answered.reject(reason);
      // The server may still say why, but not take its time: a session that is gone, and its stream with it.
      const stop = clock.after(FLOOR_MS, () => answered.reject(reason));
      posted = () => {
        stop();
        answered.reject(reason);
      };
    };

    async function post(): Promise<void> {
      try {
        if (!endpoint) await stream?.promise;
        if (signal.aborted) throw signal.reason;
        posted = IGNORE;
        const response = await request(
          at,
          "POST",
          endpoint,
          { accept: "application/json, text/event-stream", "content-type": "application/json" },
          options,
          message,
        );
        const asked = isRequest(message);
        // Some servers answer the POST itself; others fill the 202 with a word that is no message.
        if (asked && /\bjson$/.test(mediaType(response))) {
          const replies = messagesOf(await readText(response, at.limit, options.onActivity));
          if (replies[0]) answered.resolve(replies);
        } else discard(response);
        if (!asked) answered.resolve([]);
      } catch (error) {
        answered.reject(signal.aborted ? error : inSession(error));
      }
      posted?.();
      posted = undefined;
    }

    stream.waiting.push(lose);
    const off = onLeave ? IGNORE : onAbort(signal, answered.reject);
    onLeave?.((abort) => {
      if (signal.aborted) return answered.reject(signal.reason);
      answered.resolve([]);
      if (!posted) return;
      // An answer may overtake the 202 of its own request; cutting that off would cost the connection.
      late.push(abort);
      if (!rest) watch();
      posted = () => remove(late, abort);
    });
    post();
    try {
      for (const one of await answered.promise) yield one;
    } finally {
      remove(stream.waiting, lose);
      off();
    }
  }

  return {
    name: "http-sse",
    legacyOnly: true,
    shared: true,
    url: target,
    inbound,
    send,
    async close() {},
  };
}
