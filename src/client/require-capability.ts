import { McpError } from "../core/errors.ts";
import type { Host } from "./host.ts";

/**
 * "Only use capabilities that were successfully negotiated". Tools are asked for in any case: that is what
 * clients are for. And of a server that declares nothing at all nothing is known.
 *
 * @throws McpError `capability_missing`.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#operation
 */
export function requireCapability({ server, codec }: Host, method: string): void {
  const declared = Object.keys(server?.capabilities ?? {}).join();
  const [area = ""] = method.split("/");
  // Completions are declared since 2025-03-26.
  const free = area === "tools" || (area === "completion" && codec.version < "2025");
  if (declared && !free && !declared.includes(area)) {
    throw new McpError("capability_missing", `The server does not declare what ${method} needs.`);
  }
}
