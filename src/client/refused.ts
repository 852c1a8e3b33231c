import { McpError, quote } from "../core/errors.ts";
import { reasonOf } from "../core/flow/abort.ts";
import type { RpcFailure } from "../core/types.ts";

/** What a request fails with that the server refused. */
export function refused(method: string, { error: { code, message, data } }: RpcFailure): McpError {
  const details = { rpcCode: code, data };
  return new McpError("rpc_error", `The server refused ${method}: ${quote(message)} (${code}).`, details);
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
