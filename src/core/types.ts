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

export interface RpcRequest {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcNotification {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcResult {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly result: JsonObject;
}

export interface RpcFailure {
  readonly jsonrpc: "2.0";
  /** Absent or null when the server could not read the id of what it refuses. */
  readonly id?: RequestId | null;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export type RpcResponse = RpcResult | RpcFailure;

/** One JSON-RPC message, in either direction. */
export type Message = RpcRequest | RpcNotification | RpcResponse;

/** Name and version of a program, as it calls itself: for display, never for decisions. */
export interface Implementation {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly description?: string;
  readonly websiteUrl?: string;
  readonly icons?: readonly Icon[];
}

/** A picture the server offers. Show it only from `https:` or `data:` and the server's own origin. */
export interface Icon {
  readonly src: string;
  readonly mimeType?: string;
  readonly sizes?: readonly string[];
  readonly theme?: "light" | "dark";
}

export interface ServerCapabilities {
  readonly tools?: { readonly listChanged?: boolean };
  readonly prompts?: { readonly listChanged?: boolean };
  readonly resources?: { readonly listChanged?: boolean; readonly subscribe?: boolean };
  readonly logging?: JsonObject;
  readonly completions?: JsonObject;
  readonly tasks?: JsonObject;
  readonly experimental?: JsonObject;
  readonly extensions?: { readonly [id: string]: unknown };
}

export interface ClientCapabilities {
  readonly roots?: { readonly listChanged?: boolean };
  readonly sampling?: JsonObject;
  readonly elicitation?: JsonObject;
  readonly experimental?: JsonObject;
  readonly extensions?: { readonly [id: string]: unknown };
}

/** Syslog severities, least severe first. */
export type LogLevel = "debug" | "info" | "notice" | "warning" | "error" | "critical" | "alert" | "emergency";

/** Hints for whoever shows or feeds a piece of content onward. */
export interface Annotations {
  readonly audience?: readonly ("user" | "assistant")[];
  /** From 0 (entirely optional) to 1 (effectively required). */
  readonly priority?: number;
  /** ISO 8601. */
  readonly lastModified?: string;
}

interface Block {
  readonly annotations?: Annotations;
  readonly _meta?: JsonObject;
}

export interface TextContent extends Block {
  readonly type: "text";
  readonly text: string;
}

export interface ImageContent extends Block {
  readonly type: "image";
  /** Base64. */
  readonly data: string;
  readonly mimeType: string;
}

export interface AudioContent extends Block {
  readonly type: "audio";
  /** Base64. */
  readonly data: string;
  readonly mimeType: string;
}

export interface ResourceLink extends Block {
  readonly type: "resource_link";
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly size?: number;
}

export interface EmbeddedResource extends Block {
  readonly type: "resource";
  readonly resource: ResourceContents;
}

/** What tools and prompts produce, block by block. */
export type ContentBlock = TextContent | ImageContent | AudioContent | ResourceLink | EmbeddedResource;

/** The contents of a resource: `text`, or `blob` in Base64. */
export interface ResourceContents {
  readonly uri: string;
  readonly mimeType?: string;
  readonly text?: string;
  readonly blob?: string;
  readonly _meta?: JsonObject;
}

/** Claims of a server about its tool. Hints, not facts. */
export interface ToolAnnotations {
  readonly title?: string;
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

export interface Tool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** JSON Schema of the arguments, exactly as the server sent it. */
  readonly inputSchema: JsonObject;
  /** JSON Schema of `structuredContent` (since 2025-06-18). */
  readonly outputSchema?: JsonObject;
  readonly annotations?: ToolAnnotations;
  readonly icons?: readonly Icon[];
  readonly _meta?: JsonObject;
  /** What is wrong with this entry, when it does not have the shape of a tool. Ours, not the server's. */
  readonly issues?: readonly string[];
}

export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly size?: number;
  readonly annotations?: Annotations;
  readonly icons?: readonly Icon[];
  readonly _meta?: JsonObject;
  readonly issues?: readonly string[];
}

export interface ResourceTemplate {
  /** RFC 6570. */
  readonly uriTemplate: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly annotations?: Annotations;
  readonly icons?: readonly Icon[];
  readonly _meta?: JsonObject;
  readonly issues?: readonly string[];
}

export interface PromptArgument {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly required?: boolean;
}

export interface Prompt {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly arguments?: readonly PromptArgument[];
  readonly icons?: readonly Icon[];
  readonly _meta?: JsonObject;
  readonly issues?: readonly string[];
}

export interface PromptMessage {
  readonly role: "user" | "assistant";
  readonly content: ContentBlock;
}

export interface ReadResourceResult {
  readonly contents: readonly ResourceContents[];
  readonly _meta?: JsonObject;
}

export interface GetPromptResult {
  readonly description?: string;
  readonly messages: readonly PromptMessage[];
  readonly _meta?: JsonObject;
}

export interface CompleteResult {
  readonly completion: {
    readonly values: readonly string[];
    readonly total?: number;
    readonly hasMore?: boolean;
  };
  readonly _meta?: JsonObject;
}

/** What a completion completes: an argument of a prompt, or a variable of a resource template. */
export type CompletionReference =
  | { readonly type: "ref/prompt"; readonly name: string }
  | { readonly type: "ref/resource"; readonly uri: string };

/** A long-running piece of work, as the server last described it. */
export interface Task {
  readonly taskId: string;
  readonly status: "working" | "input_required" | "completed" | "failed" | "cancelled";
  readonly statusMessage?: string;
  readonly createdAt?: string;
  readonly lastUpdatedAt?: string;
  /** Milliseconds from creation until the server may forget it; null means unlimited. */
  readonly ttl?: number | null;
  /** Suggested milliseconds between two looks. */
  readonly pollInterval?: number;
}

/** The outcome of a tool call. An `isError` result is an answer, not an exception. */
export interface ToolResult {
  readonly content: readonly ContentBlock[];
  readonly structuredContent?: unknown;
  readonly isError: boolean;
  /** The text blocks of `content`, joined. */
  readonly text: string;
  /** `structuredContent`; else what `text` says when it is JSON; else undefined. */
  readonly data: unknown;
  readonly _meta?: JsonObject;
  /** The result object as it came. With no content in it, `content` and `text` are what was streamed before. */
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
  readonly info: Implementation | undefined;
  readonly capabilities: ServerCapabilities;
  readonly instructions: string | undefined;
  readonly protocolVersion: string;
  /** `"streamable-http"`, `"http-sse"`, `"memory"`, or the name a custom transport gives itself. */
  readonly transport: string;
  /** What negotiation found out. Hand it to a later `connect` to spare that one the probing. */
  readonly verdict: Verdict;
}

/** The result of negotiation, as plain JSON. */
export interface Verdict {
  readonly url?: string;
  readonly transport: string;
  readonly protocolVersion: string;
}

/** Where a client is in its life. */
export type Status = "idle" | "connecting" | "ready" | "reconnecting" | "authorizing" | "closed";
