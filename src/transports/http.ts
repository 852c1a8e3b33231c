import { type EventSourceLike, withEventSource } from "../adapters/event-source.ts";
import { readText } from "../adapters/event-stream.ts";
import {
  type Fetch,
  failure,
  fetchFailure,
  maySee,
  pageElsewhere,
  parseUrl,
  platformFetch,
  serverUrl,
  shownUrl,
  stays,
} from "../adapters/fetch.ts";
import { isMcpError, McpError, quote } from "../core/errors.ts";
import { type AbortSignalLike, type AuthProvider, MESSAGE_BYTES, type SendOptions } from "../core/ports.ts";
import type { Message, RpcFailure } from "../core/types.ts";
import type { HeaderMap } from "../core/wire/headers.ts";
import { METHOD_NOT_FOUND } from "../core/wire/jsonrpc.ts";

/** What both HTTP transports take. */
export interface HttpOptions {
  /** Headers for every request, or a function evaluated for each. They never replace the protocol's own. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** A bearer token, or a provider of credentials. */
  readonly auth?: AuthProvider | string | undefined;
  /** Used in place of the platform's `fetch`. In React Native give one that streams, such as that of `expo/fetch`. */
  readonly fetch?: Fetch | undefined;
  /**
   * Carries the event streams that the server opens, where they need no headers: that of HTTP+SSE, and the GET
   * stream of a server of 2025-03-26 without sessions. All else is `fetch`.
   */
  readonly EventSource?: EventSourceLike | undefined;
  /** Whether the browser sends cookies. Default `"omit"`. */
  readonly credentials?: RequestCredentials | undefined;
  /** Bounds of what a server can make the client hold. */
  readonly limits?:
    | {
        /** Largest message accepted, in bytes. Default 16 MiB. */
        readonly messageBytes?: number | undefined;
      }
    | undefined;
}

/** Where the requests of one transport go, what they have in common, and what was learned from their answers. */
export interface Endpoint {
  readonly url: string;
  readonly headers: HttpOptions["headers"];
  readonly auth: AuthProvider | undefined;
  readonly fetch: Fetch;
  readonly credentials: RequestCredentials;
  readonly limit: number;
  /** Of Streamable HTTP, and the revision it was last spoken to in. */
  session?: string | undefined;
  version?: string | undefined;
  /** The session has had a standalone stream. */
  streamed?: true | undefined;
  /** Names of headers that an answer has shown to be allowed: what a page may send is for the server to say. */
  allowed?: Set<string>;
  /** What redirects to where its page guessed: it is not told where to, and only the trailing slash is worth a guess. */
  moved?: string;
}

const ERROR_BODY_BYTES = 16_384;
/** An error is known by its status; what else it says may take so long. */
const ERROR_BODY_MS = 1000;
const MAX_REDIRECTS = 5;
/** How often a request goes again with other credentials: after a refresh, a sign-in, more scopes. */
const MAX_CREDENTIALS = 3;

export function endpointOf(url: string | URL, options: HttpOptions): Endpoint {
  const { headers, auth, credentials = "omit", limits, EventSource, fetch = platformFetch } = options;
  return {
    url: serverUrl(url),
    headers,
    auth: typeof auth === "string" ? { headers: () => ({ authorization: `Bearer ${auth}` }) } : auth,
    credentials,
    fetch: EventSource ? withEventSource(EventSource, fetch) : fetch,
    limit: limits?.messageBytes ?? MESSAGE_BYTES,
  };
}

/** The headers of the caller and their credentials, where nobody else adds any. */
export async function headersFor(
  { headers, auth }: Endpoint,
  url: string,
  method: string,
  own: HeaderMap,
): Promise<HeaderMap> {
  const all: HeaderMap = {};
  const custom = typeof headers === "function" ? await headers() : headers;
  const lent = await auth?.headers({ url, method });
  // The protocol's own are never the caller's, not even where it sends none.
  try {
    for (const [name, value] of new Headers(custom ?? undefined)) {
      if (!/^(mcp-|last-event-id|accept$|content-type)/.test(name)) all[name] = value;
    }
    for (const [name, value] of new Headers(lent)) all[name] = value;
  } catch (error) {
    throw await fetchFailure(error, url);
  }
  return Object.assign(all, own);
}

/**
 * Sends a request with the caller's headers and credentials, and names what goes wrong. Resolves with a 2xx
 * response whose body nobody has read. What is `endless` has to be seen before its end.
 *
 * Follows redirects within the origin that keep method and body. Anything else would send a message, or
 * the caller's headers, where the caller did not mean them to go.
 */
