import type { ServerResponse } from "node:http";
import { type Client, type ConnectOptions, connect, type Fetch, type ToolEvent } from "mcp-rivulet";
import { afterEach } from "vitest";
import { type GatedOptions, type GatedServer, type Revision, startGated } from "../servers/gated.ts";
import { listen, type RecordingServer, type RequestRecord } from "../servers/http.ts";

const owned: { close(): Promise<unknown> }[] = [];

/** Closes it after the test, whatever became of the test. */
export function own<T extends { close(): Promise<unknown> }>(thing: T): T {
  owned.push(thing);
  return thing;
}

afterEach(async () => {
  for (const thing of owned.splice(0).reverse()) await thing.close();
});

/** A gated server of this revision, and a client that found it by its URL. */
export async function meet(
  revision: Revision,
  options: ConnectOptions = {},
  serverOptions: GatedOptions = {},
): Promise<{ server: GatedServer; client: Client }> {
  const server = own(await startGated(revision, serverOptions));
  const client = own(await connect(server.url, options));
  return { server, client };
}

/** The revisions of Streamable HTTP with a handshake. */
export const sessionRevisions: readonly Revision[] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/** The revisions in which each request has a response stream of its own. */
export const streamableRevisions: readonly Revision[] = [...sessionRevisions, "2026-07-28"];

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** How often a JSON-RPC method, or without one an HTTP method, was asked for. */
export function count(requests: readonly RequestRecord[], what: string): number {
  return requests.filter(({ method, http }) => (method ?? http) === what).length;
}

/** All events of a call. */
export async function all(events: AsyncIterable<ToolEvent>): Promise<ToolEvent[]> {
  const list: ToolEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

/** All strings of a stream, kept apart. */
export async function strings(parts: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const part of parts) list.push(part);
  return list;
}

/** Resolves, with the message, once a message the client receives is the one meant. */
export function received(
  client: Client,
  meant: (message: Record<string, unknown>) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const off = client.on("message", ({ direction, message }) => {
      if (direction !== "in" || !meant(message as unknown as Record<string, unknown>)) return;
      off();
      resolve();
    });
  });
}

/** A `fetch` whose event streams pass through `cut`, which decides where chunks begin and end. */
export function fetchWith(cut: () => TransformStream<Uint8Array, Uint8Array>): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream"))
      return response;
    return new Response(response.body.pipeThrough(cut()), response);
  };
}

/** A request to a hand-made server. */
export interface Asked {
  readonly id: string | number;
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly token: string;
  readonly res: ServerResponse;
  /** Answers with one JSON body. */
  json(reply: { result: object } | { error: object }, status?: number): void;
  /** One event of an event stream, as text. */
  event(message: { method: string; params: object } | { result: object }): string;
}

/**
 * A Streamable HTTP server made by hand, for what an official one does not do. It opens a connection in
 * `revision` by itself; every other request goes to `answer`.
 */
export async function startHandMade(
  revision: Revision | undefined,
  answer: (asked: Asked) => unknown,
): Promise<RecordingServer> {
  const http = await listen(async (req, res, body) => {
    if (req.method !== "POST") return void res.writeHead(405).end();
    const { id, method, params = {} } = body as { id?: number; method: string; params?: Asked["params"] };
    if (id === undefined) return void res.writeHead(202).end();
    const meta = params._meta as { progressToken: string } | undefined;
    const asked: Asked = {
      id,
      method,
      params,
      token: meta?.progressToken ?? "",
      res,
      json: (reply, status = 200) =>
        void res
          .writeHead(status, { "content-type": "application/json" })
          .end(JSON.stringify({ jsonrpc: "2.0", id, ...reply })),
      event: (message) =>
        `data: ${JSON.stringify({ jsonrpc: "2.0", ...("result" in message && { id }), ...message })}\n\n`,
    };
    const capabilities = { tools: {}, prompts: {}, resources: {} };
    if (revision === "2026-07-28" && method === "server/discover") {
      return asked.json({ result: { resultType: "complete", supportedVersions: [revision], capabilities } });
    }
    if (revision && revision !== "2026-07-28" && method === "initialize") {
      const serverInfo = { name: "hand-made", version: "1.0.0" };
      return asked.json({ result: { protocolVersion: revision, capabilities, serverInfo } });
    }
    if (revision && !/^tools\/call$|\/list$|subscribe$/.test(method)) {
      return asked.json({ error: { code: -32601, message: "Method not found" } }, 404);
    }
    await answer(asked);
  });
  return { origin: http.origin, url: `${http.origin}/mcp`, requests: http.requests, close: http.close };
}
