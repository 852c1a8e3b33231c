export type { EventSourceLike } from "./adapters/event-source.ts";
export type { Fetch } from "./adapters/fetch.ts";
export { parseEventStream, type ServerSentEvent } from "./adapters/parse-event-stream.ts";
export { around } from "./client/around.ts";
export { type CacheOptions, cache } from "./client/cache.ts";
export type { RequestCall } from "./client/call.ts";
export type { Client, ToolCall } from "./client/client.ts";
export { connect } from "./client/connect.ts";
export { createClient } from "./client/create-client.ts";
export {
  type ChangeEvent,
  type ListenFilter,
  type ListenOptions,
  listen,
  type Subscription,
} from "./client/listen.ts";
export type { Listing } from "./client/listing.ts";
export type {
  Around,
  CallOptions,
  ClientEvents,
  ClientOptions,
  ConnectOptions,
  CreateClientOptions,
  ExtendedCall,
  ExtendedClient,
  Extension,
  ExtensionHost,
  Handlers,
  Limits,
  Logger,
  RequestOptions,
  TextOptions,
} from "./client/options.ts";
export type {
  AskContext,
  ElicitRequest,
  ElicitResult,
  Root,
  SampleRequest,
  SampleResult,
} from "./client/server-requests.ts";
export { resumeTask, type TasksOptions, tasks } from "./client/tasks.ts";
export type {
  StandardIssue,
  StandardResult,
  StandardSchema,
  ToolShape,
  TypedResult,
  TypedTool,
} from "./client/tool.ts";
export { type OpenTelemetry, type TraceFields, traceContext } from "./client/trace-context.ts";
export { type ErrorCode, type ErrorDetails, isMcpError, McpError } from "./core/errors.ts";
export type { ReconnectPolicy } from "./core/flow/backoff.ts";
export type {
  AbortSignalLike,
  AuthChallenge,
  AuthProvider,
  SendOptions,
  Shape,
  Transport,
  Validator,
} from "./core/ports.ts";
export type {
  Annotations,
  AudioContent,
  CallEvent,
  ClientCapabilities,
  CompleteResult,
  CompletionReference,
  ContentBlock,
  EmbeddedResource,
  GetPromptResult,
  Icon,
  ImageContent,
  Implementation,
  JsonObject,
  LogLevel,
  Message,
  Prompt,
  PromptArgument,
  PromptMessage,
  ReadResourceResult,
  RequestId,
  Resource,
  ResourceContents,
  ResourceLink,
  ResourceTemplate,
  RpcFailure,
  RpcNotification,
  RpcRequest,
  RpcResponse,
  RpcResult,
  ServerCapabilities,
  ServerInfo,
  Status,
  Task,
  TextContent,
  TextSource,
  Tool,
  ToolAnnotations,
  ToolEvent,
  ToolResult,
  Verdict,
} from "./core/types.ts";
export { guards } from "./core/wire/guards.ts";
export { corsHeaders, type HeaderMap } from "./core/wire/headers.ts";
export { schemas } from "./core/wire/schemas.ts";
export { expandTemplate, type UriVariable } from "./core/wire/uri-template.ts";
export { auto } from "./transports/auto.ts";
export type { HttpOptions } from "./transports/http.ts";
export { httpSse } from "./transports/http-sse.ts";
export { type MemoryServer, memory } from "./transports/memory.ts";
export { streamableHttp } from "./transports/streamable-http.ts";
