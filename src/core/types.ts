/**
 * The shapes that travel: JSON-RPC messages, and the parts of MCP a caller sees. Names and fields are
 * the specification's; where revisions differ, a field is optional and says since when it exists.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/schema
 */

/** A JSON object whose members nobody has checked yet. */
export type JsonObject = { [key: string]: unknown };

/** Identifies a request for as long as it is in flight. Ours are integers. */
export type RequestId = string | number;

/**
 * A message that wants an answer.
 *
 * @see https://www.jsonrpc.org/specification#request_object
 */
export interface RpcRequest {
  /** The version of JSON-RPC. */
  readonly jsonrpc: "2.0";
  /** Comes back in the answer. No two requests in flight share one. */
  readonly id: RequestId;
  /** What is asked for, such as `"tools/call"`. */
  readonly method: string;
  /** By name only; `_meta` among them. */
  readonly params?: JsonObject | undefined;
}

/**
 * A message that has no answer.
 *
 * @see https://www.jsonrpc.org/specification#notification
 */
export interface RpcNotification {
  /** The version of JSON-RPC. */
  readonly jsonrpc: "2.0";
  /** What happened, such as `"notifications/progress"`. */
  readonly method: string;
  /** By name only; `_meta` among them. */
  readonly params?: JsonObject | undefined;
}

/**
 * The answer to a request that was carried out.
 *
 * @see https://www.jsonrpc.org/specification#response_object
 */
export interface RpcResult {
  /** The version of JSON-RPC. */
  readonly jsonrpc: "2.0";
  /** That of the request. */
  readonly id: RequestId;
  /** What the method gives; always an object in MCP. */
  readonly result: JsonObject;
}

/**
 * The answer to a request that was refused, or failed.
 *
 * @see https://www.jsonrpc.org/specification#error_object
 */
export interface RpcFailure {
  /** The version of JSON-RPC. */
  readonly jsonrpc: "2.0";
  /** Absent or null when the server could not read the id of what it refuses. */
  readonly id?: RequestId | null | undefined;
  /** The code says why, the message says it to people; `data` is the server's own. */
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** The answer to a request. */
export type RpcResponse = RpcResult | RpcFailure;

/** One JSON-RPC message, in either direction. */
export type Message = RpcRequest | RpcNotification | RpcResponse;

/** Name and version of a program, as it calls itself: for display, never for decisions. */
export interface Implementation {
  /** For programs; shown when there is no `title`. */
  readonly name: string;
  /** In whatever scheme the program uses. */
  readonly version: string;
  /** For people. */
  readonly title?: string;
  /** What it does, in a sentence or two (since 2025-11-25). */
  readonly description?: string;
  /** Where to read about it (since 2025-11-25). */
  readonly websiteUrl?: string;
  /** Pictures of it, in any order (since 2025-11-25). */
  readonly icons?: readonly Icon[];
}

/** A picture the server offers. Show it only from `https:` or `data:` and the server's own origin. */
export interface Icon {
  /** An `https:` or `data:` URL. Anything else is not to be loaded. */
  readonly src: string;
  /** Where it differs from what the URL gives. */
  readonly mimeType?: string;
  /** `"48x48"`, or `"any"` for what scales. */
  readonly sizes?: readonly string[];
  /** The background it was drawn for. */
  readonly theme?: "light" | "dark";
}

/**
 * What a server says it can do.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export interface ServerCapabilities {
  /** There are tools; `listChanged` when it tells of changes to the list. */
  readonly tools?: { readonly listChanged?: boolean };
  /** There are prompts; `listChanged` when it tells of changes to the list. */
  readonly prompts?: { readonly listChanged?: boolean };
  /** There are resources; `subscribe` when it tells of changes to one of them. */
  readonly resources?: { readonly listChanged?: boolean; readonly subscribe?: boolean };
  /** It sends log entries, as severe as `setLogLevel` asked for. */
  readonly logging?: JsonObject;
  /** It completes arguments. */
  readonly completions?: JsonObject;
  /** Calls may become tasks (2025-11-25). */
  readonly tasks?: JsonObject;
  /** What is in no revision. */
  readonly experimental?: JsonObject;
  /** Extensions by their id, with their settings (since 2026-07-28). */
  readonly extensions?: { readonly [id: string]: unknown };
}

