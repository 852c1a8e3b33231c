import { readText } from "../adapters/event-stream.ts";
import { type Fetch, fetchFailure, platformFetch, shownUrl } from "../adapters/fetch.ts";
import { type ErrorCode, type ErrorDetails, McpError, quote } from "../core/errors.ts";
import type { AbortSignalLike, AuthProvider } from "../core/ports.ts";
import type { HeaderMap } from "../core/wire/headers.ts";
import { isObject } from "../core/wire/jsonrpc.ts";

/** What both HTTP transports take. */
export interface HttpOptions {
  /** Headers for every request, or a function evaluated for each. They never replace the protocol's own. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** A bearer token, or a provider of credentials. */
  readonly auth?: AuthProvider | string;
  /** Used in place of the platform's `fetch`. */
  readonly fetch?: Fetch;
  /** Whether the browser sends cookies. Default `"omit"`. */
  readonly credentials?: RequestCredentials;
  readonly limits?: {
    /** Largest message accepted, in bytes. Default 16 MiB. */
    readonly messageBytes?: number;
  };
}

export const DEFAULT_MESSAGE_BYTES: number = 16 * 1024 * 1024;
const ERROR_BODY_BYTES = 16 * 1024;
const MAX_REDIRECTS = 5;

/** Sends requests to one origin with the caller's headers and credentials, and names what goes wrong. */
export class Http {
  readonly messageBytes: number;
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.messageBytes = options.limits?.messageBytes ?? DEFAULT_MESSAGE_BYTES;
  }

  /** One request; resolves with a 2xx response whose body nobody has read. */
  async request(
    method: "GET" | "POST" | "DELETE",
    url: string,
    own: HeaderMap,
    signal: AbortSignalLike,
    body?: string,
    keepalive?: boolean,
  ): Promise<Response> {
    const { auth } = this.#options;
    const provider = typeof auth === "object" ? auth : undefined;
    for (let tries = 0; ; tries++) {
      const headers = await this.#headers(method, url, own);
      const response = await this.#follow(url, {
        method,
        headers,
        body,
        keepalive,
        signal: signal as AbortSignal,
        credentials: this.#options.credentials ?? "omit",
        cache: "no-store",
        redirect: "manual",
        referrerPolicy: "no-referrer",
      });
      if (response.ok) return response;
      const { status } = response;
      if ((status === 401 || status === 403) && provider?.challenged && tries === 0) {
        const header = response.headers.get("www-authenticate");
        discard(response);
        if (await provider.challenged({ url, status, header })) continue;
        throw refusal(status, header, url);
      }
      throw await httpFailure(response, url, signal);
    }
  }

  async #headers(method: string, url: string, own: HeaderMap): Promise<HeaderMap> {
    const { headers, auth } = this.#options;
    if (!headers && !auth) return own;
    const all: HeaderMap = {};
    const given = typeof headers === "function" ? await headers() : headers;
    if (given) {
      new Headers(given).forEach((value, name) => {
        all[name] = value;
      });
    }
    if (typeof auth === "string") all.authorization = `Bearer ${auth}`;
    else if (auth) Object.assign(all, await auth.headers({ url, method }));
    return Object.assign(all, own);
  }

  /**
   * Follows redirects within the origin that keep method and body. Anything else would send a message, or
   * the caller's headers, where the caller did not mean them to go.
   */
  async #follow(target: string, init: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
    const send = this.#options.fetch ?? platformFetch;
    let url = target;
    for (let hops = 0; ; hops++) {
      let response: Response;
      try {
        response = await send(url, init);
      } catch (error) {
        if (init.signal.aborted) throw init.signal.reason;
        throw fetchFailure(error, url);
      }
      const { status } = response;
      if (response.type !== "opaqueredirect" && (status < 300 || status > 399 || status === 304))
        return response;
      discard(response);
      const location = response.headers.get("location");
      const next = location === null ? undefined : resolve(location, url);
      const keeps = status === 307 || status === 308 || init.method === "GET";
      if (!next || !keeps || hops >= MAX_REDIRECTS || new URL(next).origin !== new URL(url).origin) {
        const where = next ? ` to ${shownUrl(next)}` : "";
        throw new McpError(
          "redirect_refused",
          `${shownUrl(url)} redirects${where}, and following would send the message elsewhere or lose it. ` +
            "Connect to the final URL.",
          { status: status || undefined, url: shownUrl(url) },
        );
      }
      url = next;
    }
  }
}

function resolve(location: string, base: string): string | undefined {
  try {
    return new URL(location, base).href;
  } catch {
    return undefined;
  }
}

/** Lets go of a body nobody wants, and with it of the connection. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

/** The media type, without parameters. */
export function mediaType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** What an answer with an error status means. Keeps a JSON-RPC error of its body, and nothing else of it. */
async function httpFailure(response: Response, target: string, signal: AbortSignalLike): Promise<McpError> {
  const { status } = response;
  const url = shownUrl(target);
  if (status === 401 || status === 403) {
    const header = response.headers.get("www-authenticate");
    // A 403 may say why in a JSON-RPC error; a 401 says it in its challenge.
    if (status === 401 || header !== null) {
      discard(response);
      return refusal(status, header, target);
    }
  }
  const rpc = await rpcErrorOf(response, signal);
  const said = rpc ? `: ${quote(rpc.message)} (${rpc.code})` : "";
  const details: ErrorDetails = { status, url, rpcCode: rpc?.code, data: rpc?.data };
  if (status === 403) return new McpError("forbidden", `${url} answered 403${said}.`, details);
  const retryAfterMs = retryAfter(response.headers.get("retry-after"));
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    const when = retryAfterMs === undefined ? "" : `; it asks to wait ${retryAfterMs} ms`;
    return new McpError("rate_limited", `${url} answered ${status}${said}${when}.`, {
      ...details,
      retryAfterMs,
      retryable: true,
    });
  }
  return new McpError("http_error", `${url} answered ${status}${said}.`, details);
}

function refusal(status: number, header: string | null, target: string): McpError {
  const url = shownUrl(target);
  const code: ErrorCode = status === 401 ? "unauthorized" : "forbidden";
  const hint = status === 401 ? "Pass credentials in `auth`." : "These credentials are not enough.";
  return new McpError(code, `${url} answered ${status}. ${hint}`, {
    status,
    url,
    data: { challenge: header },
  });
}

async function rpcErrorOf(
  response: Response,
  signal: AbortSignalLike,
): Promise<{ code: number; message: string; data?: unknown } | undefined> {
  if (!mediaType(response).includes("json")) {
    discard(response);
    return undefined;
  }
  try {
    const body: unknown = JSON.parse(await readText(response.body, ERROR_BODY_BYTES));
    const error = isObject(body) ? body.error : undefined;
    if (isObject(error) && typeof error.code === "number") {
      return { code: error.code, message: String(error.message ?? ""), data: error.data };
    }
  } catch {
    // The status is what matters; a body that cannot be read adds nothing to it.
    if (signal.aborted) throw signal.reason;
  }
  return undefined;
}

/** `Retry-After` in milliseconds: seconds, or an HTTP date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
