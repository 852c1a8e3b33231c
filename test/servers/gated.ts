import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  type JSONRPCMessage,
  type PerRequestResponseMode,
  Server,
} from "@modelcontextprotocol/server";
import { SSEServerTransport } from "@modelcontextprotocol/server-legacy/sse";
import { EventStore } from "./event-store.ts";
import { GatedCall } from "./gated-call.ts";
import { type Before, type Handler, listen, type RecordingServer, refuse } from "./http.ts";

export { GatedCall } from "./gated-call.ts";

export type Revision = "2024-11-05" | "2025-03-26" | "2025-06-18" | "2025-11-25" | "2026-07-28";

export const revisions: readonly Revision[] = [
  "2024-11-05",
  "2025-03-26",
  "2025-06-18",
  "2025-11-25",
  "2026-07-28",
];

export interface GatedOptions {
  /** The tools it lists, each gated; default `gated` and `other`. `echo` is always there, and is not. */
  tools?: readonly string[];
  /** Between keepalive comments; default none. Not on 2024-11-05. */
  keepAliveMs?: number;
  /** 2025-x: streams can be resumed with `Last-Event-ID`. */
  eventStore?: boolean;
  /** 2026-07-28: when an answer is a stream. Default `auto`: once there is something to send ahead of it. */
  responseMode?: PerRequestResponseMode;
  /** Sees each request first: CORS, or pages of the same origin. */
  before?: Before;
}

export interface GatedServer extends RecordingServer {
  readonly revision: Revision;
  /** Every gated call so far, in order of arrival. */
  readonly calls: readonly GatedCall[];
  /** The next gated call that `nextCall` has not given out yet. */
  nextCall(): Promise<GatedCall>;
  /** Tells everyone who listens that the list of tools changed. */
  toolsChanged(): Promise<void>;
  /** Forgets every session, as a restarted server would: the next request with a session id gets a 404. */
  forgetSessions(): Promise<void>;
}

/** One revision's way of serving. */
export interface Endpoint {
  readonly path: string;
  readonly handle: Handler;
  toolsChanged(): void | Promise<void>;
  forgetSessions(): Promise<void>;
  close(): Promise<void>;
}

/** Says which HTTP response will carry the answer to the request a handler works on. */
export type Connections = AsyncLocalStorage<ServerResponse>;

/** Serves what `createServer` makes, as the official packages serve a revision. */
export function endpointOf(
  revision: Revision,
  createServer: () => Server,
  options: GatedOptions = {},
  connections: Connections = new AsyncLocalStorage(),
): Endpoint {
  if (revision === "2026-07-28") return modern(createServer, connections, options);
  if (revision === "2024-11-05") return httpSse(createServer, connections);
  return streamableHttp(createServer, connections, options);
}

/** A server of exactly one revision whose tool calls the test holds the strings of. */
export async function startGated(revision: Revision, options: GatedOptions = {}): Promise<GatedServer> {
  const calls: GatedCall[] = [];
  const waiting: ((call: GatedCall) => void)[] = [];
  let given = 0;
  const connections: Connections = new AsyncLocalStorage();

  const createServer = () =>
    gatedServer(revision, options.tools ?? ["gated", "other"], connections, (call) => {
      calls.push(call);
      const next = waiting.shift();
      if (next) {
        given++;
        next(call);
      }
    });
  const endpoint = endpointOf(revision, createServer, options, connections);
  const http = await listen(
    (req, res, body, path) =>
      path.split("?")[0] === endpoint.path || path.startsWith("/messages?")
        ? endpoint.handle(req, res, body, path)
        : refuse(res, 404, -32000, "Not found"),
    options.before,
  );

  return {
    revision,
    origin: http.origin,
    url: http.origin + endpoint.path,
    requests: http.requests,
    calls,
    async nextCall() {
      const call = calls[given];
      if (!call) return new Promise((resolve) => waiting.push(resolve));
      given++;
      return call;
    },
    toolsChanged: async () => endpoint.toolsChanged(),
    forgetSessions: () => endpoint.forgetSessions(),
    async close() {
      await endpoint.close();
      await http.close();
    },
  };
}

