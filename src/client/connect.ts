import type { Transport } from "../core/ports.ts";
import { guards } from "../core/wire/guards.ts";
import { auto } from "../transports/auto.ts";
import { httpSse } from "../transports/http-sse.ts";
import { streamableHttp } from "../transports/streamable-http.ts";
import type { Client } from "./client.ts";
import { createClient } from "./create-client.ts";
import type { ConnectOptions } from "./options.ts";

/**
 * Connects to an MCP server, finding out which revision it speaks and how it is reached. Resolves when the
 * server is ready to be called.
 *
 * @param url the server; in a page it may be relative. Only an origin is tried as given, then at `/mcp`, then at `/sse`.
 * @throws McpError `negotiation_failed` with every attempt in `data`; `connect_failed`, `cors_blocked`,
 * `unauthorized`, `forbidden`, `timeout`, `unsupported_version`; the reason of `options.signal`.
 * @example
 * ```ts
 * await using client = await connect("https://api.example.com/mcp");
 * for await (const token of client.callTool("chat", { prompt: "Hi" }).text()) console.log(token);
 * ```
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  // Made in this order: with the given options first, a client takes 180 bytes more of the heap.
  const all = { validate: guards, ...options, transport: transportOf(url, options) };
  all.validate ??= guards;
  const client = createClient(all);
  try {
    await client.connect({ signal: options.signal });
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

function transportOf(url: string | URL, options: ConnectOptions): Transport {
  const { transport: kind } = options;
  if (typeof kind === "object") return kind;
  if (kind === "streamable-http") return streamableHttp(url, options);
  if (kind === "http-sse") return httpSse(url, options);
  return auto(url, options);
}
