import type { EventSourceLike } from "../adapters/event-source.ts";
import type { Fetch } from "../adapters/fetch.ts";
import type { ReconnectPolicy } from "../core/flow/backoff.ts";
import type { AbortSignalLike, AuthProvider, Transport, Validator } from "../core/ports.ts";
import type {
  ContentBlock,
  Implementation,
  JsonObject,
  LogLevel,
  Message,
  Prompt,
  Resource,
  Status,
  Tool,
  ToolAnnotations,
  ToolEvent,
  Verdict,
} from "../core/types.ts";

/** What every request takes. */
export interface RequestOptions {
  /** Cancels the request; it then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike;
  /** Milliseconds without a sign of progress before giving up. Default: the client's. `Infinity` for never. */
  readonly timeout?: number;
  /** Milliseconds before giving up in any case. Default: the client's. */
  readonly maxTotalTimeout?: number;
  /** More members of `_meta`. */
  readonly meta?: JsonObject;
  /**
   * How often the request may be sent again when it is not known whether it was carried out. Default 0:
   * at most once.
   */
  readonly retry?: number;
}

export interface CallOptions extends RequestOptions {
  /** Reject with `tool_error` when the tool says that it failed. Default false: such a result resolves. */
  readonly throwOnError?: boolean;
}

export interface TextOptions {
  /**
   * What else counts as text: messages of progress, log entries, or what a function makes of an event.
   * What tools stream as content always does.
   */
  readonly from?: "progress" | "log" | ((event: ToolEvent) => string | undefined);
}

/** Where a request of the server came from, and how to know that nobody needs an answer any more. */
export interface AskContext {
  readonly signal: AbortSignalLike;
}

/** The server asks the person at the client for something. */
export interface ElicitRequest {
  readonly mode?: "form" | "url";
  readonly message: string;
  /** What the answer's `content` must look like: a flat JSON Schema object (form). */
  readonly requestedSchema?: JsonObject;
  /** Where to send the person, after they agreed (url). */
  readonly url?: string;
  readonly elicitationId?: string;
  readonly _meta?: JsonObject;
}

export interface ElicitResult {
  readonly action: "accept" | "decline" | "cancel";
  /** With `accept`: the values. What is left out is filled from the schema's defaults. */
  readonly content?: JsonObject;
}

/** The server asks for a completion of the client's language model. */
export interface SampleRequest {
  readonly messages: readonly { readonly role: "user" | "assistant"; readonly content: unknown }[];
  readonly maxTokens: number;
  readonly systemPrompt?: string;
  readonly temperature?: number;
  readonly stopSequences?: readonly string[];
  readonly modelPreferences?: JsonObject;
  readonly includeContext?: "none" | "thisServer" | "allServers";
  readonly tools?: readonly JsonObject[];
  readonly toolChoice?: JsonObject;
  readonly metadata?: JsonObject;
  readonly _meta?: JsonObject;
}

export interface SampleResult {
  readonly role: "assistant" | "user";
  readonly content: ContentBlock | readonly (ContentBlock | JsonObject)[] | JsonObject;
  readonly model: string;
  readonly stopReason?: string;
}

/** A place the server may work in. */
export interface Root {
  /** A `file://` URI. */
  readonly uri: string;
  readonly name?: string;
}

type MaybePromise<T> = T | Promise<T>;

/** Takes log lines; `console` is one. Nothing secret is ever logged. */
export interface Logger {
  debug?(message: string, data?: unknown): void;
  warn?(message: string, data?: unknown): void;
}

/** The bounds of what a server can make a client hold. */
export interface Limits {
  /** Largest message accepted, in bytes. Default 16 MiB. */
  readonly messageBytes?: number;
  /** Most pages of one listing. Default 1000. */
  readonly pages?: number;
  /** Most events of one call that wait to be read. Default 1000. */
  readonly queuedEvents?: number;
}

/** Options about the client, whatever it travels on. */
export interface ClientOptions {
  /** How this program introduces itself. */
  readonly clientInfo?: Implementation;
  /** Speak only this revision, such as `"2025-11-25"`. */
  readonly protocolVersion?: string;
  /** What an earlier negotiation found (`client.server.verdict`), to spare this one the probing. */
  readonly verdict?: Verdict;
  /** Milliseconds without a sign of progress before a request is given up. Default 60 000. */
  readonly timeout?: number;
  /** Milliseconds before a request is given up in any case. Default ten times `timeout`. */
  readonly maxTotalTimeout?: number;
  readonly limits?: Limits;
  /** How dropped streams and lost sessions are taken up again, or false for not. */
  readonly reconnect?: ReconnectPolicy | false;
  /** Answers when the server asks the person for something. Giving it declares the capability. */
  readonly onElicit?: (request: ElicitRequest, context: AskContext) => MaybePromise<ElicitResult>;
  /** Answers when the server asks for a completion. Giving it declares the capability. */
  readonly onSample?: (request: SampleRequest, context: AskContext) => MaybePromise<SampleResult>;
  /** Lists the places the server may work in. Giving it declares the capability. */
  readonly onRoots?: (context: AskContext) => MaybePromise<readonly Root[]>;
  /** Checks results and list entries; `connect` uses `schemas` unless this is given. */
  readonly validate?: Validator;
  readonly logger?: Logger;
}

/** Options of `createClient`. */
export interface CreateClientOptions extends ClientOptions {
  readonly transport: Transport;
}

/** Options of `connect`: those of the client and those of the wire, in one flat object. */
export interface ConnectOptions extends ClientOptions {
  /** Default `"auto"`. */
  readonly transport?: "auto" | "streamable-http" | "http-sse" | Transport;
  /** Headers for every request, or a function evaluated for each. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** A bearer token, or a provider of credentials. */
  readonly auth?: AuthProvider | string;
  /** Used in place of the platform's `fetch`. */
  readonly fetch?: Fetch;
  /**
   * Carries the event streams that the server opens, where they need no headers: that of HTTP+SSE, and the GET
   * stream of a server of 2025-03-26 without sessions. All else is `fetch`. With `headers` or `auth`, opening
   * such a stream is refused (`capability_missing`).
   */
  readonly EventSource?: EventSourceLike;
  /** Whether the browser sends cookies. Default `"omit"`. */
  readonly credentials?: RequestCredentials;
  /** Stops connecting; `connect` then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike;
}

/** What `client.on` listens to. */
export interface ClientEvents {
  status: Status;
  /** Every notification of the server, whatever else is made of it. */
  notification: { readonly method: string; readonly params: JsonObject };
  toolsChanged: undefined;
  promptsChanged: undefined;
  resourcesChanged: undefined;
  log: { readonly level: LogLevel; readonly logger?: string; readonly data: unknown };
  /** The server could not be heard for a while: whatever it tells changes of may have changed. */
  resync: undefined;
  /** What no promise carries: a malformed event, an answer to nothing, a listener that threw. */
  error: unknown;
  /** Every wire message, for developer tools. */
  message: { readonly direction: "in" | "out"; readonly message: Message };
}

export type { Prompt, Resource, Tool, ToolAnnotations };
