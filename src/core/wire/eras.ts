import type { ClientCapabilities, Implementation, JsonObject, RequestId, RpcRequest } from "../types.ts";
import { type HeaderMap, headerValue, METHOD_HEADER, NAME_HEADER, VERSION_HEADER } from "./headers.ts";
import { isObject } from "./jsonrpc.ts";
import { eraOf } from "./versions.ts";

/** What the client says of itself: once in `initialize`, or on every modern request. */
export interface Identity {
  readonly clientInfo: Implementation;
  readonly capabilities: ClientCapabilities;
}

/** Keys of `_meta`, beyond those that every modern request carries. */
export const LOG_LEVEL = "io.modelcontextprotocol/logLevel";
export const SERVER_INFO = "io.modelcontextprotocol/serverInfo";
export const RELATED_TASK = "io.modelcontextprotocol/related-task";

/** How one revision writes requests and reads results. */
export class Codec {
  declare readonly version: string;
  /** Every request stands for itself; else there is a session. */
  declare readonly modern: boolean;
  readonly #identity: Identity | undefined;

  /** @param identity what a modern client says with each request. */
  constructor(version: string, identity?: Identity) {
    this.version = version;
    this.modern = eraOf(version) === "modern";
    this.#identity = identity;
  }

  /** `meta` is the caller's `_meta`; what the protocol reserves wins over it. */
  request(
    id: RequestId,
    method: string,
    params: JsonObject | undefined,
    progressToken: string,
    meta: JsonObject | undefined,
  ): RpcRequest {
    const reserved: JsonObject = this.modern
      ? {
          // "Every request carries its protocol version", identity and capabilities. Written out: with computed
          // keys this object alone would cost more than the rest of the message.
          "io.modelcontextprotocol/protocolVersion": this.version,
          "io.modelcontextprotocol/clientInfo": this.#identity?.clientInfo,
          "io.modelcontextprotocol/clientCapabilities": this.#identity?.capabilities,
          progressToken,
        }
      : { progressToken };
    const given = params?._meta;
    const _meta = isObject(given) || meta ? { ...(given as JsonObject), ...meta, ...reserved } : reserved;
    return { jsonrpc: "2.0", id, method, params: { ...params, _meta } };
  }

  /** The headers that mirror a message over HTTP. */
  headers(method: string, params: JsonObject | undefined): HeaderMap {
    // The header exists since 2025-06-18. Earlier servers do not expect it, and their CORS rules may refuse it.
    if (this.version < "2025-06" || method === "initialize") return {};
    const headers: HeaderMap = { [VERSION_HEADER]: this.version };
    if (!this.modern) return headers;
    headers[METHOD_HEADER] = headerValue(method);
    // "REQUIRED for tools/call, resources/read, prompts/get", and for requests about a task.
    const name = /^(tools\/call|prompts\/get)$/.test(method)
      ? params?.name
      : method === "resources/read"
        ? params?.uri
        : /^tasks/.test(method) && params?.taskId;
    if (typeof name === "string") headers[NAME_HEADER] = headerValue(name);
    return headers;
  }

  /** What kind of result this is: `"complete"`, `"input_required"` for a round of input, or what nobody knows. */
  outcome({ resultType = "complete" }: JsonObject): unknown {
    // "clients MUST treat an absent resultType as "complete"". Before, the name was free for anything.
    return this.modern ? resultType : "complete";
  }
}
