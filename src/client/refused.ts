import { McpError, quote } from "../core/errors.ts";
import type { JsonObject, RpcFailure } from "../core/types.ts";

/** What a request fails with that the server refused. */
export function refused(method: string, { error: { code, message, data } }: RpcFailure): McpError {
  const details = { rpcCode: code, data };
  return new McpError("rpc_error", `The server refused ${method}: ${quote(message)} (${code}).`, details);
}

/** What a request fails with whose result is not what it should be. */
export function unsound(method: string, shape: string, issue: string, data: JsonObject): McpError {
  return new McpError("invalid_message", `The answer to ${method} is not a ${shape}: ${issue}.`, { data });
}

export function closed(): McpError {
  return new McpError("closed", "The client is closed. Make another.");
}
