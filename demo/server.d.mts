import type { ChatOptions } from "./tools.mjs";

export interface DemoServer {
  /** The origin; `/mcp` and `/sse` are below it. */
  readonly url: string;
  /** Ends every open stream and frees the port. */
  close(): Promise<void>;
}

/** Starts the demo server on 127.0.0.1; port 0, the default, picks a free one. */
export function startServer(options?: { port?: number; chat?: ChatOptions }): Promise<DemoServer>;
