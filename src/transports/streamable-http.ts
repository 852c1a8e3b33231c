import { type EventReader, eventStream, readText } from "../adapters/event-stream.ts";
import { failure, pageElsewhere, platformFetch } from "../adapters/fetch.ts";
import type { ServerSentEvent } from "../adapters/parse-event-stream.ts";
import { clock, STEADY_MS, wait } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { delayBefore, LINGER_MS, SILENT_MS } from "../core/flow/backoff.ts";
import type { SendOptions, Transport } from "../core/ports.ts";
import type { Message, RpcRequest } from "../core/types.ts";
import { type HeaderMap, LAST_EVENT_ID, SESSION_HEADER, utf8, VERSION_HEADER } from "../core/wire/headers.ts";
import { isRequest, isResponse } from "../core/wire/jsonrpc.ts";
import {
  discard,
  type Endpoint,
  endpointOf,
  type HttpOptions,
  headersFor,
  inSession,
  lost,
  mediaType,
  request,
  unreadable,
} from "./http.ts";
import { messagesOf, parseMessages } from "./parse.ts";

/**
 * Streamable HTTP, the transport of 2025-03-26 and later: each message is a POST, its reply one JSON body
 * or a stream of events.
 *
 * @param url the MCP endpoint.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function streamableHttp(url: string | URL, options: HttpOptions = {}): Transport {
  // "The client MUST handle the session ID in a secure manner": it leaves this object as a header only.
  const at = endpointOf(url, options);
  return {
    name: "streamable-http",
    url: at.url,
    send: (message, options) => replies(at, message, options),
    inbound: (options) => replies(at, undefined, options),
    // Nobody here sees cookies, nor what another `fetch` adds.
    credentials:
      at.credentials === "omit" && at.fetch === platformFetch
        ? () => headersFor(at, at.url, "POST", {})
        : undefined,
    async close() {
      const { session, version } = at;
      if (!session) return;
      // "Clients that no longer need a particular session SHOULD send an HTTP DELETE". Nobody waits for the
      // answer: it may be 405, and the server may be gone.
      const own: HeaderMap = { [SESSION_HEADER]: session };
      if (version) own[VERSION_HEADER] = version;
      at.session = undefined;
      const ended = new AbortController();
      const stop = clock.after(LINGER_MS, () => ended.abort());
      request(at, "DELETE", at.url, own, ended)
        .then(discard, () => {})
        .finally(stop);
    },
  };
}

/** One HTTP request: the POST of `message`, or the GET that opens a stream or takes one up again. */
async function ask(
  at: Endpoint,
  message: Message | undefined,
  options: SendOptions,
  lastEventId: string | undefined,
  endless: boolean,
): Promise<Response> {
  const { url } = at;
  const { headers } = options;
  const opening = (message as RpcRequest | undefined)?.method === "initialize";
  if (opening) at.session = at.streamed = undefined;
  const own: HeaderMap = message
    ? { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers }
    : { accept: "text/event-stream", ...headers };
  // As WHATWG has it: the bytes of its UTF-8 form.
  if (lastEventId !== undefined) own[LAST_EVENT_ID] = utf8(lastEventId);
  at.version = headers?.[VERSION_HEADER];
  const used = at.session;
  if (used) own[SESSION_HEADER] = used;
  try {
    const response = await request(at, message ? "POST" : "GET", url, own, options, message, endless);
    // "The session ID MUST only contain visible ASCII characters", and only a handshake gives one.
    if (opening) at.session = /^[!-~]+$/.exec(response.headers.get(SESSION_HEADER) ?? "")?.[0] ?? "";
    return response;
  } catch (error) {
    if (used) throw inSession(error);
    const status = (error as McpError | undefined)?.status;
    // A session was begun, but a browser shows no header that the server does not name.
    if (used === "" && status === 400 && pageElsewhere(url)) {
      const line = '"Access-Control-Expose-Headers: Mcp-Session-Id"';
      const said = `hides the id of its session from pages: it must send ${line}.`;
      throw failure("cors_blocked", url, said, { cause: error, status });
    }
    throw error;
  }
}

