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
  /**
   * Set when it happened while getting credentials, or in the tab that holds a shared connection: another way of
   * reaching the server would meet the same.
   */
  readonly during?: "authorization" | "sharing";
}

const BRAND: unique symbol = /* @__PURE__ */ Symbol.for("mcp-rivulet.McpError");

/**
 * The one error class of this library. `code` tells what happened, the message what was tried, what came
 * back and what to do. It never holds a token, a session id or a server's page.
 */
export class McpError extends Error {
  /** HTTP status of the answer, when there was one. */
  declare readonly status?: number;
  /** Code of the server's JSON-RPC error. */
  declare readonly rpcCode?: number;
  /** `data` of the server's JSON-RPC error, the challenge of a 401, or what was tried. */
  declare readonly data?: unknown;
  /** Where it happened, without credentials, query or fragment. */
  declare readonly url?: string;
  /** Milliseconds the server asked to wait. */
  declare readonly retryAfterMs?: number;
  /**
   * Set when it happened while getting credentials, or in the tab that holds a shared connection: another way of
   * reaching the server would meet the same.
   */
  declare readonly during?: "authorization" | "sharing";
  /** Whether doing the same again later may work without doing anything twice. */
  readonly retryable: boolean = false;
  constructor(
    /** What happened. Codes keep their names. */
    readonly code: ErrorCode,
    message: string,
    { cause, ...details }: ErrorDetails = {},
  ) {
    super(`[${code}] ${message}`, { cause });
    this.name = "McpError";
    Object.assign(this, details);
    // A second copy of this package has another class; this is what both have in common.
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Whether `error` is an {@link McpError}, from this or another copy of the library.
 *
 * @param code also ask for this code.
 */
export function isMcpError(error: unknown, code?: ErrorCode): error is McpError {
  const candidate = error as { [brand: symbol]: unknown; code?: unknown } | null | undefined;
  return candidate?.[BRAND] === true && (!code || candidate.code === code);
}

/** Text of a server, made safe to stand in a message: one line, no control characters, bounded. */
export function quote(text: unknown): string {
  return (typeof text === "object" ? "an object" : String(text))
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .slice(0, 200);
}
