import type { EventSourceLike } from "../adapters/event-source.ts";
import type { Fetch } from "../adapters/fetch.ts";
import type { ReconnectPolicy } from "../core/flow/backoff.ts";
import type { AbortSignalLike, AuthProvider, Transport, Validator } from "../core/ports.ts";
import type {
  Implementation,
  JsonObject,
  LogLevel,
  Message,
  RpcNotification,
  ServerInfo,
  Status,
  Tool,
  ToolEvent,
  Verdict,
} from "../core/types.ts";
import type {
  AskContext,
  ElicitRequest,
  ElicitResult,
  Root,
  SampleRequest,
  SampleResult,
} from "./server-requests.ts";

/**
 * Who answers when the server asks something. Handlers of a client answer for all its requests; handlers of a request
 * come first, for what the server needs to know to carry that request out. A question on a channel that all requests
 * share is taken to belong to the request under way, if there is only one.
 *
 * Giving a handler declares the capability. Before 2026-07-28 that happens once, so the client has to have one too.
 */
export interface Handlers {
  /** Answers when the server asks the user for something. */
  readonly onElicit?:
    | ((request: ElicitRequest, context: AskContext) => ElicitResult | Promise<ElicitResult>)
    | undefined;
  /**
   * Answers when the server asks for a completion. A handler that throws an
   * `McpError` refuses with its `rpcCode`, such as -1 for "User rejected sampling request"; any other error is -32603.
   */
  readonly onSample?:
    | ((request: SampleRequest, context: AskContext) => SampleResult | Promise<SampleResult>)
    | undefined;
  /** Whether `onSample` can let the model call tools: requests then may have `tools`. Default false. */
  readonly sampleTools?: boolean | undefined;
  /** Lists the places the server may work in. */
  readonly onRoots?: ((context: AskContext) => readonly Root[] | Promise<readonly Root[]>) | undefined;
}

/** What every request takes. */
export interface RequestOptions extends Handlers {
  /** Cancels the request; it then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** Milliseconds without a sign of progress before giving up. Default: the client's. `Infinity` for never. */
  readonly timeout?: number | undefined;
  /** Milliseconds before giving up in any case. Default: the client's. */
  readonly maxTotalTimeout?: number | undefined;
  /** More members of `_meta`. */
  readonly meta?: JsonObject | undefined;
  /**
   * How often the request may be sent again when it is not known whether it was carried out. Default 0: at most
   * once. By default, a call whose connection was lost before a part of it was handed on goes once more when this
   * client has listed its tool as `readOnlyHint` or `idempotentHint`, unless `reconnect` is false; 0 forbids that.
   */
  readonly retry?: number | undefined;
  /** Ask the server even if `cache()` has an answer that is fresh, and keep the new one. */
  readonly fresh?: boolean | undefined;
}

/**
 * Something beyond the protocol's core, for `extensions` of a client. One that only tells the server that the
 * client supports something is a plain object: `{ declares: { "com.example/feature": {} } }`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#extension-negotiation
 */
export interface Extension {
  /**
   * Settings by the extension's identifier, declared as `capabilities.extensions`: in `initialize`, or with every
   * request on 2026-07-28.
   */
  readonly declares?: { readonly [id: string]: unknown } | undefined;
  /** Called once with each client that is given the extension. */
  attach?(client: ExtendedClient, host: ExtensionHost): void;
}

/** Where {@link Around} functions go. */
export interface ExtensionHost {
  /** What the client was made with. */
  readonly options: CreateClientOptions;
}

/**
 * Stands around a request: `next` sends it, with other `params` if given some, and resolves with the result as
 * it came; what this function resolves with is taken for the server's answer. It may answer without asking
 * `next`, ask more than once, one after the other, and follow up what came back. The extensions given first are
 * outermost. Not run for the handshake, nor for notifications.
 */
export type Around = (
  call: ExtendedCall,
  params: JsonObject | undefined,
  next: (params?: JsonObject) => Promise<JsonObject>,
) => Promise<JsonObject>;

/** A request of the application that passes through extensions. The client is ready to send by then. */
export interface ExtendedCall {
  /** What is asked for, such as `"tools/call"`. */
  readonly method: string;
  /** What the caller gave, an extension's own options included. */
  readonly options: RequestOptions;
  /** Aborted when the request is given up: by its caller, by a limit, by closing the client. */
  readonly signal: AbortSignalLike;
  /** The progress token it was last sent with. */
  readonly token: string;
  /** How many rounds of input it took so far. */
  readonly rounds: number;
  /** Its limits of time. */
  readonly deadline: {
    /** A sign of progress, and that none need be expected for so many milliseconds. */
    touch(ahead?: number): void;
    /** Stops the clock, until as many calls of `release`. */
    hold(): void;
    /** Lets it go on, with all of `timeout` ahead. */
    release(): void;
  };
  /** Makes events of a notification that belongs to the request. */
  hear(message: RpcNotification): void;
  /** Has `onElicit`, `onSample` or `onRoots` answer, with the clock stopped. */
  ask(method: unknown, params: JsonObject): Promise<JsonObject>;
}

