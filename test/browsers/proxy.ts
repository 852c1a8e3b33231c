import { type OutgoingHttpHeaders, request } from "node:http";
import { serve } from "../support/serve.ts";

/** What the proxy in front of a server does to the requests of pages. */
export interface Rules {
  /** `Access-Control-Allow-Origin`, or false for a server that knows nothing of pages. */
  readonly origin?: string | false;
  /** `Access-Control-Allow-Headers`. */
  readonly allow?: readonly string[];
  /** `Access-Control-Expose-Headers`. */
  readonly expose?: readonly string[];
  /** Redirects one path to another, as frameworks do. */
  readonly redirect?: { readonly from: string; readonly to: string };
  /** Breaks off instead of answering what contains this. */
  readonly cut?: string;
}

export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: unknown };
  readonly body: string;
}

export interface PageProxy {
  readonly origin: string;
  rules: Rules;
  /** Requests other than `OPTIONS`, in order of arrival. */
  readonly requests: Passed[];
  /** Resolves when the connection of the last request of this method is gone. */
  freed(method: string): Promise<void>;
  /** Cuts every connection off, and refuses new ones until told otherwise. */
  down: boolean;
  close(): Promise<void>;
}

/** Stands in front of a server, under an origin of its own, and sends exactly the CORS headers it is told to. */
export async function startProxy(target: string, rules: Rules = {}): Promise<PageProxy> {
  const requests: Passed[] = [];
  const gone = new Map<string, Promise<void>>();
  let down = false;
  const { server, origin, close } = await serve(async (req, res) => {
    const { method = "", url: path = "/", headers } = req;
    const { origin = "*", allow = [], expose = [], redirect, cut } = proxy.rules;
    const own: OutgoingHttpHeaders = origin ? { "access-control-allow-origin": origin } : {};
    if (method === "OPTIONS") {
      if (origin) {
        own["access-control-allow-methods"] = "GET, POST, DELETE";
        own["access-control-allow-headers"] = allow.join(", ");
      }
      return void res.writeHead(204, own).end();
    }
    let body = "";
    for await (const chunk of req.setEncoding("utf8")) body += chunk;
    requests.push({ method, path, headers, body });
    gone.set(method, new Promise((resolve) => res.once("close", resolve)));
    if (redirect && path === redirect.from)
      return void res.writeHead(307, { ...own, location: redirect.to }).end();
    if (cut && body.includes(cut)) return void res.destroy();
    const passed = request(
      target + (path === redirect?.to ? "/mcp" : path),
      { method, headers },
      (answer) => {
        if (origin) own["access-control-expose-headers"] = expose.join(", ");
        res.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...own });
        res.flushHeaders();
        answer.on("error", () => res.destroy()).pipe(res);
      },
    );
    passed.on("error", () => res.destroy());
    res.on("close", () => passed.destroy());
    passed.end(body);
  });
  server.on("connection", (socket) => down && socket.destroy());
  const proxy: PageProxy = {
    origin,
    rules,
    requests,
    freed: (method) => gone.get(method) ?? Promise.resolve(),
    get down() {
      return down;
    },
    set down(is) {
      down = is;
      if (is) server.closeAllConnections();
    },
    close,
  };
  return proxy;
}
