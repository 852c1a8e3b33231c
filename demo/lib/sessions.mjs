import { randomUUID } from "node:crypto";
import { NodeStreamableHTTPServerTransport } from "@modelcontextprotocol/node";
import { isInitializeRequest } from "@modelcontextprotocol/server";
import { SSEServerTransport } from "@modelcontextprotocol/server-legacy/sse";
import { refuseRpc } from "./http.mjs";

/** Clients that go without a DELETE leave a session behind; the oldest makes room. */
const maxSessions = 1000;

/** @typedef {import("@modelcontextprotocol/server").McpServer} McpServer */

/**
 * Streamable HTTP with sessions: 2025-03-26 to 2025-11-25.
 *
 * @param {() => McpServer} createServer
 */
export function createStreamableSessions(createServer) {
  /** @type {Map<string, NodeStreamableHTTPServerTransport>} */
  const sessions = new Map();

  async function open() {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
        if (sessions.size > maxSessions) void sessions.values().next().value?.close();
      },
    });
    await createServer().connect(transport);
    const onclose = transport.onclose;
    transport.onclose = () => {
      if (transport.sessionId) sessions.delete(transport.sessionId);
      onclose?.();
    };
    return transport;
  }

  return {
    /**
     * @param {import("./http.mjs").Request} req
     * @param {import("./http.mjs").Response} res
     * @param {unknown} body
     */
    async handle(req, res, body) {
      const id = req.headers["mcp-session-id"];
      if (typeof id === "string") {
        const transport = sessions.get(id);
        if (!transport) return refuseRpc(res, 404, -32001, "Session not found");
        return transport.handleRequest(req, res, body);
      }
      if (!isInitializeRequest(body)) {
        return refuseRpc(
          res,
          400,
          -32000,
          "Bad Request: no Mcp-Session-Id header, and not an initialize request",
        );
      }
      return (await open()).handleRequest(req, res, body);
    },
    async close() {
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
    },
  };
}

/**
 * HTTP+SSE: 2024-11-05.
 *
 * @param {() => McpServer} createServer
 * @param {string} postPath what the `endpoint` event names
 */
export function createSseSessions(createServer, postPath) {
  /** @type {Map<string, SSEServerTransport>} */
  const sessions = new Map();

  return {
    /**
     * @param {import("./http.mjs").Request} _req
     * @param {import("./http.mjs").Response} res
     */
    async open(_req, res) {
      const transport = new SSEServerTransport(postPath, res);
      sessions.set(transport.sessionId, transport);
      res.on("close", () => sessions.delete(transport.sessionId));
      await createServer().connect(transport);
    },
    /**
     * @param {import("./http.mjs").Request} req
     * @param {import("./http.mjs").Response} res
     * @param {string | null} id
     */
    async post(req, res, id) {
      const transport = sessions.get(id ?? "");
      if (!transport) return refuseRpc(res, 404, -32001, "Session not found");
      return transport.handlePostMessage(req, res);
    },
    async close() {
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
    },
  };
}