/** What this client says it can do. Follows from the handlers it was given. */
export interface ClientCapabilities {
  /** `onRoots` was given. */
  readonly roots?: { readonly listChanged?: boolean };
  /** `onSample` was given. */
  readonly sampling?: JsonObject;
  /** `onElicit` was given; the ways of asking it can handle. */
  readonly elicitation?: JsonObject;
  /** What is in no revision. */
  readonly experimental?: JsonObject;
  /** Extensions by their id, with their settings (since 2026-07-28). */
  readonly extensions?: { readonly [id: string]: unknown };
}

/** Syslog severities, least severe first. */
export type LogLevel = "debug" | "info" | "notice" | "warning" | "error" | "critical" | "alert" | "emergency";

/** Hints for whoever shows or feeds a piece of content onward. */
export interface Annotations {
  /** Who it is meant for. Both, when it does not say. */
  readonly audience?: readonly ("user" | "assistant")[];
  /** From 0 (entirely optional) to 1 (effectively required). */
  readonly priority?: number;
  /** ISO 8601. */
  readonly lastModified?: string;
}

interface Block {
  /** How to show or use it. */
  readonly annotations?: Annotations;
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
}

/** Text. */
export interface TextContent extends Block {
  /** Tells the kinds of content apart. */
  readonly type: "text";
  /** As the server wrote it: not safe to use as HTML. */
  readonly text: string;
}

/** A picture, inline. */
export interface ImageContent extends Block {
  /** Tells the kinds of content apart. */
  readonly type: "image";
  /** Base64. */
  readonly data: string;
  /** Such as `"image/png"`. */
  readonly mimeType: string;
}

/** Sound, inline (since 2025-03-26). */
export interface AudioContent extends Block {
  /** Tells the kinds of content apart. */
  readonly type: "audio";
  /** Base64. */
  readonly data: string;
  /** Such as `"audio/wav"`. */
  readonly mimeType: string;
}

/** Points at a resource that `readResource` reads (since 2025-06-18). It need not be among those listed. */
export interface ResourceLink extends Block {
  /** Tells the kinds of content apart. */
  readonly type: "resource_link";
  /** What `readResource` takes. */
  readonly uri: string;
  /** For programs; shown when there is no `title`. */
  readonly name: string;
  /** For people. */
  readonly title?: string;
  /** What is in it. */
  readonly description?: string;
  /** Of its contents, when known. */
  readonly mimeType?: string;
  /** Bytes, before any Base64, when known. */
  readonly size?: number;
}

/** The contents of a resource, inline. */
export interface EmbeddedResource extends Block {
  /** Tells the kinds of content apart. */
  readonly type: "resource";
  /** The contents. */
  readonly resource: ResourceContents;
}

/** What tools and prompts produce, block by block. */
export type ContentBlock = TextContent | ImageContent | AudioContent | ResourceLink | EmbeddedResource;

/** The contents of a resource: `text`, or `blob` in Base64. */
export interface ResourceContents {
  /** Which resource they are of, or which part of the one that was read. */
  readonly uri: string;
  /** Of these contents, when known. */
  readonly mimeType?: string;
  /** The contents, when they are text. */
  readonly text?: string;
  /** The contents in Base64, when they are not. */
  readonly blob?: string;
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
}

/** Claims of a server about its tool. Hints, not facts. */
export interface ToolAnnotations {
  /** For people. `title` of the tool itself comes first. */
  readonly title?: string;
  /** It changes nothing. Default false. */
  readonly readOnlyHint?: boolean;
  /** What it changes may be lost. Default true; says nothing when it only reads. */
  readonly destructiveHint?: boolean;
  /** Calling it again with the same arguments changes nothing more. Default false. */
  readonly idempotentHint?: boolean;
  /** It deals with more than the server knows, such as the web. Default true. */
  readonly openWorldHint?: boolean;
}

/**
 * A tool, as the server lists it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools
 */
