import { McpError, quote } from "../core/errors.ts";

/** The part of `fetch` the library uses; pass your own to go through a proxy, a cache or a test. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The platform's `fetch`, looked up when it is called so that later patches count. */
export const platformFetch: Fetch = (url, init) => fetch(url, init);

/** A URL as it may be shown: without user, password, query and fragment. */
export function shownUrl(url: string): string {
  try {
    const { origin, pathname, protocol, host } = new URL(url);
    return (origin === "null" ? `${protocol}//${host}` : origin) + pathname;
  } catch {
    return "(invalid URL)";
  }
}

/** Failures after which the server cannot have seen the request. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ConnectionRefused",
]);

/** Says what a rejected `fetch` means, as far as the platform lets anybody see. */
export function fetchFailure(error: unknown, target: string): McpError {
  const url = shownUrl(target);
  const { cause, code } = error as { cause?: { code?: unknown; message?: unknown }; code?: unknown };
  const reason = cause?.code ?? code;
  if (reason === undefined && isForeign(target)) {
    return new McpError(
      "cors_blocked",
      `The browser did not let the page read ${url}: the server cannot be reached, or its CORS headers do not ` +
        `allow this page. The server must answer OPTIONS and requests with "Access-Control-Allow-Origin" for this ` +
        `origin and the headers listed in corsHeaders.`,
      { cause: error, url },
    );
  }
  const detail = quote(reason ?? cause?.message ?? (error as Error)?.message ?? error);
  return new McpError(
    "connect_failed",
    `Cannot reach ${url} (${detail}). Check the address and that the server runs.`,
    {
      cause: error,
      url,
      retryable: NEVER_SENT.has(String(reason)),
    },
  );
}

/** Whether a page is asking another origin than its own, where the browser hides why a request failed. */
function isForeign(url: string): boolean {
  const page = (globalThis as { location?: { origin?: string } }).location?.origin;
  return page !== undefined && page !== "null" && new URL(url).origin !== page;
}
