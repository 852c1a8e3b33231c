import type {
  JsonObject,
  Message,
  RequestId,
  RpcFailure,
  RpcNotification,
  RpcRequest,
  RpcResponse,
} from "../types.ts";

// Codes of JSON-RPC 2.0 and of MCP that the library acts on.
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
export const HEADER_MISMATCH = -32020;
export const MISSING_CAPABILITY = -32021;
export const UNSUPPORTED_VERSION = -32022;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of a value from the wire; none of what is no object. */
export function members(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

// Hot path: these only look at which members exist. A schema here would cost more than the parse did.

export function isRequest(message: Message): message is RpcRequest {
  return "method" in message && "id" in message;
}

export function isNotification(message: Message): message is RpcNotification {
  return "method" in message && !("id" in message);
}

export function isResponse(message: Message): message is RpcResponse {
  return !("method" in message);
}

/** Some servers say `"error": null` beside a result. */
export function isFailure(message: RpcResponse): message is RpcFailure {
  return isObject((message as RpcFailure).error);
}

function isId(id: unknown): id is RequestId {
  return typeof id === "string" || typeof id === "number";
}

/**
 * Whether `value` is one JSON-RPC message. What has the id of a request is its answer, whatever else it has:
 * left out here, it would be waited for; see {@link isSound}. An error without an id is one too: "in error cases
 * where the ID could not be read".
 */
export function isMessage(value: unknown): value is Message {
  if (!isObject(value)) return false;
  const { jsonrpc, id, method, params } = value;
  if (method === undefined) return isId(id) || (id == null && isObject(value.error));
  return (
    typeof method === "string" &&
    jsonrpc === "2.0" &&
    (!("id" in value) || isId(id)) &&
    (params === undefined || isObject(params))
  );
}

/** Whether an answer holds what JSON-RPC 2.0 asks for: an object as its result, or an error with code and message. */
export function isSound(message: RpcResponse): boolean {
  const { jsonrpc, result, error } = message as unknown as JsonObject;
  if (jsonrpc !== "2.0") return false;
  return isObject(error)
    ? typeof error.code === "number" && typeof error.message === "string"
    : isObject(result);
}

export function notification(method: string, params?: JsonObject): RpcNotification {
  return { jsonrpc: "2.0", method, params };
}