/** What an extension sees of the client it is attached to. */
export interface ExtendedClient {
  /** The server, once connected. */
  readonly server: ServerInfo | undefined;
  /** As that of a client. */
  listTools(options?: RequestOptions): PromiseLike<readonly Tool[]>;
  /** As that of a client. */
  request(method: string, params?: JsonObject, options?: RequestOptions): PromiseLike<JsonObject>;
  /** As that of a client. */
  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): () => void;
}

/** What `callTool` takes besides what every request does. */
export interface CallOptions extends RequestOptions {
  /** Reject with `tool_error` when the tool says that it failed. Default false: such a result resolves. */
  readonly throwOnError?: boolean | undefined;
}

/** What `text()` and `textStream()` take. */
export interface TextOptions {
  /**
   * What else counts as text: messages of progress, log entries, or what a function makes of an event.
   * What tools stream as content always does.
   */
  readonly from?: "progress" | "log" | ((event: ToolEvent) => string | undefined) | undefined;
}

/** Takes log lines; `console` is one. Nothing secret is ever logged. */
export interface Logger {
  /** Something that helps to understand, and no more. */
  debug?(message: string, data?: unknown): void;
  /** Something that is wrong, and was coped with. */
  warn?(message: string, data?: unknown): void;
}

/** The bounds of what a server can make a client hold. */
export interface Limits {
  /** Largest message accepted, in bytes. Default 16 MiB. */
  readonly messageBytes?: number | undefined;
  /** Most pages of one listing. Default 1000. */
  readonly pages?: number | undefined;
  /** Most events of one call that wait to be read. Default 1000. */
  readonly queuedEvents?: number | undefined;
}

/** Options about the client, whatever it travels on. */
export interface ClientOptions extends Handlers {
  /** How this program introduces itself. */
  readonly clientInfo?: Implementation | undefined;
  /** Speak only this revision, such as `"2025-11-25"`. */
  readonly protocolVersion?: string | undefined;
  /** What an earlier negotiation found (`client.server.verdict`), to spare this one the probing. */
  readonly verdict?: Verdict | undefined;
  /** Milliseconds without a sign of progress before a request is given up. Default 60 000. */
  readonly timeout?: number | undefined;
  /** Milliseconds before a request is given up in any case. Default ten times `timeout`. */
  readonly maxTotalTimeout?: number | undefined;
  /** Bounds of what a server can make the client hold. */
  readonly limits?: Limits | undefined;
  /** How dropped streams and lost sessions are taken up again, or false for not. */
  readonly reconnect?: ReconnectPolicy | false | undefined;
  /** Checks results and list entries. `connect` uses `guards` unless this is given; `schemas` is stricter. */
  readonly validate?: Validator | undefined;
  /** Such as `tasks()`, `cache()`, `traceContext(…)`, or your own. The first is outermost. */
  readonly extensions?: readonly Extension[] | undefined;
  /** Where to tell what happens. Default: nowhere. */
  readonly logger?: Logger | undefined;
}

/** Options of `createClient`. */
export interface CreateClientOptions extends ClientOptions {
  /** How messages travel, such as `streamableHttp(url)`. */
  readonly transport: Transport;
}

/** Options of `connect`: those of the client and those of the wire, in one flat object. */
export interface ConnectOptions extends ClientOptions {
  /** Default `"auto"`. */
  readonly transport?: "auto" | "streamable-http" | "http-sse" | Transport | undefined;
  /** Headers for every request, or a function evaluated for each. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** A bearer token, or a provider of credentials. */
  readonly auth?: AuthProvider | string | undefined;
  /** Used in place of the platform's `fetch`. In React Native give one that streams, such as that of `expo/fetch`. */
  readonly fetch?: Fetch | undefined;
  /**
   * Carries the event streams that the server opens, where they need no headers: that of HTTP+SSE, and the GET
   * stream of a server of 2025-03-26 without sessions. All else is `fetch`. With `headers` or `auth`, opening
   * such a stream is refused (`capability_missing`).
   */
  readonly EventSource?: EventSourceLike | undefined;
  /** Whether the browser sends cookies. Default `"omit"`. */
  readonly credentials?: RequestCredentials | undefined;
  /** Aborts connecting; `connect` then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/** What `client.on` listens to. */
export interface ClientEvents {
  /** The client's new status. */
  status: Status;
  /** Every notification of the server, whatever else is made of it. */
  notification: { readonly method: string; readonly params: JsonObject };
  /** The server's list of tools changed. */
  toolsChanged: undefined;
  /** The server's list of prompts changed. */
  promptsChanged: undefined;
  /** The server's list of resources changed. */
  resourcesChanged: undefined;
  /** A log entry of the server, whether or not it belongs to a call. */
  log: { readonly level: LogLevel; readonly logger?: string; readonly data: unknown };
  /** The server could not be heard for a while: whatever it tells changes of may have changed. */
  resync: undefined;
  /** What no promise carries: a malformed event, an answer to nothing, a listener that threw. */
  error: unknown;
  /** Every wire message, for developer tools. */
  message: { readonly direction: "in" | "out"; readonly message: Message };
}