function gatedServer(
  revision: Revision,
  tools: readonly string[],
  connections: Connections,
  onCall: (call: GatedCall) => void,
): Server {
  const server = new Server(
    { name: `gated-${revision}`, version: "1.0.0" },
    { capabilities: { tools: { listChanged: true }, logging: {} }, supportedProtocolVersions: [revision] },
  );
  server.setRequestHandler("tools/list", () => ({
    tools: [...tools, "echo"].map((name) => ({ name, inputSchema: { type: "object" as const } })),
  }));
  server.setRequestHandler("tools/call", (request, context) => {
    if (request.params.name === "echo") {
      return { content: [{ type: "text" as const, text: String(request.params.arguments?.message ?? "") }] };
    }
    const connection = connections.getStore();
    if (!connection) throw new Error("The request came in on no connection");
    const call = new GatedCall(request, context, connection);
    onCall(call);
    return call.answer;
  });
  return server;
}

function modern(createServer: () => Server, connections: Connections, options: GatedOptions): Endpoint {
  const handler = createMcpHandler(createServer, {
    legacy: "reject",
    keepAliveMs: options.keepAliveMs ?? 0,
    ...(options.responseMode && { responseMode: options.responseMode }),
  });
  const node = toNodeHandler(handler);
  return {
    path: "/mcp",
    handle: (req, res, body) => connections.run(res, () => node(req, res, body)),
    toolsChanged: () => handler.notify.toolsChanged(),
    forgetSessions: async () => {},
    close: () => handler.close(),
  };
}

function streamableHttp(
  createServer: () => Server,
  connections: Connections,
  options: GatedOptions,
): Endpoint {
  const sessions = new Map<string, { transport: NodeStreamableHTTPServerTransport; server: Server }>();

  async function open(): Promise<NodeStreamableHTTPServerTransport> {
    const server = createServer();
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, { transport, server }),
      onsessionclosed: (id) => void sessions.delete(id ?? ""),
      keepAliveMs: options.keepAliveMs ?? 0,
      ...(options.eventStore && { eventStore: new EventStore<JSONRPCMessage>(), retryInterval: 10 }),
    });
    await server.connect(transport);
    return transport;
  }

  async function forgetSessions(): Promise<void> {
    const all = [...sessions.values()];
    sessions.clear();
    await Promise.all(all.map(({ server }) => server.close()));
  }

  return {
    path: "/mcp",
    async handle(req, res, body) {
      const id = req.headers["mcp-session-id"];
      const session = typeof id === "string" ? sessions.get(id) : undefined;
      if (id && !session) return refuse(res, 404, -32001, "Session not found");
      // Without a session the official transport itself says what is wrong with the request.
      const transport = session?.transport ?? (await open());
      await connections.run(res, () => transport.handleRequest(req, res, body));
    },
    async toolsChanged() {
      await Promise.all([...sessions.values()].map(({ server }) => server.sendToolListChanged()));
    },
    forgetSessions,
    close: forgetSessions,
  };
}

function httpSse(createServer: () => Server, connections: Connections): Endpoint {
  const sessions = new Map<
    string,
    { transport: SSEServerTransport; server: Server; stream: ServerResponse }
  >();

  async function forgetSessions(): Promise<void> {
    const all = [...sessions.values()];
    sessions.clear();
    await Promise.all(all.map(({ server }) => server.close()));
  }

  return {
    path: "/sse",
    async handle(req, res, body, path) {
      if (path.startsWith("/messages?")) {
        const session = sessions.get(new URL(path, "http://localhost").searchParams.get("sessionId") ?? "");
        if (!session) return refuse(res, 404, -32001, "Session not found");
        return connections.run(session.stream, () => session.transport.handlePostMessage(req, res, body));
      }
      if (req.method !== "GET") return refuse(res, 405, -32000, "Method not allowed");
      const server = createServer();
      const transport = new SSEServerTransport("/messages", res);
      sessions.set(transport.sessionId, { transport, server, stream: res });
      res.once("close", () => sessions.delete(transport.sessionId));
      await server.connect(transport);
    },
    async toolsChanged() {
      await Promise.all([...sessions.values()].map(({ server }) => server.sendToolListChanged()));
    },
    forgetSessions,
    close: forgetSessions,
  };
}
