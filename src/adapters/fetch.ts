import { type ErrorCode, type ErrorDetails, McpError, quote } from "../core/errors.ts";

/** The part of `fetch` the library uses; pass your own to go through a proxy, a cache or a test. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The platform's `fetch`, looked up when it is called so that later patches count. */
export const platformFetch: Fetch = (url, init) => fetch(url, init);

/** A URL as it may be shown: without user, password, query and fragment, and not too much of the path. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.slice(0, 200);
}

export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** What went wrong at `target`; the message is `said` of it. */
export function failure(code: ErrorCode, target: string, said: string, details?: ErrorDetails): McpError {
  const url = shownUrl(target);
  return new McpError(code, `${url} ${said}`, { url, ...details });
}

/** Says what a rejected `fetch` means, as far as the platform lets anybody see. */
export function fetchFailure(error: unknown, target: string): McpError {
  const { cause, code, message } = error as {
    cause?: { code?: string; message?: string };
    code?: string;
    message?: string;
  };
  const reason = cause?.code ?? code;
  const page = (globalThis as { location?: { origin?: string } }).location?.origin;
  // To a page of another origin the browser does not tell why a request failed.
  if (!reason && page && page !== new URL(target).origin) {
    return failure(
      "cors_blocked",
      target,
      `cannot be reached, or lacks "Access-Control-Allow-Origin: ${page}" and the headers in corsHeaders.`,
      { cause: error },
    );
  }
  // Of a request that it will not even make, a platform quotes the URL or header, secrets and all.
  const said = `${message}`.replace(/(["']).*\1|\S+:\/\/\S+/gs, "…");
  return failure(
    "connect_failed",
    target,
    `cannot be reached (${quote(reason ?? cause?.message ?? said)}).`,
    {
      cause: said === message ? error : undefined,
      // The server cannot have seen it.
      retryable: /REFUSED|NOTFOUND|AGAIN|UNREACH/i.test(`${reason}`),
    },
  );
}
