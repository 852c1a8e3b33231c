import type { ClientCapabilities, Implementation, JsonObject, RequestId, RpcRequest } from "../types.ts";
import { HEADER, type HeaderMap, headerValue } from "./headers.ts";
import { isObject, request } from "./jsonrpc.ts";
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
  /** `meta` is the caller's `_meta` with the progress token; it wins over nothing the protocol reserves. */
  request(
    id: RequestId,
    method: string,
    params: JsonObject | undefined,
    meta: JsonObject | undefined,
  ): RpcRequest;
  /** The headers that mirror a message over HTTP. */
  headers(method: string, params: JsonObject | undefined): HeaderMap;
  /** What kind of result this is: complete, a round of input, or nothing this revision knows. */
  outcome(result: JsonObject): "complete" | "input_required" | undefined;
}

export const META = {
  version: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  capabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscription: "io.modelcontextprotocol/subscriptionId",
  relatedTask: "io.modelcontextprotocol/related-task",
} as const;

export function codecFor(version: string, identity: Identity): Codec {
  return eraOf(version) === "modern" ? modern(version, identity) : legacy(version);
}

/** "Every request carries its protocol version", identity and capabilities; headers mirror the body. */
function modern(version: string, { clientInfo, capabilities }: Identity): Codec {
  const envelope = {
    [META.version]: version,
    [META.clientInfo]: clientInfo,
    [META.capabilities]: capabilities,
  };
  return {
    era: "modern",
    version,
    request: (id, method, params, meta) =>
      request(id, method, { ...params, _meta: { ...metaOf(params), ...meta, ...envelope } }),
    headers(method, params) {
      const headers: HeaderMap = { [HEADER.version]: version, [HEADER.method]: method };
      const name = NAMED[method] && params?.[NAMED[method]];
      if (typeof name === "string") headers[HEADER.name] = headerValue(name);
      return headers;
    },
    outcome({ resultType }) {
      // "clients MUST treat an absent resultType as "complete"", and any unrecognized one as invalid.
      if (resultType === undefined || resultType === "complete") return "complete";
      return resultType === "input_required" ? resultType : undefined;
    },
  };
}

/** Where `Mcp-Name` comes from, for the methods that need it. */
const NAMED: { readonly [method: string]: string } = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

const NO_HEADERS: HeaderMap = {};

function legacy(version: string): Codec {
  // The version header exists since 2025-06-18. Earlier servers do not expect it, and their CORS
  // configuration may refuse it.
  const mirrored = version >= "2025-06-18";
  return {
    era: "legacy",
    version,
    request: (id, method, params, meta) =>
      request(id, method, meta ? { ...params, _meta: { ...metaOf(params), ...meta } } : params),
    headers: (method) => (mirrored && method !== "initialize" ? { [HEADER.version]: version } : NO_HEADERS),
    outcome: () => "complete",
  };
}

function metaOf(params: JsonObject | undefined): JsonObject | undefined {
  const meta = params?._meta;
  return isObject(meta) ? meta : undefined;
}
