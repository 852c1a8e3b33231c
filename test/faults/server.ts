import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { createGzip } from "node:zlib";
import type { Piece, Revision, Say, Script, Seen } from "./types.ts";

const TYPES = { json: "application/json", sse: "text/event-stream", html: "text/html", text: "text/plain" };
const capabilities = { tools: {}, prompts: {}, resources: {}, logging: {} };

/** Signals by name, for who comes early and who comes late. */
class Signals {
  readonly #open = new Map<string, { promise: Promise<void>; resolve(): void }>();

  at(name: string): { promise: Promise<void>; resolve(): void } {
    let entry = this.#open.get(name);
    if (!entry) {
      let resolve = () => {};
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      entry = { promise, resolve };
      this.#open.set(name, entry);
    }
    return entry;
  }
}

/** A server that does as its script says. It never keeps the process alive: only the client under test may. */
export class Hostile {
  readonly requests: Seen[] = [];
  readonly marks = new Signals();
  readonly gates = new Signals();
  readonly events = new Signals();
  origin = "";
  evil = "";
  evilRequests = 0;
  #stream: ServerResponse | undefined;
  #servers: Server[] = [];
  /** The last tool call: what a GET, or a notification, is about. */
  #call: { id?: unknown; params?: { _meta?: { progressToken?: unknown } } } | undefined;
  readonly #counts = new Map<string, number>();
  readonly #revision: Revision;
  readonly #script: Script;

  constructor(revision: Revision, script: Script) {
    this.#revision = revision;
    this.#script = script;
  }

  async start(): Promise<void> {
    const main = createServer({ keepAliveTimeout: 60_000 }, (req, res) => this.#take(req, res));
    const evil = createServer((_, res) => {
      this.evilRequests++;
      res.end("{}");
    });
    for (const server of [main, evil]) {
      server.on("connection", (socket) => socket.unref().on("error", () => {}));
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      server.unref();
    }
    this.#servers = [main, evil];
    this.origin = `http://127.0.0.1:${(main.address() as AddressInfo).port}`;
    this.evil = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const server of this.#servers) server.close().closeAllConnections();
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of req.setEncoding("utf8")) text += chunk;
    const body = text ? JSON.parse(text) : undefined;
    const { url = "/", method = "GET", headers } = req;
    const path = url.replace(/\?.*/, "");
    const key = this.#script[path] ? path : keyOf(method, headers["last-event-id"], body);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    this.requests.push({ key, method, path: url, headers, body, at: performance.now() });
    res.on("close", () => this.events.at(`freed ${key} ${count}`).resolve());
    res.on("error", () => {});
    this.events.at(`seen ${key} ${count}`).resolve();
    const script = this.#script[`${key} ${headers["mcp-session-id"]}`] ?? this.#script[key];
    const say = Array.isArray(script) ? script[Math.min(count, script.length) - 1] : script;
    if (key === "tools/call") this.#call = body;
    const about = () => (body?.id === undefined ? this.#call : body);
    const fill = (piece: string) =>
      piece
        .replaceAll("$id", JSON.stringify(about()?.id ?? null))
        .replaceAll("$token", JSON.stringify(about()?.params?._meta?.progressToken ?? null))
        .replaceAll("$n", String(count))
        .replaceAll("$origin", this.origin)
        .replaceAll("$evil", this.evil);
    if (say && !say.usual) await this.#say(say, res, fill);
    else await this.#usual(key, body, res, fill);
  }

  async #say(say: Say, res: ServerResponse, fill: (piece: string) => string): Promise<void> {
    if (say.stream !== undefined) {
      if (!say.status) res.writeHead(202).end();
      const stream = this.#stream;
      if (!stream) return;
      await this.#write(stream, say.stream, fill);
      await finish(stream, say.streamThen ?? "hang");
      if (say.status) res.writeHead(say.status).end();
      return;
    }
    if (say.raw) {
      const socket = res.socket;
      for (const piece of list(say.body)) if (typeof piece === "string") socket?.write(fill(piece), "latin1");
      if (say.then === "reset") socket?.resetAndDestroy();
      else if (say.then !== "hang") socket?.end();
      return;
    }
    const { status = 200, then = "end" } = say;
    if (say.body === undefined && then !== "end" && status === 200 && !say.as && !say.headers)
      return finish(res, then);
    const headers: Record<string, string> = say.as ? { "content-type": TYPES[say.as] } : {};
    for (const [name, value] of Object.entries(say.headers ?? {})) headers[name] = fill(value);
    if (say.gzip) headers["content-encoding"] = "gzip";
    res.writeHead(status, headers);
    if (status !== 204) res.flushHeaders();
    if (say.as === "sse" && this.#revision === "2024-11-05") this.#stream = res;
    if (say.gzip) {
      const gzip = createGzip();
      gzip.pipe(res);
      await this.#write(gzip, say.body, fill);
      if (then === "end") gzip.end();
    } else {
      await this.#write(res, say.body, fill);
      await finish(res, then);
    }
  }

  async #write(
    to: NodeJS.WritableStream & { destroyed?: boolean },
    body: Say["body"],
    fill: (piece: string) => string,
  ): Promise<void> {
    const put = async (text: string) => {
      if (to.destroyed || (to as ServerResponse).writableEnded) return;
      if (!to.write(text))
        await new Promise<void>((done) => {
          const free = () => {
            to.off("drain", free).off("close", free);
            done();
          };
          to.on("drain", free).on("close", free);
        });
    };
    for (const piece of list(body)) {
      if (typeof piece === "string") await put(fill(piece));
      else if ("mark" in piece) this.marks.at(piece.mark).resolve();
      else if ("pause" in piece) await pause(piece.pause);
      else if ("until" in piece) await this.gates.at(fill(piece.until)).promise;
      else if ("repeat" in piece) {
        const text = fill(piece.repeat);
        for (let i = 0; i < piece.times && !to.destroyed; i++) await put(text.replace("$i", String(i)));
      } else if ("forever" in piece) {
        while (!to.destroyed) {
          await put(fill(piece.forever));
          await pause(piece.every);
        }
      } else
        for (const byte of Buffer.from(fill(piece.bytes))) {
          if (to.destroyed) break;
          // Each byte has to be a chunk of its own on the wire.
          to.write(Buffer.of(byte));
          await pause(0);
        }
    }
  }

