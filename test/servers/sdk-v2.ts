import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  type CreateMcpHandlerOptions,
  createMcpHandler,
  type ServerNotifier,
} from "@modelcontextprotocol/server";
import { createDemoServer } from "../../demo/tools.mjs";
import { type Before, listen, type RecordingServer, refuse } from "./http.ts";

export interface SdkV2Options
  extends Pick<CreateMcpHandlerOptions, "legacy" | "responseMode" | "keepAliveMs"> {
  /** Sees each request first. */
  before?: Before;
}

export interface SdkV2Server extends RecordingServer {
  /** Sends change notifications to whoever subscribed. */
  readonly notify: ServerNotifier;
}

/** Serves what the official package made a handler of, at `/mcp` of a port of its own. */
export async function serveSdkV2(
  handler: ReturnType<typeof createMcpHandler>,
  before?: Before,
): Promise<SdkV2Server> {
  const node = toNodeHandler(handler);
  const http = await listen(
    (req, res, body, path) =>
      path === "/mcp" ? node(req, res, body) : refuse(res, 404, -32000, "Not found"),
    before,
  );
  return {
    origin: http.origin,
    url: `${http.origin}/mcp`,
    requests: http.requests,
    notify: handler.notify,
    async close() {
      await handler.close();
      await http.close();
    },
  };
}

/**
 * An `@modelcontextprotocol/server` 2.x server, with the demo's tools. As it comes, it also serves the
 * 2025 revisions, without sessions; `legacy: "reject"` leaves 2026-07-28 alone.
 */
export function startSdkV2({ before, ...options }: SdkV2Options = {}): Promise<SdkV2Server> {
  return serveSdkV2(
    createMcpHandler(() => createDemoServer({ chat: {} }), options),
    before,
  );
}