/** The reply channel of one message; without a message, the standalone stream. */
async function* replies(
  at: Endpoint,
  message: Message | undefined,
  options: SendOptions,
): AsyncGenerator<Message, void, undefined> {
  const { signal, reconnect, onActivity, onError, onOpen } = options;
  let seen: Set<string> | undefined;
  let posting = message;
  const { url } = at;
  // What a subscription misses is made up for by whoever listens.
  const spare = !message || (message as RpcRequest).method === "subscriptions/listen";
  let attempts = 0;
  let answered = false;
  let resumed = false;
  let lastEventId: string | undefined;
  let within: string | undefined;
  let retry: number | undefined;

  /** The messages of an event that are not known yet. */
  function read({ data, id, event = "message" }: ServerSentEvent): readonly Message[] {
    if (id !== undefined && reconnect) {
      // It has to fit in a header. An empty one takes back the one before.
      lastEventId = /^[^\0-\x1f\x7f]{1,999}$/.test(id) ? id : undefined;
      // What came before the drop too is replayed, and no news. The latest thousand are enough to tell.
      seen ??= new Set();
      if (resumed && seen.has(id)) return [];
      if (lastEventId && seen.add(id).size > 1000) seen.delete(seen.values().next().value as string);
    }
    // HTTP+SSE, opened for a POST as for a GET: some servers do not look at the method. No answer will come.
    if (message && event === "endpoint") throw lost(url);
    // Behind the answer there is nothing to hear.
    return data && event === "message" && !answered ? messagesOf(data, onError) : [];
  }

  for (;;) {
    let cause: unknown;
    let stream: EventReader<Message> | undefined;
    let since = Number.POSITIVE_INFINITY;
    let tell = lastEventId === undefined ? onOpen : undefined;
    const open = () => {
      tell?.();
      tell = undefined;
    };
    // Not even headers come from some servers, and to pages in Firefox none before the first byte behind them.
    const stop = tell && clock.after(SILENT_MS, open);
    try {
      const asked = ask(at, posting, options, lastEventId, spare);
      // Of the session it is sent in, since that may be renewed meanwhile; a handshake begins its own.
      within ??= at.session;
      const response = await asked;
      const { status } = response;
      const type = mediaType(response);
      if (posting && !isRequest(posting)) return discard(response);
      if (type !== "text/event-stream") {
        if (posting && /\bjson$/.test(type)) {
          const text = await readText(response, at.limit, onActivity).catch((error) => {
            throw error instanceof McpError ? error : lost(url, error, status);
          });
          if (!text) throw lost(url, undefined, status);
          for (const one of parseMessages(text, onError)) yield one;
          return;
        }
        discard(response);
        if (!posting || response.body === null || status === 202) throw lost(url, undefined, status);
        throw unreadable(response, url);
      }
      within ??= at.session;
      posting = undefined;
      if (!message) at.streamed = true;
      since = clock.now();
      open();
      stream = eventStream(response, {
        read,
        limit: at.limit,
        spare: () => spare || (!!reconnect && lastEventId !== undefined),
        onRetry: (ms) => {
          retry = ms;
        },
      });
      for await (const some of stream) {
        for (const one of some) {
          attempts = 0;
          answered ||= isResponse(one) && one.id === (message as RpcRequest | undefined)?.id;
          yield one;
        }
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const { code, status, retryAfterMs = retry } = (error ?? {}) as McpError;
      if (posting) throw error;
      // Only what the network did may be over on the next attempt, or its gateway. That of a stream which was there
      // may hide that the session is gone.
      const network = message || !at.streamed ? code + status : code;
      if (code && !/^connect_|^rate|50[234]$/.test(network)) {
        if (/^(limit|capab)/.test(code)) throw error;
        // Taking it up again was refused; of a standalone stream that was not there yet it means that there is none.
        if (message || ((attempts || at.streamed) && status !== 405)) throw lost(url, error);
        return;
      }
      cause = error;
      retry = retryAfterMs;
    } finally {
      stop?.();
      // Cutting off the end of an answered stream would cost its connection.
      if (answered) drain(stream as EventReader<Message>);
      else stream?.cancel();
    }
    if (answered) return;
    if (clock.now() - since > STEADY_MS) attempts = 0;
    const delay =
      reconnect && (!message || lastEventId !== undefined)
        ? delayBefore(attempts++, reconnect, Math.random(), retry)
        : undefined;
    // One that never was is not lost.
    if (delay === undefined) throw message || at.streamed ? lost(url, cause) : cause;
    await wait(delay, signal, url);
    // Ids of events are those of a session: in another they may be of other streams.
    if (message && at.session !== within) throw lost(url, cause);
    resumed = true;
  }
}

/** Reads a stream to its end, but not for long. */
async function drain(stream: EventReader<unknown>): Promise<void> {
  const stop = clock.after(LINGER_MS, stream.cancel);
  try {
    for await (const _ of stream);
  } catch {
    // The answer is in; how its stream ends is no news.
  }
  stop();
  stream.cancel();
}
