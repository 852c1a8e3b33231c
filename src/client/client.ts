import { toolResult } from "../core/flow/events.ts";
import type { Shape } from "../core/ports.ts";
import type {
  CompleteResult,
  CompletionReference,
  GetPromptResult,
  JsonObject,
  LogLevel,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  ServerInfo,
  Status,
  Tool,
  ToolResult,
} from "../core/types.ts";
import { notification } from "../core/wire/jsonrpc.ts";
import { Call, type RequestCall } from "./call.ts";
import { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import type { Inbound } from "./inbound.ts";
import { type Listing, Pages } from "./listing.ts";
import type { CallOptions, ClientEvents, CreateClientOptions, RequestOptions } from "./options.ts";
import { conform, finished, type ToolShape, type TypedResult, type TypedTool } from "./tool.ts";

/** A tool call under way: await it for the {@link ToolResult}, iterate it for its events. */
export interface ToolCall extends RequestCall<ToolResult> {}

/** What `connect` resolves with: one MCP server, whatever revision it speaks. */
export interface Client extends AsyncDisposable {
  /** Where the client is in its life; `client.on("status", …)` tells of changes. */
  readonly status: Status;
  /** The server, once connected. */
  readonly server: ServerInfo | undefined;
  /**
   * Opens the connection; calls do so by themselves. Resolves when the server is ready to be called.
   *
   * @throws McpError `negotiation_failed`, `connect_failed`, `unauthorized`, `timeout`, …; the signal's reason.
   */
  connect(options?: RequestOptions): Promise<void>;
  /**
   * Calls a tool. Await it for the result, iterate it for the parts; leaving the loop cancels the call.
   *
   * @param args the tool's arguments by name, as its `inputSchema` describes them. Default: none.
   * @throws McpError from the promise and from the loop: `rpc_error`, `timeout`, `connection_lost`, `tool_error` with
   * `throwOnError`, …; the signal's reason.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools
   */
  callTool(name: string, args?: object, options?: CallOptions): ToolCall;
  /**
   * A tool as a typed function, by any Standard Schema: zod, valibot, arktype, … Arguments are checked, and
   * transformed, before anything is sent; `data` of the result is what `output` makes of it.
   *
   * @throws McpError from the call: `invalid_message` when the arguments (`data`) or the result's data do not
   * conform (`data` is the result, `cause` the schema's issues); with `output`, `tool_error` when the tool failed.
   * @see https://standardschema.dev
   * @example
   * ```ts
   * const add = client.tool("add", { input: z.object({ a: z.number() }), output: z.object({ sum: z.number() }) });
   * const { sum } = (await add({ a: 1 })).data;
   * ```
   */
  tool<Args extends object = JsonObject, Data = unknown>(
    name: string,
    shape?: ToolShape<Args, Data>,
  ): TypedTool<Args, Data>;
  /**
   * The tools of the server. Awaited, every page of them.
   *
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools
   */
  listTools(options?: RequestOptions): Listing<Tool>;
  /**
   * The resources of the server. Awaited, every page of them.
   *
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
   */
  listResources(options?: RequestOptions): Listing<Resource>;
  /**
   * The resource templates of the server. Awaited, every page of them.
   *
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
   */
  listResourceTemplates(options?: RequestOptions): Listing<ResourceTemplate>;
  /**
   * The prompts of the server. Awaited, every page of them.
   *
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts
   */
  listPrompts(options?: RequestOptions): Listing<Prompt>;
  /**
   * The contents of a resource.
   *
   * @throws McpError `rpc_error`, or `http_error`, when there is no such resource.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
   */
  readResource(uri: string, options?: RequestOptions): Promise<ReadResourceResult>;
  /**
   * A prompt, filled in.
   *
   * @throws McpError `rpc_error` or `http_error` when there is no such prompt, or an argument is missing.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts
   */
  getPrompt(name: string, args?: Record<string, string>, options?: RequestOptions): Promise<GetPromptResult>;
  /**
   * Suggestions for an argument of a prompt or a variable of a resource template.
   *
   * @throws McpError `rpc_error` or `http_error` when the server completes nothing there; `capability_missing`.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion
   */
  complete(
    ref: CompletionReference,
    argument: { readonly name: string; readonly value: string },
    options?: RequestOptions & { readonly context?: { readonly arguments?: Record<string, string> } },
  ): Promise<CompleteResult>;
  /**
   * Asks whether the server is there. The stateless era has no `ping`; it is asked who it is instead.
   *
   * @throws McpError `timeout`, `connect_failed`, `connection_lost`, …
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/discover
   */
  ping(options?: RequestOptions): Promise<void>;
  /**
   * How severe a log entry must be for the server to send it. Since 2026-07-28 it sends none unless this was called.
   *
   * @throws McpError before that, `capability_missing` or `rpc_error` when the server sends none.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging
   */
  setLogLevel(level: LogLevel, options?: RequestOptions): Promise<void>;
  /**
   * Any request, for what has no method here. The same dual object as a tool call.
   *
   * @throws McpError from the promise and from the loop: an `rpcCode` of -32601 when there is no such method.
   */
  request<T = JsonObject>(method: string, params?: object, options?: RequestOptions): RequestCall<T>;
  /**
   * Sends a notification; resolves when the server has accepted it.
   *
   * @throws McpError `connect_failed`, `http_error`, `closed`, …
   */
  notify(method: string, params?: object, options?: RequestOptions): Promise<void>;
  /** Listens; the function it returns stops that. */
  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): () => void;
  /** Rejects what is pending as `closed` and ends the session. Never waits for the server. */
  close(): Promise<void>;
}

