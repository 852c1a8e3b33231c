import { shownUrl } from "../adapters/fetch.ts";
import { type ErrorCode, isMcpError, McpError, quote } from "../core/errors.ts";

/** A failure of getting credentials. Negotiation does not go on to other transports after one. */
export function fault(
  code: ErrorCode,
  message: string,
  url?: string,
  data?: unknown,
  status?: number,
): McpError {
  return new McpError(code, message, {
    url: url === undefined ? undefined : shownUrl(url),
    data,
    during: "authorization",
    ...(status !== undefined && { status }),
  });
}

/**
 * The authorization server said no. Its `error` code is all of the answer that is certain to hold no secret.
 */
export function refusedBy(url: string, step: string, error: string | undefined, status?: number): McpError {
  const why = error ?? `status ${status}`;
  const code = error === undefined ? "http_error" : "unauthorized";
  return fault(code, `${shownUrl(url)} refused the ${step} (${why}).`, url, { error, status }, status);
}

/**
 * What a failure inside the library means. Its `cause` is left behind: it may hold what the authorization
 * server answered.
 */
export function explain(error: unknown, step: string, url: string): McpError {
  if (isMcpError(error)) return error;
  return fault(
    "auth_refused",
    `The ${step} of ${shownUrl(url)} is not usable: ${quote((error as Error).message)}.`,
    url,
  );
}
