import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { serve } from "../support/serve.ts";

/** One HTTP request as it reached the server. */
export interface RequestRecord {
  /** The HTTP method. */
  readonly http: string;
  readonly path: string;
  /** The JSON-RPC method of the body; undefined without a body, for a response and for a batch. */
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** How the answer ended: written to its end, or cut off by either side before that. */
  readonly ended: Promise<"finished" | "aborted">;
}

/** What every fixture has. */
export interface TestServer {
  /** The URL to connect to. */
  readonly url: string;
  /** The URL without its path. */
  readonly origin: string;
  close(): Promise<void>;
}

/** What the fixtures that run inside the test have on top. */
export interface RecordingServer extends TestServer {
  /** Every request so far, in order of arrival. */
  readonly requests: readonly RequestRecord[];
}

export type Handler = (
  req: IncomingMessage,
  res: ServerResponse,
  body: unknown,
  path: string,
) => void | Promise<void>;

/** Looks at a request before its body is read; true when it has answered it. Such a request is not recorded. */
export type Before = (req: IncomingMessage, res: ServerResponse) => boolean;

export interface HttpListener {
  readonly origin: string;
  readonly requests: RequestRecord[];
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1, records what comes in, and hands each body on parsed. */
export async function listen(handler: Handler, before?: Before): Promise<HttpListener> {
  const requests: RequestRecord[] = [];
  const { origin, close } = await serve((req, res) => {
    if (before?.(req, res)) return;
    void (async () => {
      const text = await readText(req);
      const body = parse(text);
      const path = req.url ?? "/";
      requests.push({
        http: req.method ?? "",
        path,
        method: isObject(body) && typeof body.method === "string" ? body.method : undefined,
        headers: req.headers,
        body,
        ended: new Promise((resolve) =>
          res.once("close", () => resolve(res.writableFinished ? "finished" : "aborted")),
        ),
      });
      if (text && body === undefined) return refuse(res, 400, -32700, "Parse error");
      await handler(req, res, body, path);
    })().catch((error: unknown) => {
      // A request that was cut off while its body came in has nobody left to answer.
      if (req.destroyed && !req.complete) return;
      if (res.headersSent) res.destroy();
      else refuse(res, 500, -32603, String(error));
    });
  });
  return { origin, requests, close };
}

/** A JSON-RPC error as the body of an HTTP status. */
export function refuse(res: ServerResponse, status: number, code: number, message: string): void {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null }));
}

async function readText(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