export interface Tool {
  /** What `callTool` takes. */
  readonly name: string;
  /** For people; may be absent, then `annotations.title` or `name` has to do. */
  readonly title?: string;
  /** For language models as much as for people. */
  readonly description?: string;
  /** JSON Schema of the arguments, exactly as the server sent it. */
  readonly inputSchema: JsonObject;
  /** JSON Schema of `structuredContent` (since 2025-06-18). */
  readonly outputSchema?: JsonObject;
  /** What the server claims about it. */
  readonly annotations?: ToolAnnotations;
  /** Whether a call may, or must, become a task (2025-11-25). Default `"forbidden"`. */
  readonly execution?: { readonly taskSupport?: "forbidden" | "optional" | "required" };
  /** Pictures of it, in any order (since 2025-11-25). */
  readonly icons?: readonly Icon[];
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
  /** What is wrong with this entry, when it does not have the shape of a tool. Ours, not the server's. */
  readonly issues?: readonly string[];
}

/**
 * A resource, as the server lists it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
 */
export interface Resource {
  /** What `readResource` takes. */
  readonly uri: string;
  /** For programs; shown when there is no `title`. */
  readonly name: string;
  /** For people. */
  readonly title?: string;
  /** What is in it. */
  readonly description?: string;
  /** Of its contents, when known. */
  readonly mimeType?: string;
  /** Bytes, before any Base64, when known. */
  readonly size?: number;
  /** How to show or use it. */
  readonly annotations?: Annotations;
  /** Pictures of it, in any order (since 2025-11-25). */
  readonly icons?: readonly Icon[];
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
  /** What is wrong with this entry, when it does not have the shape of a resource. Ours, not the server's. */
  readonly issues?: readonly string[];
}

/**
 * A family of resources, as the server lists it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
 */
export interface ResourceTemplate {
  /** RFC 6570. */
  readonly uriTemplate: string;
  /** For programs; shown when there is no `title`. */
  readonly name: string;
  /** For people. */
  readonly title?: string;
  /** What its resources are. */
  readonly description?: string;
  /** Of all its resources, when they have the same. */
  readonly mimeType?: string;
  /** How to show or use its resources. */
  readonly annotations?: Annotations;
  /** Pictures of it, in any order (since 2025-11-25). */
  readonly icons?: readonly Icon[];
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
  /** What is wrong with this entry, when it does not have the shape of a template. Ours, not the server's. */
  readonly issues?: readonly string[];
}

/** What a prompt wants to know. Its value is always a string. */
export interface PromptArgument {
  /** The key among the arguments of `getPrompt`. */
  readonly name: string;
  /** For people. */
  readonly title?: string;
  /** What to fill in. */
  readonly description?: string;
  /** Whether it must be given. Default false. */
  readonly required?: boolean;
}

/**
 * A prompt, as the server lists it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts
 */
export interface Prompt {
  /** What `getPrompt` takes. */
  readonly name: string;
  /** For people. */
  readonly title?: string;
  /** What it is for. */
  readonly description?: string;
  /** What it wants to know; nothing when absent. */
  readonly arguments?: readonly PromptArgument[];
  /** Pictures of it, in any order (since 2025-11-25). */
  readonly icons?: readonly Icon[];
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
  /** What is wrong with this entry, when it does not have the shape of a prompt. Ours, not the server's. */
  readonly issues?: readonly string[];
}

/** A message for a language model. */
export interface PromptMessage {
  /** Who says it. */
  readonly role: "user" | "assistant";
  /** What is said. */
  readonly content: ContentBlock;
}

/**
 * What `readResource` resolves with.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
 */
export interface ReadResourceResult {
  /** One entry, or several when the resource has parts, as a directory does. */
  readonly contents: readonly ResourceContents[];
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
}

/**
 * What `getPrompt` resolves with.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts
 */
export interface GetPromptResult {
  /** What the prompt is for. */
  readonly description?: string;
  /** The prompt, filled in. */
  readonly messages: readonly PromptMessage[];
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
}

/**
 * What `complete` resolves with.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion
 */
export interface CompleteResult {
  /** At most 100 values, the best first; `total` of all there are, when known. */
  readonly completion: {
    readonly values: readonly string[];
    readonly total?: number;
    readonly hasMore?: boolean;
  };
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
}

