import type { ClientCapabilities, Implementation, JsonObject, RequestId, RpcRequest } from "../types.ts";
import { HEADER, type HeaderMap, headerValue } from "./headers.ts";
import { isObject } from "./jsonrpc.ts";
import { type Era, eraOf } from "./versions.ts";

/** What the client says of itself: once in `initialize`, or on every modern request. */
export interface Identity {
  readonly clientInfo: Implementation;
  readonly capabilities: ClientCapabilities;
}

/** How one revision writes requests and reads results. */
export interface Codec {
  readonly era: Era;
  readonly version: string;
  /** `meta` is the caller's `_meta`; what the protocol reserves wins over it. */
  request(
    id: RequestId,
    method: string,
    params: JsonObject | undefined,
    progressToken: string,
    meta: JsonObject | undefined,
  ): RpcRequest;
  /** The headers that mirror a message over HTTP. */
  headers(method: string, params: JsonObject | undefined): HeaderMap;
  /** What kind of result this is: complete, a round of input, or nothing this revision knows. */
  outcome(result: JsonObject): "complete" | "input_required" | undefined;
}

/** Keys of `_meta`, beyond those that every modern request carries. */
export const META = {
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  relatedTask: "io.modelcontextprotocol/related-task",
} as const;

export function codecFor(version: string, { clientInfo, capabilities }: Identity): Codec {
  const modern = eraOf(version) === "modern";
  return {
    era: modern ? "modern" : "legacy",
    version,
    request(id, method, params, progressToken, meta) {
      const reserved: JsonObject = modern
        ? {
            // "Every request carries its protocol version", identity and capabilities. Written out: with computed
            // keys this object alone would cost more than the rest of the message.
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientInfo": clientInfo,
            "io.modelcontextprotocol/clientCapabilities": capabilities,
            progressToken,
          }
        : { progressToken };
      const given = params?._meta;
      const _meta = isObject(given) || meta ? { ...(given as JsonObject), ...meta, ...reserved } : reserved;
      return { jsonrpc: "2.0", id, method, params: { ...params, _meta } };
    },
    headers(method, params) {
      // The header exists since 2025-06-18. Earlier servers do not expect it, and their CORS rules may refuse it.
      if (version < "2025-06" || method === "initialize") return {};
      const headers: HeaderMap = { [HEADER.version]: version };
      if (!modern) return headers;
      headers[HEADER.method] = headerValue(method);
      // "REQUIRED for tools/call, resources/read, prompts/get", and for requests about a task.
      const name = /^(tools\/call|prompts\/get)$/.test(method)
        ? params?.name
        : method === "resources/read"
          ? params?.uri
          : /^tasks/.test(method) && params?.taskId;
      if (typeof name === "string") headers[HEADER.name] = headerValue(name);
      return headers;
    },
    // "clients MUST treat an absent resultType as "complete"", and any unrecognized one as invalid.
    outcome: ({ resultType = "complete" }) =>
      !modern
        ? "complete"
        : resultType === "complete" || resultType === "input_required"
          ? resultType
          : undefined,
  };
}
