import { readText } from "../adapters/event-stream.ts";
import { type Fetch, fetchFailure, parseUrl, platformFetch, shownUrl } from "../adapters/fetch.ts";
import { clock } from "../adapters/timers.ts";
import { isMcpError, McpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import type { AbortSignalLike } from "../core/ports.ts";
import type { JsonObject } from "../core/types.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import { fault } from "./errors.ts";

/** One request to a metadata, registration or token endpoint, its whole answer read. */
export type Send = (url: string, init?: RequestInit) => Promise<Response>;

const MAX_BODY_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;

/** Whether a host is this machine, where there is no network that could listen. */
function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/**
 * "All authorization server endpoints MUST be served over HTTPS." Plain http is left to the loopback, and to
 * servers that are there themselves: no other server sends a client to its own machine.
 *
 * @param base the server that named the URL.
 * @throws McpError `insecure_endpoint` for anything else, whatever its scheme.
 */
export function secured(target: unknown, what: string, base?: string): URL {
  const url = parseUrl(String(target));
  if (url && !url.username && !url.password) {
    if (url.protocol === "https:") return url;
    if (url.protocol === "http:" && isLoopback(url) && (!base || isLoopback(new URL(base)))) return url;
  }
  const shown = !url ? "no URL" : /^http/.test(url.protocol) ? shownUrl(url.href) : `a ${url.protocol} URL`;
  throw fault("insecure_endpoint", `The ${what} is ${shown}: it must be an https URL without credentials.`);
}

/**
 * @param fetch the application's own for OAuth, or none.
 * @param signal of those who wait.
 */
export function sender(fetch: Fetch = platformFetch, signal?: () => AbortSignalLike | undefined): Send {
  return async (target, init = {}) => {
    const controller = new AbortController();
    const off = onAbort(signal?.(), (reason) => controller.abort(reason));
    const shown = shownUrl(target);
    const stop = clock.after(TIMEOUT_MS, () =>
      controller.abort(fault("timeout", `${shown} did not answer within ${TIMEOUT_MS} ms.`, target)),
    );
    let url = target;
    try {
      for (let hops = 0; ; hops++) {
        secured(url, "URL");
        const response = await fetch(url, {
          ...init,
          signal: controller.signal,
          credentials: "omit",
          cache: "no-store",
          redirect: "manual",
          referrerPolicy: "no-referrer",
        });
        const { status } = response;
        if (response.type !== "opaqueredirect" && (status < 300 || status > 399)) {
          // What comes back may be anything, of any size: it is read here, within bounds.
          const text = await readText(response, MAX_BODY_BYTES);
          const { headers } = response;
          return new Response(status === 204 || text === "" ? null : text, { status, headers });
        }
        const location = response.headers.get("location");
        const next = location === null ? undefined : new URL(location, url);
        if (!next || hops >= MAX_REDIRECTS || init.method === "POST" || next.origin !== new URL(url).origin) {
          throw fault("redirect_refused", `${shown} redirects elsewhere. It must answer by itself.`, url);
        }
        url = next.href;
      }
    } catch (error) {
      if (controller.signal.aborted) throw controller.signal.reason;
      const { code, message, cause } = isMcpError(error)
        ? error
        : await fetchFailure(error, url, {
            ...{ fetch, credentials: "omit", signal: controller.signal },
            names: ["accept", ...unasked(init.headers)],
          });
      if (isMcpError(error) && error.during) throw error;
      throw new McpError(code, message.slice(code.length + 3), {
        url: shown,
        cause,
        during: "authorization",
      });
    } finally {
      stop();
      off();
    }
  };
}

/** Headers that a page may send only where the server says so. A form's type is not one of them. */
function unasked(headers: HeadersInit | undefined): string[] {
  return [...new Headers(headers)].filter(([, value]) => !/urlencoded/.test(value)).map(([name]) => name);
}

/** The JSON object of an answer; an empty one when it has none. */
export async function jsonOf(response: Response): Promise<JsonObject> {
  try {
    const json: unknown = await response.json();
    if (isObject(json)) return json;
  } catch {
    // Servers that answer every path with a page have no document here.
  }
  return {};
}
