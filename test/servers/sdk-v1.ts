import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { JSONRPCMessage, ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import { EventStore } from "./event-store.ts";
import { type Before, listen, type RecordingServer, refuse } from "./http.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

export interface SdkV1Options {
  /** With session ids, a standalone GET stream and DELETE; else each request stands for itself. */
  sessions: boolean;
  /** Answers are JSON, never a stream. */
  json?: boolean;
  /** Streams can be resumed with `Last-Event-ID`. Needs sessions. */
  eventStore?: boolean;
  /** Sees each request first. */
  before?: Before;
}

export interface SdkV1Server extends RecordingServer {
  /** Forgets every session: the next request with a session id gets a 404. */
  forgetSessions(): Promise<void>;
}

/** An `@modelcontextprotocol/sdk` 1.x server over Streamable HTTP. */
export async function startSdkV1(options: SdkV1Options): Promise<SdkV1Server> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  async function open(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: options.sessions ? randomUUID : undefined,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id ?? ""),
      enableJsonResponse: options.json ?? false,
      ...(options.eventStore && { eventStore: new EventStore<JSONRPCMessage>() }),
    });
    await createServer().connect(transport);
    return transport;
  }

  const http = await listen(async (req, res, body, path) => {
    if (path !== "/mcp") return refuse(res, 404, -32000, "Not found");
    const id = req.headers["mcp-session-id"];
    const session = typeof id === "string" ? sessions.get(id) : undefined;
    if (options.sessions) {
      if (id && !session) return refuse(res, 404, -32001, "Session not found");
    } else if (req.method !== "POST") {
      return refuse(res, 405, -32000, "Method not allowed.");
    }
    const transport = session ?? (await open());
    if (!options.sessions) res.once("close", () => void transport.close());
    await transport.handleRequest(req, res, body);
  }, options.before);

  async function forgetSessions(): Promise<void> {
    const all = [...sessions.values()];
    sessions.clear();
    await Promise.all(all.map((transport) => transport.close()));
  }

  return {
    origin: http.origin,
    url: `${http.origin}/mcp`,
    requests: http.requests,
    forgetSessions,
    async close() {
      await forgetSessions();
      await http.close();
    },
  };
}

/**
 * The same server over the SDK's own HTTP+SSE transport.
 *
 * @param methods for which it opens its stream. Where a framework's route does not look, for any.
 */
export async function startSdkV1Sse(methods: readonly string[] = ["GET"]): Promise<RecordingServer> {
  const sessions = new Map<string, SSEServerTransport>();
  const http = await listen(async (req, res, body, path) => {
    const url = new URL(path, "http://localhost");
    if (url.pathname === "/messages" && req.method === "POST") {
      const transport = sessions.get(url.searchParams.get("sessionId") ?? "");
      if (!transport) return refuse(res, 404, -32001, "Session not found");
      return transport.handlePostMessage(req, res, body);
    }
    if (url.pathname !== "/sse") return refuse(res, 404, -32000, "Not found");
    if (!methods.includes(req.method ?? "")) return refuse(res, 405, -32000, "Method not allowed");
    const transport = new SSEServerTransport("/messages", res);
    sessions.set(transport.sessionId, transport);
    res.once("close", () => sessions.delete(transport.sessionId));
    await createServer().connect(transport);
  });
  return {
    origin: http.origin,
    url: `${http.origin}/sse`,
    requests: http.requests,
    async close() {
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
      await http.close();
    },
  };
}

function createServer(): McpServer {
  const server = new McpServer({ name: "sdk-v1", version: "1.0.0" }, { capabilities: { logging: {} } });
  server.registerTool("echo", { inputSchema: { message: z.string() } }, async ({ message }) => text(message));
  server.registerTool(
    "generate_numbers",
    { inputSchema: { count: z.number().int(), delayMs: z.number().int().default(5) } },
    async ({ count, delayMs }, extra) => {
      const numbers: number[] = [];
      for (let n = 1; n <= count; n++) {
        await sleep(delayMs, undefined, { signal: extra.signal });
        numbers.push(n);
        const progressToken = extra._meta?.progressToken;
        if (progressToken === undefined) continue;
        const params = { progressToken, progress: n, total: count, message: String(n) };
        await extra.sendNotification({ method: "notifications/progress", params });
      }
      return { ...text(numbers.join(" ")), structuredContent: { numbers } };
    },
  );
  server.registerTool("chat", { inputSchema: { prompt: z.string() } }, async ({ prompt }, extra) => {
    for (const token of prompt.match(/\s*\S+/g) ?? []) await streamText(extra, "chat", token);
    return text(prompt);
  });
  server.registerTool("slow", { inputSchema: { ms: z.number().int() } }, async ({ ms }, extra) => {
    await sleep(ms, undefined, { signal: extra.signal });
    return text(`Waited ${ms} ms`);
  });
  server.registerTool("fail", { inputSchema: { message: z.string() } }, async ({ message }) => ({
    ...text(message),
    isError: true,
  }));
  return server;
}

async function streamText(extra: Extra, toolName: string, delta: string): Promise<void> {
  const params = { content: [{ type: "text", text: delta }], toolName };
  // The SDK sends any notification; only its type lists the standard ones.
  await extra.sendNotification({
    method: "notifications/tool/streamContent",
    params,
  } as unknown as ServerNotification);
}

function text(value: string): { content: { type: "text"; text: string }[] } {
  return { content: [{ type: "text", text: value }] };
}