export class RivuletClient implements Client {
  readonly #connection: Connection;

  /** Keeps Vue from making a proxy of it, which could not reach `#connection`. */
  get [Symbol.toStringTag](): string {
    return "Rivulet";
  }

  constructor(options: CreateClientOptions) {
    this.#connection = new Connection(options);
    for (const each of options.extensions ?? []) each.attach?.(this, this.#connection);
  }

  get status(): Status {
    return this.#connection.status;
  }

  get server(): ServerInfo | undefined {
    return this.#connection.server;
  }

  connect(options?: RequestOptions): Promise<void> {
    this.#connection.patience = Math.max(this.#connection.timeout, options?.timeout ?? 0);
    return new Exchange<void>(this.#connection, { method: "connect", message: null }, options).result;
  }

  callTool<Data = unknown>(
    name: string,
    args: object = {},
    options?: CallOptions,
    { input, output }: ToolShape<object, Data> = {},
  ): RequestCall<TypedResult<Data>> {
    const params: JsonObject = { name, arguments: input ? undefined : args };
    return new Call(
      this.#connection,
      {
        method: "tools/call",
        params,
        shape: "CallToolResult",
        prepare:
          input &&
          (async () => {
            // Once, though the request may be sent more than once.
            params.arguments ??= await conform(input, args, `${name}, arguments`, args);
          }),
        read: (raw, gathered) => {
          const strict = output || options?.throwOnError;
          return finished(name, toolResult(raw, gathered) as TypedResult<Data>, strict, output);
        },
      },
      options,
    );
  }

  tool<Args extends object, Data>(name: string, shape?: ToolShape<Args, Data>): TypedTool<Args, Data> {
    return (args?: Args, options?: CallOptions) => this.callTool(name, args, options, shape);
  }

  listTools(options?: RequestOptions): Listing<Tool> {
    return new Pages(this.#connection, "tools", "Tool", options);
  }

  listResources(options?: RequestOptions): Listing<Resource> {
    return new Pages(this.#connection, "resources", "Resource", options);
  }

  listResourceTemplates(options?: RequestOptions): Listing<ResourceTemplate> {
    return new Pages(
      this.#connection,
      "resourceTemplates",
      "ResourceTemplate",
      options,
      "resources/templates/list",
    );
  }

  listPrompts(options?: RequestOptions): Listing<Prompt> {
    return new Pages(this.#connection, "prompts", "Prompt", options);
  }

  readResource(uri: string, options?: RequestOptions): Promise<ReadResourceResult> {
    return this.#ask("resources/read", { uri }, "ReadResourceResult", options);
  }

  getPrompt(name: string, args?: Record<string, string>, options?: RequestOptions): Promise<GetPromptResult> {
    return this.#ask("prompts/get", { name, arguments: args }, "GetPromptResult", options);
  }

  complete(
    ref: CompletionReference,
    argument: { readonly name: string; readonly value: string },
    options?: RequestOptions & { readonly context?: { readonly arguments?: Record<string, string> } },
  ): Promise<CompleteResult> {
    const params = { ref, argument, context: options?.context };
    return this.#ask("completion/complete", params, "CompleteResult", options);
  }

  async ping(options?: RequestOptions): Promise<void> {
    await this.connect(options);
    const { modern } = this.#connection.codec;
    await this.request(modern ? "server/discover" : "ping", undefined, options);
  }

  async setLogLevel(level: LogLevel, options?: RequestOptions): Promise<void> {
    await this.connect(options);
    await this.#connection.setLevel(level, options);
  }

  request<T = JsonObject>(method: string, params?: object, options?: RequestOptions): RequestCall<T> {
    return new Call<T>(this.#connection, { method, params: params as JsonObject | undefined }, options);
  }

  async notify(method: string, params?: object, options?: RequestOptions): Promise<void> {
    await this.connect(options);
    await this.#connection.tell(notification(method, params as JsonObject | undefined), options);
  }

  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): () => void {
    return this.#connection.on(event, listener);
  }

  get timeout(): number {
    return this.#connection.timeout;
  }

  /** The channel of what the server says unasked. */
  get inbound(): Pick<Inbound, "listening" | "lost"> {
    return this.#connection.inbound;
  }

  async close(): Promise<void> {
    this.#connection.step({ type: "closed" });
    await this.#connection.transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask<T>(method: string, params: JsonObject, shape: Shape, options?: RequestOptions): Promise<T> {
    return new Exchange<T>(this.#connection, { method, params, shape, strict: true }, options).result;
  }
}