export async function request(
  at: Endpoint,
  method: string,
  from: string,
  own: HeaderMap,
  { signal, asking }: Pick<SendOptions, "signal" | "asking">,
  message?: Message,
  endless?: boolean,
): Promise<Response> {
  const { headers, auth, fetch, credentials } = at;
  let body: string | undefined;
  try {
    body = message && JSON.stringify(message);
  } catch (cause) {
    // A BigInt, or what contains itself.
    throw new McpError("invalid_message", `No JSON can be made of this: ${quote(cause)}.`, { cause });
  }
  if (endless) demandSight(maySee(fetch), from);
  let guess = at.moved === from ? slashed(from) : undefined;
  let url = guess ?? from;
  let attempt = 0;
  for (let hops = 0; ; ) {
    const all = headers || auth ? await headersFor(at, from, method, own) : own;
    let response: Response;
    let location: string | null;
    try {
      response = await fetch(url, {
        method,
        headers: all,
        body,
        signal: signal as AbortSignal,
        credentials,
        cache: "no-store",
        redirect: "manual",
        referrerPolicy: "no-referrer",
        keepalive: method === "DELETE",
      });
      // Here, where what another `fetch` gives instead of an answer is a failure of that.
      location = response.ok ? null : response.headers.get("location");
    } catch (error) {
      if (isMcpError(error)) throw error;
      const names = Object.keys(all).filter((name) => !at.allowed?.has(name));
      const failed = await fetchFailure(error, url, { ...at, names, signal });
      throw signal.aborted ? signal.reason : failed;
    }
    const { status, ok, type } = response;
    const opaque = type === "opaqueredirect";
    if (opaque && !guess) {
      guess = url = slashed(from);
      continue;
    }
    const missed = status === 404 && guess && at.moved !== from;
    if (opaque || missed || (status > 300 && status < 309 && status !== 304)) {
      discard(response);
      const next = location && parseUrl(location, url);
      const keeps = method === "GET" || status > 306;
      if (!next || !keeps || hops++ >= MAX_REDIRECTS || !stays(next, url)) {
        const where = next ? ` to ${shownUrl(next.href)}` : "";
        throw failure("redirect_refused", from, `redirects${where}. Connect to the final URL.`, { status });
      }
      url = next.href;
      continue;
    }
    if (guess) at.moved = from;
    if (pageElsewhere(from)) {
      at.allowed ??= new Set();
      for (const name in all) at.allowed.add(name);
    }
    auth?.answered?.(from, response.headers);
    if (ok) {
      if (endless) demandSight(response.body || mediaType(response) !== "text/event-stream", url);
      return response;
    }
    const header = response.headers.get("www-authenticate");
    const sent = all.authorization;
    // A 403 without a challenge is not about credentials.
    const asks = (status === 401 || (status === 403 && header)) && attempt < MAX_CREDENTIALS;
    if (!asks || !(await auth?.challenged?.({ url: from, status, header, sent, attempt, signal, asking }))) {
      throw await refusal(response, from, header, signal);
    }
    discard(response);
    attempt++;
    url = guess ?? from;
    hops = 0;
  }
}

/** The same URL with a slash at the end of its path, or without. */
function slashed(url: string): string {
  const other = new URL(url);
  other.pathname = other.pathname.replace(/\/?$/, (end) => (end ? "" : "/"));
  return other.href;
}

/** A `fetch` that shows no body would wait for the end of one in vain. */
function demandSight(seen: unknown, target: string): void {
  if (!seen) throw failure("capability_missing", target, "takes a `fetch` that streams, like expo/fetch.");
}

/** Lets go of a body nobody wants, and with it of the connection. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

/** The media type, without parameters. */
export function mediaType(response: Response): string {
  return (response.headers.get("content-type") ?? "").replace(/;.*/s, "").trim().toLowerCase();
}

/** What an answer with an error status means. Keeps a JSON-RPC error of its body, and nothing else of it. */
async function refusal(
  response: Response,
  target: string,
  challenge: string | null,
  signal: AbortSignalLike,
): Promise<McpError> {
  const { status } = response;
  let error: RpcFailure["error"] | undefined;
  let text = "";
  try {
    if (status === 400 || /json/.test(mediaType(response))) {
      text = await readText(response, ERROR_BODY_BYTES, undefined, ERROR_BODY_MS);
      error = JSON.parse(text).error;
    } else discard(response);
  } catch {
    // The status is what matters; a body that cannot be read adds nothing to it.
    if (signal.aborted) throw signal.reason;
  }
  const rpc = typeof error?.code === "number" ? error : undefined;
  const after = response.headers.get("retry-after");
  const limited = status === 429 || (status === 503 && after !== null);
  const code = limited
    ? "rate_limited"
    : status === 401
      ? "unauthorized"
      : status === 403
        ? "forbidden"
        : "http_error";
  // Of a text that is no message, only what it is about.
  const said = rpc ? `: ${quote(rpc.message)} (${rpc.code})` : /session/i.test(text) ? " (session)" : "";
  const advice = status === 401 ? " It wants credentials (auth)." : "";
  return failure(code, target, `answered ${status}${said}.${advice}`, {
    status,
    rpcCode: rpc?.code,
    data: challenge === null ? rpc?.data : { challenge },
    // Seconds, or an HTTP date. "0" is a date to some, and long past.
    retryAfterMs:
      limited && after !== null
        ? Math.max(0, Number(after) * 1000 || Date.parse(after) - Date.now() || 0)
        : undefined,
    retryable: limited,
  });
}

/** What ended without an answer. */
export function lost(target: string, cause?: unknown, status?: number): McpError {
  // Its status is news where all of the answer came, and nothing was in it.
  const said = status && !cause ? `answered ${status} and nothing else` : "broke off before it answered";
  return failure("connection_lost", target, `${said}; the request may have run.`, { cause, status });
}

/** An answer that no message can be read from. */
export function unreadable(response: Response, target: string): McpError {
  discard(response);
  const { status } = response;
  const said = `answered with "${quote(mediaType(response))}", not JSON or an event stream. Is it an MCP endpoint?`;
  return failure("content_type", target, said, { status });
}

/**
 * What the failure of a request within a session means. The session is gone after a 404, as the specification
 * has it, or the 400 of servers that merely look the id up and were restarted.
 */
export function inSession(error: unknown): unknown {
  const { status, rpcCode, message } = error as McpError;
  return (status === 404 && rpcCode !== METHOD_NOT_FOUND) || /answered 400.*session/i.test(message)
    ? new McpError("session_expired", "The server no longer knows the session.", {
        cause: error,
        retryable: true,
      })
    : error;
}
