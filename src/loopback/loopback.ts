import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import { McpError } from "mcp-rivulet";
import type { Authorize, Landing } from "mcp-rivulet/oauth";
import { openBrowser } from "./open-browser.ts";

/** What {@link loopback} takes. */
export interface LoopbackOptions {
  /** Takes the person to the URL. Default: prints it to stderr, and opens the browser of the platform. */
  readonly open?: ((url: URL) => unknown) | undefined;
  /** Milliseconds that the person has. Default 600 000. */
  readonly timeout?: number | undefined;
}

/** Who gets the next request for the redirect URI. */
interface Listening {
  readonly server: Server;
  /** Until when somebody waits. */
  timer?: NodeJS.Timeout;
  /** Takes the callback URL; false when it is not the one that is waited for. */
  take?: (callback: URL, response: ServerResponse) => boolean;
}

/** One that cannot run, load or frame anything, and leaks nothing of its URL. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  connection: "close",
};

const page = (text: string): string =>
  `<!doctype html><meta charset="utf-8"><title>${text}</title><p>${text}`;

const fail = (code: "auth_refused" | "unauthorized", message: string, reason?: string): McpError =>
  new McpError(code, message, { during: "authorization", data: reason && { reason } });

/**
 * Signs in from a program of the command line: the browser comes back to a port of this machine that is open for
 * one sign-in. For Node, Deno and Bun.
 *
 * `redirectUri` of `oauth` says where: on `127.0.0.1`, `[::1]` or `localhost`, with any free port if it names none.
 * A client that is registered by hand is registered with the same URL; authorization servers let the port vary.
 *
 * @throws McpError `auth_refused` for another `redirectUri`, or when its port is taken; `unauthorized` when nobody
 * comes back in time.
 * @example
 * ```ts
 * oauth({ redirectUri: "http://127.0.0.1/callback", authorize: loopback() })
 * ```
 * @see https://datatracker.ietf.org/doc/html/rfc8252#section-7.3
 */
export function loopback(options: LoopbackOptions = {}): Authorize {
  const { open = openBrowser, timeout = 600_000 } = options;
  /** By redirect URI: several servers may ask for a sign-in at once. */
  const all = new Map<string, Listening>();

  const authorize: Authorize = (url, { state }) =>
    new Promise<URL>((resolve, reject) => {
      const listening = all.get(url.searchParams.get("redirect_uri") ?? "");
      if (!listening) throw fail("auth_refused", "Nothing listens for this sign-in: it is over.");
      listening.timer = setTimeout(
        () => reject(fail("unauthorized", `Nobody has signed in within ${timeout} ms.`, "timeout")),
        timeout,
      );
      listening.take = (callback, response) => {
        // Any program and any page of this machine can send a request here; only one knows the state.
        if (callback.searchParams.get("state") !== state) return false;
        listening.take = undefined;
        // The person has their page before the port is closed.
        response.on("close", () => resolve(callback));
        return true;
      };
      // An application may refuse the URL by throwing.
      Promise.resolve(url).then(open).catch(reject);
    });

  async function listen(redirectUri: string): Promise<Landing> {
    const url = new URL(redirectUri);
    const { protocol, hostname, pathname } = url;
    if (protocol !== "http:" || !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
      throw fail(
        "auth_refused",
        "For loopback() `redirectUri` is an http URL of this machine, such as http://127.0.0.1/callback.",
      );
    }
    const handle: RequestListener = (request, response) => {
      // Whatever follows this slash is a path, also what no browser would send.
      const callback = new URL(`${url.origin}/${request.url?.replace("/", "")}`);
      const ours = request.method === "GET" && callback.pathname === pathname;
      const taken = ours && listening.take?.(callback, response);
      response.writeHead(taken ? 200 : 404, HEADERS);
      response.end(page(taken ? "You can close this window." : "There is no sign-in to complete."));
    };
    const listening: Listening = { server: createServer(handle) };
    const { server } = listening;
    await new Promise<void>((resolve, reject) => {
      server.on("error", ({ code }: Error & { code?: string }) =>
        reject(fail("auth_refused", `Port ${url.port} for the redirect URI cannot be opened (${code}).`)),
      );
      server.listen(Number(url.port), hostname.replace(/[[\]]/g, ""), resolve);
    });
    url.port = String((server.address() as AddressInfo).port);
    all.set(url.href, listening);
    return {
      redirectUri: url.href,
      close() {
        all.delete(url.href);
        clearTimeout(listening.timer);
        server.close();
        server.closeAllConnections();
      },
    };
  }

  return Object.assign(authorize, { listen });
}
