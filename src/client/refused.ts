import { McpError, quote } from "../core/errors.ts";
import { reasonOf } from "../core/flow/abort.ts";
import type { RpcResponse, RpcResult } from "../core/types.ts";
import { isFailure, isSound } from "../core/wire/jsonrpc.ts";

/** The answer that holds a result. Throws what a request fails with that the server refused, or answered with neither. */
export function resultOf(method: string, reply: RpcResponse): RpcResult {
  if (!isSound(reply)) throw malformed(method, "response", "neither result nor error", reply);
  if (!isFailure(reply)) return reply;
  const { code, message, data } = reply.error;
  const said = `The server refused ${method}: ${quote(message)} (${code}).`;
  throw new McpError("rpc_error", said, { rpcCode: code, data });
}

/** What a request fails with whose result is not what it should be. */
export function malformed(method: string, shape: string, issue: string, data: object): McpError {
  return new McpError("invalid_message", `The answer to ${method} is not a ${shape}: ${issue}.`, { data });
}

/** What a request fails with whose reply ended without its answer; `stray` when it held that of another. */
export function unanswered(method: string, stray: boolean): McpError {
  return stray
    ? new McpError("invalid_message", `The server answered ${method} with another id.`)
    : new McpError("connection_lost", "The server broke off before it answered; the request may have run.");
}

/** What is said of parts whose numbers leave some out. */
export function incomplete(method: string): McpError {
  return new McpError("invalid_message", `Parts of ${method} are missing. Its result may have them.`);
}

/** What a request fails with that the caller gave up: their reason, or the platform's own. */
export function cancelled(reason: unknown): unknown {
  const controller = new AbortController();
  controller.abort(reason);
  return reasonOf(controller.signal.reason);
}

export function closed(): McpError {
  return new McpError("closed", "The client is closed. Make another.");
}
