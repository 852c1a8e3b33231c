import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CLIENT_CAPABILITIES_META_KEY, ProtocolError } from "@modelcontextprotocol/server";
import * as z from "zod";
import { corpus } from "./corpus.mjs";
import { progress, text } from "./say.mjs";

/** @see https://modelcontextprotocol.io/extensions/tasks/overview */
const EXTENSION = "io.modelcontextprotocol/tasks";

/** What nobody fetched makes room for others. */
const maxTasks = 1000;

/** @typedef {ReturnType<typeof createTasks>} Tasks */
/** @typedef {import("@modelcontextprotocol/server").CallToolResult} CallToolResult */
/** @typedef {import("@modelcontextprotocol/server").McpServer} McpServer */
/** @typedef {(done: number, total: number, message: string) => unknown} Tell */
/** @typedef {{ stop: AbortController, state: { taskId: string, status: string } & Record<string, unknown> }} Entry */

/** The tasks of a process: they go on when the request is answered, and when the client is gone. */
export function createTasks() {
  /** @type {Map<string, Entry>} */
  const all = new Map();

  /** @param {string} taskId */
  function find(taskId) {
    const found = all.get(taskId);
    if (!found) throw new ProtocolError(-32602, "There is no such task, or it is over for long.");
    return found;
  }

  /**
   * @param {Entry} entry
   * @param {object} news
   */
  function update({ state }, news) {
    if (state.status === "working") Object.assign(state, news, { lastUpdatedAt: new Date().toISOString() });
  }

  return {
    capabilities: { extensions: { [EXTENSION]: {} } },

    /** @param {(tell: Tell, signal: AbortSignal) => Promise<CallToolResult>} work */
    start(work) {
      const now = new Date().toISOString();
      const times = { createdAt: now, lastUpdatedAt: now, ttlMs: 3_600_000, pollIntervalMs: 250 };
      const stop = new AbortController();
      const entry = { stop, state: { taskId: randomUUID(), status: "working", ...times } };
      all.set(entry.state.taskId, entry);
      for (const [id, { stop }] of all) {
        if (all.size <= maxTasks) break;
        stop.abort();
        all.delete(id);
      }
      const created = { resultType: "task", ...entry.state };
      work(
        (done, total, message) => update(entry, { statusMessage: `${done} of ${total}: ${message}` }),
        stop.signal,
      ).then(
        (result) => update(entry, { status: "completed", result }),
        (error) => update(entry, { status: "failed", error: { code: -32603, message: error.message } }),
      );
      return created;
    },

    /** @param {McpServer} server */
    serve({ server }) {
      const about = { params: z.looseObject({ taskId: z.string() }) };
      server.setRequestHandler("tasks/get", about, async ({ taskId }) => ({ ...find(taskId).state }));
      // None of them asks for anything.
      server.setRequestHandler("tasks/update", about, async ({ taskId }) => void find(taskId) ?? {});
      server.setRequestHandler("tasks/cancel", about, async ({ taskId }) => {
        const entry = find(taskId);
        update(entry, { status: "cancelled" });
        entry.stop.abort();
        return {};
      });
    },

    close() {
      for (const { stop } of all.values()) stop.abort();
      all.clear();
    },
  };
}

/**
 * A tool that takes long: a task for clients that follow tasks, for others a request with progress.
 *
 * @param {McpServer} server
 * @param {Tasks} [tasks]
 */
export function addLongTask(server, tasks) {
  tasks?.serve(server);
  server.registerTool(
    "take_stock",
    {
      description: "Counts the words of each book that search knows, one after the other: a long task",
      inputSchema: z.object({ pauseMs: z.int().min(0).max(60_000).default(700) }),
      annotations: { readOnlyHint: true },
    },
    async ({ pauseMs }, ctx) => {
      const client = ctx.mcpReq.envelope?.[CLIENT_CAPABILITIES_META_KEY];
      // "Never return a task to a client that did not declare support."
      if (tasks && client?.extensions?.[EXTENSION])
        return /** @type {never} */ (tasks.start((tell, signal) => takeStock(pauseMs, tell, signal)));
      return takeStock(pauseMs, (...step) => progress(ctx, ...step), ctx.mcpReq.signal);
    },
  );
}

/**
 * @param {number} pauseMs
 * @param {Tell} tell
 * @param {AbortSignal} signal
 */
async function takeStock(pauseMs, tell, signal) {
  const lines = [];
  let words = 0;
  for (const [index, { title, text: line }] of corpus.entries()) {
    await sleep(pauseMs, undefined, { signal });
    const count = line.split(/\s+/).length;
    words += count;
    lines.push(`${title}: ${count} words`);
    await tell(index + 1, corpus.length, title);
  }
  return text(`${lines.join("\n")}\n${corpus.length} books, ${words} words`);
}
