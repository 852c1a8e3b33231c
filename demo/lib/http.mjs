/**
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Response
 */

const allowedHeaders = [
  "content-type",
  "accept",
  "authorization",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
  "mcp-session-id",
  "last-event-id",
];
const exposedHeaders = ["mcp-session-id", "www-authenticate", "retry-after"];

/**
 * Lets pages of every origin call, and read what MCP puts in headers. True when the request was a
 * preflight and is answered.
 *
 * @param {Request} req
 * @param {Response} res
 */
export function cors(req, res) {
  res.setHeader("access-control-allow-origin", "*");
  res.setHeader("access-control-expose-headers", exposedHeaders.join(", "));
  if (req.method !== "OPTIONS") return false;
  // `Mcp-Param-*` names come from a tool's schema, so they can only be allowed as they are asked for.
  const params = String(req.headers["access-control-request-headers"] ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => /^mcp-param-[\w-]+$/.test(name));
  res.setHeader("access-control-allow-methods", "GET, POST, DELETE, OPTIONS");
  res.setHeader("access-control-allow-headers", [...allowedHeaders, ...params].join(", "));
  res.setHeader("access-control-max-age", "600");
  res.setHeader("vary", "access-control-request-headers");
  res.writeHead(204).end();
  return true;
}

/**
 * @param {Response} res
 * @param {number} status
 * @param {string} message
 * @param {Record<string, string>} [headers]
 */
export function refuse(res, status, message, headers = {}) {
  res.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers }).end(`${message}\n`);
}

/**
 * A refusal a JSON-RPC client can read.
 *
 * @param {Response} res
 * @param {number} status
 * @param {number} code
 * @param {string} message
 */
export function refuseRpc(res, status, code, message) {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null }));
}
