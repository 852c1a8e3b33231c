import { isMcpError, type McpError } from "../errors.ts";
import type { JsonObject } from "../types.ts";
import {
  HEADER_MISMATCH,
  isObject,
  MISSING_CAPABILITY,
  members,
  UNSUPPORTED_VERSION,
} from "../wire/jsonrpc.ts";
import { eraOf, mutualVersion } from "../wire/versions.ts";

/** How the server answered an attempt to speak the modern protocol. */
export type ProbeAnswer =
  | { readonly result: JsonObject; readonly error?: undefined }
  | { readonly error: unknown; readonly result?: undefined };

export type ProbeVerdict =
  /** It speaks the version that was offered. */
  | { readonly type: "modern"; readonly discovered: JsonObject }
  /** It speaks MCP, in this version. */
  | { readonly type: "retry"; readonly version: string }
  /** It does not know the modern protocol: try `initialize`. */
  | { readonly type: "legacy"; readonly version?: string }
  /** It speaks MCP, but no revision of ours. */
  | { readonly type: "unsupported"; readonly offered: readonly unknown[] }
  /** Not a matter of revisions. */
  | { readonly type: "failed"; readonly error: unknown };

/**
 * What an answer to `server/discover`, sent as `version`, says about the server.
 *
 * "If the body contains a recognized modern JSON-RPC error, the server speaks a modern version of MCP […]
 * Anything else identifies a legacy server."
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions
 */
export function judge(answer: ProbeAnswer, version: string): ProbeVerdict {
  if (answer.result) {
    const { supportedVersions, capabilities } = answer.result;
    // Some legacy servers answer whatever they do not know with an empty result.
    if (!Array.isArray(supportedVersions) || !isObject(capabilities)) return { type: "legacy" };
    if (supportedVersions.includes(version)) return { type: "modern", discovered: answer.result };
    return choose(supportedVersions);
  }
  const { error } = answer;
  const { code, rpcCode, data, during } = (error ?? {}) as McpError;
  if (rpcCode === UNSUPPORTED_VERSION) {
    const supported = members(data).supported;
    return Array.isArray(supported) ? choose(supported) : { type: "legacy" };
  }
  return !isModern(error) && !during && (worthFallback(error) || code === "timeout")
    ? { type: "legacy" }
    : { type: "failed", error };
}

/** A header it misses or a capability it wants: a modern server, and nothing an older revision would mend. */
export function isModern(error: unknown): boolean {
  const code = (error as McpError | undefined)?.rpcCode;
  return code === HEADER_MISMATCH || code === MISSING_CAPABILITY;
}

function choose(supported: readonly unknown[]): ProbeVerdict {
  const version = mutualVersion(supported);
  if (version === undefined) return { type: "unsupported", offered: supported };
  return eraOf(version) === "modern" ? { type: "retry", version } : { type: "legacy", version };
}

/**
 * Whether another way of reaching the server may work after this failure of a handshake: it is worth a try
 * when something answered that does not speak this protocol here, or the browser did not let an answer
 * through; and pointless when nothing answered.
 */
export function worthFallback(error: unknown): boolean {
  return (
    isMcpError(error) &&
    !error.during &&
    // An answer that hides what is needed is an answer.
    !(error.code === "cors_blocked" && error.status) &&
    /^(http|rpc|content|invalid|connection|session|redirect|insecure|cors)_/.test(error.code)
  );
}
