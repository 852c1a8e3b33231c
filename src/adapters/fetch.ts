import { type ErrorCode, type ErrorDetails, McpError, quote } from "../core/errors.ts";
import type { AbortSignalLike } from "../core/ports.ts";

/** The part of `fetch` the library uses; pass your own to go through a proxy, a cache or a test. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The platform's `fetch`, looked up when it is called so that later patches count. */
export const platformFetch: Fetch = (url, init) => fetch(url, init);

/** Whether `fetch` may show a body before its end. That of React Native waits for the end. */
export const maySee = (fetch: Fetch): boolean => fetch !== platformFetch || "body" in Response.prototype;

/** A URL as it may be shown: without user, password, query and fragment, and not too much of the path. */
export function shownUrl(url: string): string {
  // Not its origin, which is "null" for what is not of the web.
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.slice(0, 200)}`;
}

export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** The URL of a server; in a page it may be relative. */
export function serverUrl(url: string | URL): string {
  const { location } = globalThis as { location?: { href?: string } };
  const there = parseUrl(String(url), location?.href);
  // "localhost:8000" is a URL too, of the scheme "localhost".
  if (there?.host) return there.href;
  throw new McpError("connect_failed", `"${quote(url)}" is not an http(s) URL.`);
}

/** Whether `url` stays at the origin of `base`, without credentials. `blob:` has the `origin` of a URL within it. */
export function stays(url: URL, base: string): boolean {
  return url.href.startsWith(`${new URL(base).origin}/`);
}

/** What went wrong at `target`; the message is `said` of it. */
export function failure(code: ErrorCode, target: string, said: string, details?: ErrorDetails): McpError {
  const url = shownUrl(target);
  return new McpError(code, `${url} ${said}`, { url, ...details });
}

/** The origin of the page, when `target` is elsewhere: a browser shows such a page only what the server allows. */
export function pageElsewhere(target: string): string | undefined {
  // That of its URL is another in a sandbox, and in frames without a URL of their own.
  const { location, origin = location?.origin } = globalThis as {
    location?: { origin?: string };
    origin?: string;
  };
  return location && origin !== new URL(target).origin ? origin : undefined;
}

/** What a rejected `fetch` may give. */
interface Failure {
  readonly cause?: { readonly code?: string; readonly message?: string };
  readonly code?: string;
  readonly message?: unknown;
}

/** How a request was made that failed, as far as it tells what a browser has against it. */
export interface Made {
  readonly fetch: Fetch;
  /** Headers that no answer has shown to be allowed yet. */
  readonly names: readonly string[];
  readonly credentials: RequestCredentials;
  readonly signal: AbortSignalLike;
}

/**
 * Whether a server answers at all, which a page may know of any: so that not every failure has to be called one of
 * CORS. Carries nothing, and changes nothing there.
 */
async function answers({ fetch, signal }: Made, target: string): Promise<boolean> {
  try {
    await fetch(target, {
      method: "HEAD",
      mode: "no-cors",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: signal as AbortSignal,
    });
    return true;
  } catch {
    // A page that isolates itself is shown no answer that does not consent to that.
    return globalThis.crossOriginIsolated;
  }
}

/**
 * Says what a rejected `fetch` means, as far as the platform lets anybody see.
 *
 * @param made absent when nothing was to be sent yet.
 */
export async function fetchFailure(error: unknown, target: string, made?: Made): Promise<McpError> {
  const { cause, code, message = error } = (error ?? {}) as Failure;
  const reason = cause?.code ?? code;
  const page = pageElsewhere(target);
  // To a page of another origin the browser does not tell why a request failed.
  if (!reason && page && made?.names[0] && (await answers(made, target))) {
    const { names, credentials } = made;
    // Every request has this one, and no server has to allow it.
    const allow = names.filter((name) => name !== "accept").join(", ");
    const lines = [
      names.includes("accept") && `"Access-Control-Allow-Origin: ${page}"`,
      credentials === "include" && '"Access-Control-Allow-Credentials: true"',
      allow && `to OPTIONS "Access-Control-Allow-Headers: ${allow}"`,
    ];
    const said = `is blocked by the browser: the server must send ${lines.filter(Boolean).join(", and ")}.`;
    return failure("cors_blocked", target, said, { cause: error });
  }
  // Of a request that it will not even make, a platform quotes the URL or header, secrets and all.
  const said = `${message}`.replace(/(["']).*\1|\S+:\/\/\S+/gs, "…");
  const why = quote(reason ?? cause?.message ?? said);
  const hint = !reason && page ? " Is it up, and may this page ask it (connect-src, https)?" : "";
  return failure("connect_failed", target, `cannot be reached (${why}).${hint}`, {
    cause: said === message ? error : undefined,
    // The server cannot have seen it.
    retryable: /REFUSED|NOTFOUND|AGAIN|UNREACH/i.test(`${reason}`),
  });
}
