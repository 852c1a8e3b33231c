/**
 * One process, one port, every revision: `/mcp` speaks 2026-07-28 and, with sessions, 2025-03-26,
 * 2025-06-18 and 2025-11-25; `/sse` and `/messages` speak 2024-11-05. Also serves the demo page.
 */
import { realpathSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { localhostHostValidation, toNodeHandler, toWebRequest } from "@modelcontextprotocol/node";
import { createMcpHandler, isLegacyRequest } from "@modelcontextprotocol/server";
import { createGuest } from "./lib/guest.mjs";
import { cors, refuse, refuseRpc } from "./lib/http.mjs";
import { createTasks } from "./lib/long-task.mjs";
import { createSseSessions, createStreamableSessions } from "./lib/sessions.mjs";
import { serveFile } from "./lib/static.mjs";
import { createDemoServer } from "./tools.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folders = { page: join(here, "page"), dist: join(here, "..", "dist") };

/**
 * @param {object} [options]
 * @param {number} [options.port] 0 picks a free one
 * @param {import("./lib/chat.mjs").ChatOptions} [options.chat] instead of the OPENAI_* variables
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function startServer({ port = 0, chat } = {}) {
  // Clients without a session hear of changes from the handler.
  const guest = createGuest(() => void modern.notify.toolsChanged());
  const tasks = createTasks();
  const modern = createMcpHandler(() => createDemoServer({ chat, guest, tasks }), { legacy: "reject" });
  const handleModern = toNodeHandler(modern);
  const streamable = createStreamableSessions(() =>
    createDemoServer({ chat, guest, protocolVersions: ["2025-11-25", "2025-06-18", "2025-03-26"] }),
  );
  const sse = createSseSessions(
    () => createDemoServer({ chat, guest, protocolVersions: ["2024-11-05"] }),
    "/messages",
  );
  // The page of any origin may call, but only by a local name: a rebound DNS name may not.
  const validHost = localhostHostValidation();

  /**
   * @param {import("./lib/http.mjs").Request} req
   * @param {import("./lib/http.mjs").Response} res
   */
  async function mcp(req, res) {
    if (req.method !== "POST") return streamable.handle(req, res, undefined);
    // The body is read once, here, and handed on: the two eras share the URL and differ in the body.
    const request = await toWebRequest(req);
    const text = await request.clone().text();
    const legacy = await isLegacyRequest(request);
    /** @type {unknown} */
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      return refuseRpc(res, 400, -32700, "Parse error: the body is not JSON");
    }
    return legacy ? streamable.handle(req, res, body) : handleModern(req, res, body);
  }

  /**
   * @param {import("./lib/http.mjs").Request} req
   * @param {import("./lib/http.mjs").Response} res
   */
  async function route(req, res) {
    if (!validHost(req, res) || cors(req, res)) return;
    const url = new URL(req.url ?? "/", "http://localhost");
    const path = url.pathname;
    if (path === "/mcp") return mcp(req, res);
    if (path === "/sse") {
      return req.method === "GET"
        ? sse.open(req, res)
        : refuse(res, 405, "Method not allowed", { allow: "GET" });
    }
    if (path === "/messages") {
      return req.method === "POST"
        ? sse.post(req, res, url.searchParams.get("sessionId"))
        : refuse(res, 405, "Method not allowed", { allow: "POST" });
    }
    if (path === "/") return serveFile(req, res, folders.page, "index.html");
    if (path.startsWith("/page/")) return serveFile(req, res, folders.page, path.slice("/page/".length));
    if (path.startsWith("/dist/")) return serveFile(req, res, folders.dist, path.slice("/dist/".length));
    return refuse(res, 404, "Not found");
  }

  const http = createServer((req, res) => {
    route(req, res).catch((error) => {
      console.error(error);
      if (res.headersSent) res.destroy();
      else if (error?.status === 413) refuseRpc(res, 413, -32000, "The body is too large");
      else refuse(res, 500, "Internal server error");
    });
  });
  await new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const address = /** @type {import("node:net").AddressInfo} */ (http.address());

  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = new Promise((resolve) => http.close(resolve));
      tasks.close();
      await Promise.all([modern.close(), streamable.close(), sse.close()]);
      http.closeAllConnections();
      await closed;
    },
  };
}

if (argv[1] && import.meta.url === pathToFileURL(realpathSync(argv[1])).href) {
  const server = await startServer({ port: Number(process.env.PORT ?? 8000) });
  console.log(`listening on ${server.url}`);
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.once(signal, () => void server.close());
  }
}
