import { type EventStream, eventStream, readText } from "../adapters/event-stream.ts";
import { shownUrl } from "../adapters/fetch.ts";
import { clock } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { delayBefore } from "../core/flow/backoff.ts";
import type { SendOptions } from "../core/ports.ts";
import type { Message } from "../core/types.ts";
import { HEADER, type HeaderMap } from "../core/wire/headers.ts";
import { isRequest, isResponse, RPC } from "../core/wire/jsonrpc.ts";
import { discard, type Http, mediaType } from "./http.ts";
import { parseMessages } from "./parse.ts";

/** Milliseconds a server has to end a stream by itself after the answer, so that its connection stays usable. */
export const LINGER_MS = 250;

/** The Streamable HTTP endpoint that a reply belongs to. */
export interface Endpoint {
  readonly url: string;
  readonly http: Http;
  readonly open: Set<Reply>;
  session: string | undefined;
  /** Headers of a request, with those that belong to the session. */
  headers(own: HeaderMap, mirrored: HeaderMap | undefined): HeaderMap;
}

/** The reply channel of one message; without a message, the standalone GET stream. */
export class Reply implements AsyncIterableIterator<Message> {
  readonly #transport: Endpoint;
  readonly #message: Message | undefined;
  readonly #options: SendOptions;
  #queue: Message[] = [];
  #head = 0;
  #stream: EventStream | undefined;
  #started = false;
  #ended = false;
  #answered = false;
  /** Attempts since the last message. */
  #attempts = 0;
  #retry: number | undefined;
  #lastEventId: string | undefined;
  /** Ids of the latest events, to know a replayed one. */
  #seen: Set<string> | undefined;

