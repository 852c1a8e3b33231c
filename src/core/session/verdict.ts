import { isMcpError, McpError, quote } from "../errors.ts";
import type { JsonObject } from "../types.ts";
import {
  HEADER_MISMATCH,
  isObject,
  MISSING_CAPABILITY,
  members,
  UNSUPPORTED_VERSION,
} from "../wire/jsonrpc.ts";

/** How the server answered an attempt to speak the modern protocol: a result, or what it failed with. */
export interface ProbeAnswer {
  readonly result?: JsonObject | undefined;
  readonly error?: unknown;
}

/**
 * The version to go on with after an answer to `server/discover`: the one it was sent as, another, or none when
 * the server does not know the modern protocol.
 *
 * "If the body contains a recognized modern JSON-RPC error, the server speaks a modern version of MCP […]
 * Anything else identifies a legacy server."
 *
 * @param ours versions that may be chosen, the preferred one first.
 * @throws McpError `unsupported_version` when none of ours is among those of the server; the answer's error when
 * it is not a matter of versions.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions
 */
export function versionFrom({ result, error }: ProbeAnswer, ours: readonly string[]): string | undefined {
  const { code, rpcCode, data, during } = (error ?? {}) as McpError;
  if (result || rpcCode === UNSUPPORTED_VERSION) {
    // Some legacy servers answer whatever they do not know with an empty result.
    const offered = result
      ? isObject(result.capabilities) && result.supportedVersions
      : members(data).supported;
    return Array.isArray(offered) ? choose(offered, ours) : undefined;
  }
  // A gateway may forbid methods it does not know. With a challenge it is a matter of credentials.
  const unheard = /^(timeout|forbid)/.test(code) && !members(data).challenge;
  if (!isModern(error) && !during && (worthFallback(error) || unheard)) return undefined;
  throw error;
}

/**
 * The one of ours that comes first of those a server offers.
 *
 * @throws McpError `unsupported_version` when there is none.
 */
export function choose(offered: readonly unknown[], ours: readonly string[]): string {
  const version = ours.find((each) => offered.includes(each));
  if (version) return version;
  const said = offered.slice(0, 9).map(quote).join(", ") || "no version";
  throw new McpError("unsupported_version", `The server speaks ${said}, not ${ours.join(", ")}.`, {
    data: { supported: offered },
  });
}

/** A header it misses or a capability it wants: a modern server, and nothing an older revision would mend. */
export function isModern(error: unknown): boolean {
  const code = (error as McpError | undefined)?.rpcCode;
  return code === HEADER_MISMATCH || code === MISSING_CAPABILITY;
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
