import type { ReconnectPolicy } from "./flow/backoff.ts";
import type { Message, Verdict } from "./types.ts";
import type { HeaderMap } from "./wire/headers.ts";

/**
 * What the outside must provide. The core and the client know the world only through these.
 */

/** The part of `AbortSignal` the library uses. */
export interface AbortSignalLike {
  /** Whether it is over. */
  readonly aborted: boolean;
  /** Why, once it is. */
  readonly reason: unknown;
  /** Hears of the end. */
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  /** No longer does. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Largest message accepted unless `limits.messageBytes` says otherwise. */
export const MESSAGE_BYTES = 16_777_216;

/**
 * Why a reply channel is dropped whose answer came on a shared stream, when nothing was given to `onLeave`. The
 * same in every copy of the library.
 */
export const ANSWERED: unique symbol = Symbol.for("mcp-rivulet.answered");

/** What goes with a message. For those who write a {@link Transport}. */
export interface SendOptions {
  /** Aborted when nobody waits for the reply any more: drop the connection and end the iterable. */
  readonly signal: AbortSignalLike;
  /** Headers that mirror the message. A transport without headers ignores them. */
  readonly headers?: HeaderMap;
  /** Call when a part of a reply came in that is not a message yet, so that long bodies count as life. */
  readonly onActivity?: () => void;
  /** A dropped stream may be taken up again, this patiently: the revisions with a handshake allow that. */
  readonly reconnect?: ReconnectPolicy;
  /** Call with what went wrong without ending the reply, such as one malformed event. */
  readonly onError?: (error: unknown) => void;
  /**
   * Call when the stream of `inbound` is open, and whenever it is again without what came in between. A call whose parts
   * may come there waits for that, a second at most.
   */
  readonly onOpen?: () => void;
  /** Call when a person is asked first: until the promise settles, no clock should run. */
  readonly asking?: (answered: Promise<unknown>) => void;
  /**
   * Call, on a shared stream, with what ends the reply: it runs when `signal` is aborted, and in place of that when
   * the answer has come. What is still being sent may finish then; what does not is for `abort`.
   */
  readonly onLeave?: (leave: (abort: () => void) => void) => void;
}

/**
 * Carries messages. The reply channel of a message is an async iterable, so its end, its failure and its
 * cancelling are known by construction: an iterable that ends without the answer means the answer is lost.
 */
export interface Transport {
  /** Shown as `client.server.transport`. */
  readonly name?: string;
  /** Only revisions with a handshake travel here; the client does not try others. */
  readonly legacyOnly?: boolean;
  /**
   * All replies share one channel: they arrive on `inbound`, `send` ends or throws only when they no
   * longer can, and giving up takes a `notifications/cancelled` since there is no stream to close.
   */
  readonly shared?: boolean;
  /** Where messages go, for errors and for remembering what was negotiated. */
  readonly url?: string;
  /** One message out; what comes back on its own reply channel. Leaving the loop cancels it. */
  send(message: Message, options: SendOptions): AsyncIterable<Message>;
  /** Messages tied to no request (legacy GET stream, HTTP+SSE). Absent in the stateless era. */
  inbound?(options: SendOptions): AsyncIterable<Message>;
  /** Goes on to another way of reaching the server after `error`. False when there is none left. */
  fallback?(error: unknown): boolean;
  /** Starts where an earlier negotiation ended, if it knows that way. */
  recall?(verdict: Verdict): void;
  /**
   * The headers that would say who the caller is, were a request sent now: where they are the same, so is the
   * caller. Absent or undefined when it is not known what a request carries, such as cookies.
   */
  credentials?(): Promise<HeaderMap> | undefined;
  /** Ends what is open, tells the server when that takes no more than one request, and waits for nothing. */
  close(): Promise<void>;
}

/** What a 401 or 403 said. */
export interface AuthChallenge {
  /** The endpoint that refused, as it was given. */
  readonly url: string;
  /** 401 or 403. */
  readonly status: number;
  /** The `WWW-Authenticate` header, when the server sent it and the browser shows it. */
  readonly header: string | null;
  /** The `Authorization` header of the request that was refused: credentials may have changed since. */
  readonly sent?: string;
  /** How often this request was tried before. */
  readonly attempt?: number;
  /** Aborted when nobody waits for the request any more. */
  readonly signal?: AbortSignalLike;
  /** Call when a person is asked: until the promise settles, no clock runs against the request. */
  readonly asking?: (answered: Promise<unknown>) => void;
}

/** Lends credentials to requests. */
export interface AuthProvider {
  /** Headers for one request. Called for each. */
  headers(request: { readonly url: string; readonly method: string }): HeaderMap | Promise<HeaderMap>;
  /** After a 401 or 403. True when credentials changed, so that the request is worth one more try. */
  challenged?(challenge: AuthChallenge): Promise<boolean>;
  /** Sees the headers of every answer, such as `DPoP-Nonce`. */
  answered?(url: string, headers: { get(name: string): string | null }): void;
}

/**
 * Keeps what an {@link AuthProvider} must remember. Values are plain data that JSON can carry, except keys of
 * DPoP, which only a store with `keys` is given.
 */
export interface Store {
  /** What was kept under the key, or undefined; also as a promise. */
  get(key: string): unknown;
  /** Keeps it, in place of what was there. */
  set(key: string, value: unknown): void | Promise<void>;
  /** Forgets it; nothing to forget is no failure. */
  delete(key: string): void | Promise<void>;
  /** Whether it outlives the page, so that a sign-in may leave the page and come back. */
  readonly persistent?: boolean;
  /** Whether it keeps a `CryptoKey` that cannot be exported. */
  readonly keys?: boolean;
}

/** Time, as far as anybody here needs it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Runs `action` once after `ms`; the function it returns takes that back. */
  after(ms: number, action: () => void): () => void;
}

/** What a result or a list entry is checked against, by its name in the specification's schema. */
export type Shape =
  | "InitializeResult"
  | "DiscoverResult"
  | "CallToolResult"
  | "ReadResourceResult"
  | "GetPromptResult"
  | "CompleteResult"
  | "Tool"
  | "Resource"
  | "ResourceTemplate"
  | "Prompt";

/** Says what is wrong with `value`, or nothing. Must not change it. `tool` is whose result it is. */
export type Validator = (shape: Shape, value: unknown, tool?: unknown) => string | undefined;
