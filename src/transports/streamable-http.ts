import { eventStream, readText, type TextReader } from "../adapters/event-stream.ts";
import { shownUrl } from "../adapters/fetch.ts";
import { clock, wait } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { delayBefore } from "../core/flow/backoff.ts";
import type { SendOptions, Transport } from "../core/ports.ts";
import type { Message } from "../core/types.ts";
import { HEADER, type HeaderMap } from "../core/wire/headers.ts";
import { isRequest, isResponse, RPC } from "../core/wire/jsonrpc.ts";
import { createHttp, discard, type HttpOptions, mediaType } from "./http.ts";
import { parseMessages } from "./parse.ts";

/** Milliseconds a server has to end a stream by itself after the answer, so that its connection stays usable. */
const LINGER_MS = 250;

/**
 * Streamable HTTP, the transport of 2025-03-26 and later: each message is a POST, its reply one JSON body
 * or a stream of events.
 *
 * @param url the MCP endpoint.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function streamableHttp(url: string | URL, options: HttpOptions = {}): Transport {
  const target = String(url);
  const http = createHttp(options);
  // "The client MUST handle the session ID in a secure manner": it leaves this function as a header only.
  let session: string | undefined;
  let version: HeaderMap = {};

  /** One HTTP request: the POST of `message`, or the GET that opens a stream or takes one up again. */
  async function request(
    message: Message | undefined,
    { signal, headers }: SendOptions,
    lastEventId: string | undefined,
  ): Promise<Response> {
    const opening = message && "method" in message && message.method === "initialize";
    if (opening) session = undefined;
    const own: HeaderMap = { accept: "application/json, text/event-stream", ...headers };
    if (message) own["content-type"] = "application/json";
    else own.accept = "text/event-stream";
    if (lastEventId !== undefined) own[HEADER.lastEventId] = lastEventId;
    if (headers?.[HEADER.version]) version = { [HEADER.version]: headers[HEADER.version] as string };
    const used = session;
    if (used) own[HEADER.session] = used;
    try {
      const response = await http(
        message ? "POST" : "GET",
        target,
        own,
        signal,
        message && JSON.stringify(message),
      );
      const given = opening && response.headers.get(HEADER.session);
      // "The session ID MUST only contain visible ASCII characters", and only a handshake gives one.
      if (given && /^[!-~]+$/.test(given)) session = given;
      return response;
    } catch (error) {
      throw used && isGone(error)
        ? new McpError("session_expired", "The server no longer knows this session.", {
            cause: error,
            retryable: true,
          })
        : error;
    }
  }

  /** The reply channel of one message; without a message, the standalone stream. */
  async function* replies(
    message: Message | undefined,
    options: SendOptions,
  ): AsyncGenerator<Message, void, undefined> {
    const { signal, reconnect, onActivity, onError } = options;
    const seen = new Set<string>();
    let posting = message;
    let attempts = 0;
    let answered = false;
    let lastEventId: string | undefined;
    let retry: number | undefined;

    const lost = (cause?: unknown, status?: number) =>
      new McpError(
        "connection_lost",
        `The reply of ${shownUrl(target)} ended before the answer; the request may have run.`,
        {
          cause,
          status,
          url: shownUrl(target),
        },
      );

    for (;;) {
      let cause: unknown;
      let stream: TextReader | undefined;
      try {
        const response = await request(posting, options, lastEventId);
        const { status, body } = response;
        const type = mediaType(response);
        if (posting && !isRequest(posting)) return discard(response);
        if (type !== "text/event-stream" || !body) {
          if (posting && /\bjson$/.test(type) && status !== 202) {
            const text = await readText(body, http.limit, onActivity);
            if (!text) throw lost(undefined, status);
            return yield* parseMessages(text, onError);
          }
          discard(response);
          if (!message) return;
          if (!posting || status === 202 || status === 204) throw lost(undefined, status);
          throw new McpError(
            "content_type",
            `${shownUrl(target)} answered with "${type}", not with JSON or an event stream. Is it an MCP endpoint?`,
            { status, url: shownUrl(target) },
          );
        }
        posting = undefined;
        let queue: Message[] = [];
        stream = eventStream(body, {
          limit: http.limit,
          onEvent({ data, id, event = "message" }) {
            if (id !== undefined && reconnect) {
              lastEventId = id;
              // What was seen already is replayed, and no news. The latest thousand are enough to tell.
              if (seen.has(id)) return;
              if (seen.add(id).size > 1000) seen.delete(seen.values().next().value as string);
            }
            if (!data || event !== "message") return;
            try {
              queue.push(...parseMessages(data, onError));
            } catch (error) {
              // One malformed event is no reason to lose the answer behind it.
              onError?.(error);
            }
          },
          onRetry: (ms) => {
            retry = ms;
          },
        });
        while ((await stream.pull()) !== undefined) {
          const batch = queue;
          queue = [];
          for (const one of batch) {
            attempts = 0;
            answered ||= message !== undefined && isResponse(one);
            yield one;
          }
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const { code } = error as McpError;
        // Only what the network did may be over on the next attempt.
        if (code && (posting || (code !== "connect_failed" && code !== "rate_limited"))) {
          if (posting || code === "limit_exceeded") throw error;
          // Taking it up again was refused; for the standalone stream any refusal means that there is none.
          if (message) throw lost(error);
          return;
        }
        if (posting) throw lost(error);
        cause = error;
      } finally {
        // Cutting off the end of an answered stream would cost its connection.
        if (answered) drain(stream);
        else stream?.cancel();
      }
      const delay =
        reconnect && !answered && (!message || lastEventId !== undefined)
          ? delayBefore(attempts++, reconnect, Math.random(), retry)
          : undefined;
      if (delay === undefined) {
        if (!message || answered) return;
        throw lost(cause);
      }
      await wait(delay, signal);
    }
  }

  return {
    name: "streamable-http",
    url: target,
    send: replies,
    inbound: (options) => replies(undefined, options),
    async close() {
      if (!session) return;
      // "Clients that no longer need a particular session SHOULD send an HTTP DELETE". Nobody waits for the
      // answer: it may be 405, and the server may be gone.
      const own = { ...version, [HEADER.session]: session };
      session = undefined;
      const ended = new AbortController();
      const stop = clock.after(LINGER_MS, () => ended.abort());
      http("DELETE", target, own, ended.signal)
        .then(discard, () => {})
        .finally(stop);
    },
  };
}

/** Reads a stream to its end, but not for long. */
async function drain(stream: TextReader | undefined): Promise<void> {
  if (!stream) return;
  const stop = clock.after(LINGER_MS, stream.cancel);
  try {
    while ((await stream.pull()) !== undefined);
  } catch {
    // The answer is in; how its stream ends is no news.
  }
  stop();
}

/**
 * Whether a request with a session id was refused because the session is gone: with 404 as the specification
 * has it, or with the 400 that servers send which merely look the id up and were restarted.
 */
function isGone(error: unknown): boolean {
  const { status, rpcCode, message } = error as McpError;
  return (status === 404 && rpcCode !== RPC.methodNotFound) || (status === 400 && /session/i.test(message));
}