  /** What a sound server of the revision would say. */
  async #usual(key: string, body: unknown, res: ServerResponse, fill: (piece: string) => string) {
    const shared = this.#revision === "2024-11-05";
    const json = (result: object, headers?: { [name: string]: string }): Promise<void> | void => {
      const text = `{"jsonrpc":"2.0","id":$id,"result":${JSON.stringify(result)}}`;
      return this.#say(
        shared ? { stream: `event: message\ndata: ${text}\n\n` } : { as: "json", headers, body: text },
        res,
        fill,
      );
    };
    const { params } = (body ?? {}) as { params?: { protocolVersion?: string; name?: string } };
    if (key === "GET" && shared) {
      return this.#say(
        { as: "sse", body: "event: endpoint\ndata: /messages?session_id=SECRET-SESSION\n\n", then: "hang" },
        res,
        fill,
      );
    }
    if (key.startsWith("GET")) return void res.writeHead(405).end();
    if (key === "DELETE") return void res.writeHead(200).end();
    if (key.startsWith("notifications/") || key === "reply") return void res.writeHead(202).end();
    if (key === "server/discover") {
      if (this.#revision !== "2026-07-28")
        return this.#say(
          {
            status: 400,
            as: "json",
            body: '{"jsonrpc":"2.0","id":$id,"error":{"code":-32601,"message":"Method not found"}}',
          },
          res,
          fill,
        );
      return json({ supportedVersions: ["2026-07-28"], capabilities });
    }
    if (key === "initialize") {
      const protocolVersion = this.#revision === "auto" ? "2025-11-25" : this.#revision;
      return json(
        { protocolVersion, capabilities, serverInfo: { name: "hostile", version: "0" } },
        protocolVersion === "2024-11-05" ? {} : { "mcp-session-id": fill("SECRET-SESSION-$n") },
      );
    }
    if (key === "tools/call") return json({ content: [{ type: "text", text: params?.name ?? "" }] });
    return json({});
  }
}

function keyOf(method: string, resume: unknown, body: unknown): string {
  if (method === "GET") return resume === undefined ? "GET" : "GET resume";
  if (method !== "POST") return method;
  return (body as { method?: string }).method ?? "reply";
}

function list(body: Say["body"]): readonly Piece[] {
  return body === undefined ? [] : Array.isArray(body) ? body : [body as Piece];
}

async function finish(res: ServerResponse, then: NonNullable<Say["then"]>): Promise<void> {
  // A reset takes with it what the other side has not read yet.
  if (then === "reset" && res.headersSent) await pause(50);
  if (then === "end") res.end();
  else if (then === "drop") res.socket?.destroySoon();
  else if (then === "reset") res.socket?.resetAndDestroy();
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => {
    if (ms === 0) setImmediate(done);
    else setTimeout(done, ms).unref();
  });
}

/** A port nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
