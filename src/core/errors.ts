/** Every way this library fails, by a name that stays. */
export type ErrorCode =
  | "connect_failed"
  | "connection_lost"
  | "timeout"
  | "closed"
  | "http_error"
  | "rate_limited"
  | "unauthorized"
  | "forbidden"
  | "auth_refused"
  | "session_expired"
  | "rpc_error"
  | "invalid_message"
  | "content_type"
  | "unsupported_version"
  | "negotiation_failed"
  | "capability_missing"
  | "limit_exceeded"
  | "redirect_refused"
  | "insecure_endpoint"
  | "cors_blocked"
  | "tool_error";

/** What an {@link McpError} carries besides its code and message. */
export interface ErrorDetails {
  /** What brought it about. */
  readonly cause?: unknown;
  /** HTTP status of the answer, when there was one. */
  readonly status?: number;
  /** Code of the server's JSON-RPC error. */
  readonly rpcCode?: number;
  /** `data` of the server's JSON-RPC error, the challenge of a 401, or what was tried. */
  readonly data?: unknown;
  /** Where it happened, without credentials, query or fragment. */
  readonly url?: string;
  /** Milliseconds the server asked to wait. */
  readonly retryAfterMs?: number;
  /** Whether doing the same again later may work without doing anything twice. */
  readonly retryable?: boolean;
}

const BRAND = "mcp-rivulet.McpError";

/**
 * The one error class of this library. `code` tells what happened, the message what was tried, what came
 * back and what to do. It never holds a token, a session id or a server's page.
 */
export class McpError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly status?: number;
  readonly rpcCode?: number;
  readonly data?: unknown;
  readonly url?: string;
  readonly retryAfterMs?: number;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(`[${code}] ${message}`, "cause" in details ? { cause: details.cause } : undefined);
    this.name = "McpError";
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.status = details.status;
    this.rpcCode = details.rpcCode;
    this.data = details.data;
    this.url = details.url;
    this.retryAfterMs = details.retryAfterMs;
    // A second copy of this package has another class; the brand is what both have in common.
    Object.defineProperty(this, Symbol.for(BRAND), { value: true });
  }
}

/**
 * Whether `error` is an {@link McpError}, from this or another copy of the library.
 *
 * @param code also ask for this code.
 */
export function isMcpError(error: unknown, code?: ErrorCode): error is McpError {
  return (
    typeof error === "object" &&
    error !== null &&
    Symbol.for(BRAND) in error &&
    (code === undefined || (error as McpError).code === code)
  );
}

/** Text of a server, made safe to stand in a message: one line, no control characters, bounded. */
export function quote(text: unknown, max = 200): string {
  const line = String(text)
    .slice(0, max * 2)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  return line.length > max ? `${line.slice(0, max)}…` : line;
}
