import type { ServerResponse } from "node:http";
import {
  type CallToolRequest,
  type CallToolResult,
  type ContentBlock,
  type LoggingLevel,
  ProtocolError,
  type ServerContext,
} from "@modelcontextprotocol/server";

/** A `tools/call` that has reached the server and does only what the test tells it to. */
export class GatedCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
  /** What the request carried in `_meta`, without the reserved keys of the modern envelope. */
  readonly meta: Record<string, unknown>;
  /** Settles, with the reason, when the server's abort signal for the request fires. */
  readonly aborted: Promise<unknown>;
  /**
   * Settles when the connection that carries this call's answer closes: the POST's own response, or
   * over HTTP+SSE the event stream of the session.
   */
  readonly disconnected: Promise<void>;
  /** What the request handler answers with. */
  readonly answer: Promise<CallToolResult>;

  readonly #context: ServerContext;
  readonly #connection: ServerResponse;
  #resolve!: (result: CallToolResult) => void;
  #reject!: (error: unknown) => void;

  constructor(request: CallToolRequest, context: ServerContext, connection: ServerResponse) {
    this.name = request.params.name;
    this.arguments = request.params.arguments ?? {};
    this.meta = { ...context.mcpReq._meta };
    this.#context = context;
    this.#connection = connection;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = context.mcpReq;
    this.aborted = new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
    });
    signal.addEventListener("abort", () => this.#reject(signal.reason), { once: true });
    this.disconnected = new Promise((resolve) => connection.once("close", resolve));
  }

  get isAborted(): boolean {
    return this.#context.mcpReq.signal.aborted;
  }

  /** Sends a progress notification. Throws if the request did not ask for any with a token. */
  async progress(progress: number, message?: string, total?: number): Promise<void> {
    const progressToken = this.#context.mcpReq._meta?.progressToken;
    if (progressToken === undefined) throw new Error("The call carries no progressToken");
    await this.notify("notifications/progress", { progressToken, progress, total, message });
  }

  /** Sends a piece of text with `notifications/tool/streamContent`. */
  async text(delta: string): Promise<void> {
    await this.content([{ type: "text", text: delta }]);
  }

  /** Sends any content with `notifications/tool/streamContent`. */
  async content(content: ContentBlock[]): Promise<void> {
    await this.notify("notifications/tool/streamContent", { content, toolName: this.name });
  }

  /** Sends a log message, unless the client's log level, or on 2026-07-28 the lack of one, forbids it. */
  async log(level: LoggingLevel, data: unknown, logger?: string): Promise<void> {
    await this.#context.mcpReq.log(level, data, logger);
  }

  /** Sends any notification on the call's own stream. */
  async notify(method: string, params?: Record<string, unknown>): Promise<void> {
    await this.#context.mcpReq.notify({ method, params });
  }

  /** Releases the result; a string is a result of one text block. */
  finish(result: CallToolResult | string = { content: [] }): void {
    this.#resolve(typeof result === "string" ? { content: [{ type: "text", text: result }] } : result);
  }

  /** Answers with a JSON-RPC error. */
  fail(code: number, message: string, data?: unknown): void {
    this.#reject(new ProtocolError(code, message, data));
  }

  /** Resets the connection that carries the answer, as a crashed server or proxy would. */
  reset(): void {
    this.#connection.destroy();
  }

  /** Ends that connection's body in good order, without an answer in it. */
  endStream(): void {
    this.#connection.end();
  }
}
