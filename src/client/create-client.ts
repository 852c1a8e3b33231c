import { type Client, RivuletClient } from "./client.ts";
import type { CreateClientOptions } from "./options.ts";

/**
 * A client that is not connected yet: it connects with `client.connect()`, or when it is first used. For
 * frameworks that need the object first, and for the smallest bundles.
 *
 * @example
 * ```ts
 * const client = createClient({ transport: streamableHttp("https://api.example.com/mcp") });
 * const result = await client.callTool("echo", { message: "Hello" });
 * ```
 */
export function createClient(options: CreateClientOptions): Client {
  return new RivuletClient(options);
}