  constructor(transport: Endpoint, message: Message | undefined, options: SendOptions) {
    this.#transport = transport;
    this.#message = message;
    this.#options = options;
    transport.open.add(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message>> {
    // What one chunk held is handed out without touching the network.
    if (this.#head < this.#queue.length) return Promise.resolve({ value: this.#take(), done: false });
    return this.#advance();
  }

  async return(): Promise<IteratorResult<Message>> {
    if (!this.#ended) {
      this.#end();
      if (this.#answered) this.#linger();
      else this.#stream?.cancel();
    }
    return { value: undefined, done: true };
  }

  drop(): void {
    this.#end();
    this.#stream?.cancel();
  }

  #take(): Message {
    const message = this.#queue[this.#head++] as Message;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    return message;
  }

  #end(): void {
    this.#ended = true;
    this.#transport.open.delete(this);
  }

  async #advance(): Promise<IteratorResult<Message>> {
    try {
      while (this.#head === this.#queue.length) {
        if (this.#ended || !(await this.#read())) {
          this.#end();
          return { value: undefined, done: true };
        }
      }
      return { value: this.#take(), done: false };
    } catch (error) {
      this.#end();
      this.#stream?.cancel();
      throw this.#options.signal.aborted ? this.#options.signal.reason : error;
    }
  }

  /** Brings in more, from wherever this reply stands. False when there is no more. */
  async #read(): Promise<boolean> {
    if (!this.#started) {
      this.#started = true;
      return this.#message ? this.#post(this.#message) : this.#get();
    }
    if (!this.#stream) return false;
    let cause: unknown;
    try {
      if (await this.#stream.pull()) return true;
    } catch (error) {
      if (this.#options.signal.aborted || error instanceof McpError) throw error;
      cause = error;
    }
    this.#stream = undefined;
    return this.#answered || this.#ended ? false : this.#resume(cause);
  }

  async #post(message: Message): Promise<boolean> {
    const { http, url } = this.#transport;
    const { signal, onActivity } = this.#options;
    const opening = "method" in message && message.method === "initialize";
    if (opening) this.#transport.session = undefined;
    const used = this.#transport.session;
    const headers = this.#transport.headers(
      { accept: "application/json, text/event-stream", "content-type": "application/json" },
      this.#options.headers,
    );
    let response: Response;
    try {
      response = await http.request("POST", url, headers, signal, JSON.stringify(message));
    } catch (error) {
      throw used !== undefined && isGone(error) ? expired(error) : error;
    }
    // "session ids are taken from the handshake only", and are visible ASCII.
    const session = opening ? response.headers.get(HEADER.session) : null;
    if (session !== null && /^[\x21-\x7e]+$/.test(session)) this.#transport.session = session;
    if (!isRequest(message)) {
      discard(response);
      return false;
    }
    const type = mediaType(response);
    if (type === "text/event-stream") return this.#listen(response);
    if (response.status === 202 || response.status === 204) {
      discard(response);
      throw new McpError(
        "connection_lost",
        `${shownUrl(url)} accepted ${message.method} (${response.status}) and sent no answer.`,
        {
          status: response.status,
          url: shownUrl(url),
        },
      );
    }
    if (type !== "application/json" && !type.endsWith("+json")) {
      discard(response);
      throw new McpError(
        "content_type",
        `${shownUrl(url)} answered ${message.method} with "${type || "no content type"}" where JSON or an event ` +
          "stream was due. Is this the MCP endpoint?",
        { status: response.status, url: shownUrl(url) },
      );
    }
    let text: string;
    try {
      text = await readText(response.body, http.messageBytes, onActivity);
    } catch (error) {
      if (error instanceof McpError || signal.aborted) throw error;
      throw lost(url, error);
    }
    if (text.trim() === "") throw lost(url, undefined);
    this.#queue.push(...parseMessages(text, this.#options.onError));
    return true;
  }

  /** Opens the standalone stream, or resumes a dropped one. */
  async #get(): Promise<boolean> {
    const { http, url } = this.#transport;
    const used = this.#transport.session;
    const headers = this.#transport.headers({ accept: "text/event-stream" }, this.#options.headers);
    if (this.#lastEventId !== undefined) headers[HEADER.lastEventId] = this.#lastEventId;
    let response: Response;
    try {
      response = await http.request("GET", url, headers, this.#options.signal);
    } catch (error) {
      if (this.#options.signal.aborted) throw error;
      // For the standalone stream any refusal means that there is none.
      if (!this.#message && isRefusal(error)) return false;
      if (this.#message && used !== undefined && isGone(error)) throw expired(error);
      if (this.#message && isRefusal(error)) throw lost(url, error);
      return this.#resume(error);
    }
    if (mediaType(response) !== "text/event-stream") {
      discard(response);
      if (!this.#message) return false;
      throw lost(url, undefined);
    }
    return this.#listen(response);
  }

  #listen(response: Response): boolean {
    if (!response.body) return false;
    this.#stream = eventStream(response.body, {
      limit: this.#transport.http.messageBytes,
      onEvent: ({ data, id, event }) => {
        if (id !== undefined && this.#options.reconnect && this.#replayed(id)) return;
        if (data === "" || (event !== undefined && event !== "message")) return;
        try {
          for (const message of parseMessages(data, this.#options.onError)) {
            this.#attempts = 0;
            if (this.#message && isResponse(message)) this.#answered = true;
            this.#queue.push(message);
          }
        } catch (error) {
          // One malformed event is no reason to lose the answer behind it.
          this.#options.onError?.(error);
        }
      },
      onRetry: (ms) => {
        this.#retry = ms;
      },
    });
    return true;
  }

  #replayed(id: string): boolean {
    this.#lastEventId = id;
    this.#seen ??= new Set();
    if (this.#seen.has(id)) return true;
    this.#seen.add(id);
    if (this.#seen.size > 1000) this.#seen.delete(this.#seen.values().next().value as string);
    return false;
  }

  /**
   * After a drop: the stream of a request can be resumed when its events had ids, the standalone one is
   * opened again in any case.
   *
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
   */
  async #resume(cause: unknown): Promise<boolean> {
    const { reconnect, signal } = this.#options;
    const delay =
      reconnect && (!this.#message || this.#lastEventId !== undefined)
        ? delayBefore(this.#attempts++, reconnect, Math.random(), this.#retry)
        : undefined;
    if (delay === undefined) {
      if (!this.#message) return false;
      throw lost(this.#transport.url, cause);
    }
    await wait(delay, signal);
    return this.#ended ? false : this.#get();
  }

  /** Reads on to the end of an answered stream: cutting it off would cost its connection. */
  async #linger(): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    const stop = clock.after(LINGER_MS, () => stream.cancel());
    try {
      while (await stream.pull());
    } catch {
      // The answer is in; how its stream ends is no news.
    } finally {
      stop();
    }
  }
}

/** Resolves after `ms`, rejects with the signal's reason when that comes first. */
function wait(ms: number, signal: SendOptions["signal"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      stop();
      reject(signal.reason);
    };
    if (signal.aborted) return reject(signal.reason);
    const stop = clock.after(ms, () => {
      signal.removeEventListener("abort", stopped);
      resolve();
    });
    signal.addEventListener("abort", stopped, { once: true });
  });
}

/**
 * Whether a request with a session id was refused because the session is gone: with 404 as the specification
 * has it, or with the 400 that servers send which merely look the id up and were restarted.
 */
function isGone(error: unknown): boolean {
  if (!(error instanceof McpError) || error.rpcCode === RPC.methodNotFound) return false;
  return error.status === 404 || (error.status === 400 && /session/i.test(error.message));
}

/** The server answered, and not with a stream. */
function isRefusal(error: unknown): boolean {
  return error instanceof McpError && error.code !== "connect_failed" && error.code !== "rate_limited";
}

function expired(cause: unknown): McpError {
  return new McpError("session_expired", "The server no longer knows this session.", {
    cause,
    retryable: true,
  });
}

function lost(url: string, cause: unknown): McpError {
  return new McpError(
    "connection_lost",
    `The reply of ${shownUrl(url)} ended before the answer. Whether the request was carried out is unknown.`,
    { cause, url: shownUrl(url) },
  );
}
