import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { bundle } from "../package/bundle.ts";
import { serve } from "../support/serve.ts";

/** What the page offers to a test. */
const script = `
  import { connectShared } from "mcp-rivulet/shared";
  import { listen } from "mcp-rivulet";

  const settle = (promise) => promise.then((value) => ({ value }), ({ code, message, rpcCode, data }) => ({ code, message, rpcCode, data }));
  const texts = [];
  const changes = [];
  const questions = [];
  addEventListener("pageshow", ({ persisted }) => { window.restored = persisted; });
  Object.assign(window, {
    settle,
    texts,
    changes,
    questions,
    async start(path, { answer, ...options } = {}) {
      const onElicit = answer && (({ message }) => {
        questions.push(message);
        return answer;
      });
      window.client = await connectShared(/\\[/.test(path) ? path : new URL(path, location.href), { ...options, onElicit });
      client.on("toolsChanged", () => changes.push("tools"));
      return client.server;
    },
    call: (name, args) => settle(client.callTool(name, args).then(({ text }) => text)),
    stream: (name) => settle((async () => {
      for await (const text of client.callTool(name).text()) texts.push(text);
    })()),
    first: async (name) => {
      for await (const text of client.callTool(name).text()) return text;
    },
    crawl: async (name) => {
      const events = client.callTool(name)[Symbol.asyncIterator]();
      await events.next();
      window.hurry = async () => {
        let count = 1;
        for (let next = await events.next(); next.value.type !== "result"; next = await events.next()) count++;
        return count;
      };
    },
    listen: async () => {
      const subscription = listen(client, { toolsListChanged: true });
      await subscription.ready;
      (async () => { for await (const { type } of subscription) changes.push(type); })();
    },
  });
`;

/** A shared worker that leads. */
const worker = `
  import { connectShared } from "mcp-rivulet/shared";
  connectShared(new URL(location.hash.slice(1), location.href));
`;

/** A site with an MCP server behind it, over HTTP/1.1, as a reverse proxy has it. */
export interface Site {
  readonly url: string;
  /** Keeps requests for MCP from the server until released. Resolves when one is kept. */
  hold(): { readonly kept: Promise<void>; release(): void };
  /** Breaks off every answer to requests of this HTTP method. */
  cut(method: string): void;
  close(): Promise<void>;
}

export async function startSite(target: string): Promise<Site> {
  const scripts: { [path: string]: string } = {
    "/script.js": (await bundle(script)).code,
    "/worker.js": (await bundle(worker, { format: "iife" })).code,
  };
  const policy = "default-src 'none'; script-src 'self'; connect-src 'self'";
  let gate: Promise<void> | undefined;
  let onKept = () => {};
  const open = new Set<ServerResponse>();

  const { origin: url, close } = await serve(async (req, res) => {
    const code = scripts[req.url ?? ""];
    if (code) {
      res.writeHead(200, { "content-type": "text/javascript", "content-security-policy": policy });
      return void res.end(code);
    }
    if (req.url === "/favicon.ico") return void res.writeHead(204).end();
    if (req.url === "/" || req.url === "/other") {
      res.writeHead(200, { "content-type": "text/html", "content-security-policy": policy });
      const tag = req.url === "/" ? '<script type="module" src="/script.js"></script>' : "";
      return void res.end(`<!doctype html><meta charset="utf-8"><title>Site</title>${tag}`);
    }
    if (gate) {
      onKept();
      await gate;
    }
    open.add(res);
    res.once("close", () => open.delete(res));
    forward(req, res, target);
  });
  return {
    url,
    hold() {
      let release = () => {};
      gate = new Promise((resolve) => {
        release = () => {
          gate = undefined;
          resolve();
        };
      });
      const kept = new Promise<void>((resolve) => {
        onKept = resolve;
      });
      return { kept, release };
    },
    cut(method) {
      for (const res of open) if (res.req.method === method) res.destroy();
    },
    close,
  };
}

function forward(req: IncomingMessage, res: ServerResponse, target: string): void {
  if (req.destroyed) return;
  const url = new URL(req.url ?? "/", target);
  const { method, headers } = req;
  const out = request(url, { method, headers: { ...headers, host: url.host } }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    res.flushHeaders();
    answer.pipe(res);
    answer.once("error", () => res.destroy());
  });
  out.once("error", () => res.destroy());
  res.once("close", () => out.destroy());
  req.pipe(out);
}