/** What a completion completes: an argument of a prompt, or a variable of a resource template. */
export type CompletionReference =
  | { readonly type: "ref/prompt"; readonly name: string }
  | { readonly type: "ref/resource"; readonly uri: string };

/** A long-running piece of work, as the server last described it. */
export interface Task {
  /** Names the task for as long as the server keeps it. */
  readonly taskId: string;
  /** The last three are the end of it. */
  readonly status: "working" | "input_required" | "completed" | "failed" | "cancelled";
  /** The status, for people. */
  readonly statusMessage?: string;
  /** ISO 8601. */
  readonly createdAt?: string;
  /** ISO 8601. */
  readonly lastUpdatedAt?: string;
  /** Milliseconds from creation until the server may forget it; null means unlimited. */
  readonly ttlMs?: number | null;
  /** Suggested milliseconds between two polls. */
  readonly pollIntervalMs?: number;
  /** `ttlMs`, on 2025-11-25. */
  readonly ttl?: number | null;
  /** `pollIntervalMs`, on 2025-11-25. */
  readonly pollInterval?: number;
}

/** The outcome of a tool call. An `isError` result is an answer, not an exception. */
export interface ToolResult {
  /** Blocks for a person or a language model; with `structuredContent` often the same as text. */
  readonly content: readonly ContentBlock[];
  /** For programs: what the tool's `outputSchema` describes (since 2025-06-18). */
  readonly structuredContent?: unknown;
  /** The tool ran and failed. Why is in `content`. */
  readonly isError: boolean;
  /** The text blocks of `content`, joined. */
  readonly text: string;
  /** `structuredContent`; else what `text` says when it is JSON; else undefined. */
  readonly data: unknown;
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
  /** The result object as it came. With nothing in it, `content` and `text` are what was streamed before. */
  readonly raw: JsonObject;
}

/** A piece of a tool call. */
export type ToolEvent = CallEvent<ToolResult>;

/** A piece of a request that ends in a `T`, in the order it arrived. `raw` is the wire message behind it. */
export type CallEvent<T> =
  | { readonly type: "text"; readonly delta: string; readonly source: TextSource; readonly raw: Message }
  | { readonly type: "content"; readonly content: ContentBlock; readonly raw: Message }
  | {
      readonly type: "progress";
      readonly progress: number;
      readonly total?: number;
      readonly message?: string;
      readonly raw: Message;
    }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly logger?: string;
      readonly data: unknown;
      readonly raw: Message;
    }
  | { readonly type: "task"; readonly task: Task; readonly raw: Message }
  | {
      readonly type: "notification";
      readonly method: string;
      readonly params: JsonObject;
      readonly raw: Message;
    }
  | { readonly type: "result"; readonly result: T; readonly raw: Message };

/** Where a piece of text came from: streamed by the tool, or what the final result had beyond that. */
export type TextSource = "stream" | "result";

/** The server as the client knows it after connecting. */
export interface ServerInfo {
  /** How it introduced itself; nothing when it did not. */
  readonly info: Implementation | undefined;
  /** What it said it can do. */
  readonly capabilities: ServerCapabilities;
  /** What it would tell a language model about itself. */
  readonly instructions: string | undefined;
  /** The revision that is spoken, such as `"2026-07-28"`. */
  readonly protocolVersion: string;
  /** `"streamable-http"`, `"http-sse"`, `"memory"`, or the name a custom transport gives itself. */
  readonly transport: string;
  /** What negotiation found out. Hand it to a later `connect` to spare that one the probing. */
  readonly verdict: Verdict;
}

/** The result of negotiation, as plain JSON. */
export interface Verdict {
  /** Where the server was found, when that is not the URL it was looked for at. */
  readonly url?: string;
  /** How it is reached: `"streamable-http"` or `"http-sse"`. */
  readonly transport: string;
  /** The revision it speaks. */
  readonly protocolVersion: string;
}

/** Where a client is in its life. */
export type Status = "idle" | "connecting" | "ready" | "reconnecting" | "authorizing" | "closed";
