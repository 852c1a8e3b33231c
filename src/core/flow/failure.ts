import type { McpError } from "../errors.ts";
import { HEADER_MISMATCH, UNSUPPORTED_VERSION } from "../wire/jsonrpc.ts";

/** What a request has gone through when an attempt of it fails. */
export interface Attempted {
  /** It was sent as of 2026-07-28. */
  readonly modern: boolean;
  /** Its arguments may travel in headers too there. */
  readonly tool: boolean;
  /** It was sent again after the server had refused to run it. */
  readonly renewed: boolean;
  /** How often it has waited. */
  readonly waits: number;
  /** How often the caller still lets it go again although it may have been carried out, if they said that. */
  readonly retry: number | undefined;
  /** Carried out twice it does no more than once, and whoever reads its parts has got none. */
  readonly safe: boolean | undefined;
}

/** Most times a request waits for a server that asked for patience. */
const MAX_WAITS = 10;

/**
 * The one place that decides what becomes of a request after a failed attempt: again in a new session, again
 * once the tools are listed anew, again after a while because the server asked for that or the caller allows
 * it, or not at all. "At most once" is the promise: by itself only that goes again which the server did not run, and
 * once what a lost connection left open where that is safe.
 */
export function afterFailure(
  error: McpError,
  { modern, tool, renewed, waits, retry, safe }: Attempted,
): "renew" | "relist" | "wait" | "retry" | "fail" {
  const { code, rpcCode, retryAfterMs, status, message } = error;
  const mismatch = rpcCode === HEADER_MISMATCH;
  // "re-probing if the cached assumption later fails": behind the URL there is a server of another era now.
  const replaced =
    rpcCode === UNSUPPORTED_VERSION ||
    (status === 400 && (modern ? /answered 400: .*(session|initiali[sz])/i.test(message) : mismatch));
  if ((replaced || code === "session_expired") && !renewed) return "renew";
  if (mismatch && modern && tool && !renewed) return "relist";
  if (code === "rate_limited" && retryAfterMs !== undefined && waits < MAX_WAITS) return "wait";
  // What the connection failed with, or the server with an error status.
  const again =
    retry === undefined ? safe && /^connect/.test(code) : retry > 0 && /^(connect|http)/.test(code);
  return again ? "retry" : "fail";
}
