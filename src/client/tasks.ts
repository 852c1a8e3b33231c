import { McpError } from "../core/errors.ts";
import { IGNORE } from "../core/flow/deferred.ts";
import { createdTask } from "../core/flow/tasks.ts";
import type { JsonObject } from "../core/types.ts";
import { isObject, members } from "../core/wire/jsonrpc.ts";
import { eraOf } from "../core/wire/versions.ts";
import { around } from "./around.ts";
import type { Client, ToolCall } from "./client.ts";
import { followTask } from "./follow-task.ts";
import type { CallOptions, ExtendedCall, ExtendedClient, Extension } from "./options.ts";

/** What {@link tasks} takes. */
export interface TasksOptions {
  /**
   * Milliseconds the server is asked to keep a task, on 2025-11-25. Default: as it likes. Since 2026-07-28 the
   * server alone decides.
   */
  readonly ttl?: number | undefined;
  /**
   * Ask for `notifications/tasks` of each task with a subscription of its own (2026-07-28), to hear of changes
   * before it is time to poll again. Default false; those that come anyway are heard in any case.
   */
  readonly listen?: boolean | undefined;
}

/** Says which task to take up again, where a call's options come to the extension. */
const RESUME: unique symbol = Symbol("resume");

/** The clients that know how to follow a task. */
const able: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/**
 * Tasks: a tool call that the server makes a long-running task of is followed to its end, as if it had been
 * answered at once. Its status comes as `task` events, what it asks for goes to `onElicit`, `onSample` and
 * `onRoots`, and giving up the call, or its `maxTotalTimeout`, cancels the task. News of the task count as signs
 * of progress. Closing the client leaves the task to itself: see {@link resumeTask}.
 *
 * On 2026-07-28 this is the extension `io.modelcontextprotocol/tasks`; on 2025-11-25 the experimental tasks, for
 * tools whose `execution.taskSupport` allows them, which takes a listing of the tools before the first call.
 * A task that fails, is cancelled elsewhere or expires rejects as `rpc_error`, the task in `data`.
 *
 * @see https://modelcontextprotocol.io/extensions/tasks/overview
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 * @example
 * ```ts
 * const client = await connect(url, { extensions: [tasks()] });
 * for await (const event of client.callTool("research", { topic: "rivers" }, { maxTotalTimeout: Infinity })) {
 *   if (event.type === "task") localStorage.setItem("task", event.task.taskId);
 * }
 * ```
 */
export function tasks({ ttl, listen }: TasksOptions = {}): Extension {
  return {
    declares: { "io.modelcontextprotocol/tasks": {} },
    attach(client, host) {
      able.add(client);
      const augment = augmenting(client, ttl);
      around(host, async (call, params, next) => {
        const modern = eraOf(client.server?.protocolVersion ?? "") === "modern";
        const resumed = (call.options as { readonly [RESUME]?: string })[RESUME];
        if (resumed !== undefined) return followTask(client, host, call, { taskId: resumed }, modern, listen);
        if (modern ? call.method !== "tools/call" : !/^tools\/(call|list)$/.test(call.method)) return next();
        const asked = modern ? params : await augment.before(call, params);
        const raw = await next(asked);
        if (!modern) augment.after(call.method, raw);
        const task = asked?.task || modern ? createdTask(raw, modern) : undefined;
        return task ? followTask(client, host, call, task, modern, listen) : raw;
      });
    },
  };
}

/**
 * Takes up a task by its id, after a reload of the page or in another client: the same as the call it came from,
 * with its status as events and its result at the end. Cancelling it cancels the task.
 *
 * @param client one with `tasks()` among its extensions.
 * @throws McpError `capability_missing` when it is not among them.
 */
export function resumeTask(client: Client, taskId: string, options: CallOptions = {}): ToolCall {
  if (!able.has(client)) {
    throw new McpError("capability_missing", "The client follows no tasks. Give it extensions: [tasks()].");
  }
  const resuming: CallOptions & { readonly [RESUME]: string } = { ...options, [RESUME]: taskId };
  return client.callTool(taskId, undefined, resuming);
}

/** 2025-11-25: which calls ask to become tasks. */
function augmenting(client: ExtendedClient, ttl: number | undefined) {
  const supports = new Map<unknown, unknown>();
  // Not "toolsChanged", which takes a stream to hear.
  client.on("message", ({ message }) => {
    if ("method" in message && message.method === "notifications/tools/list_changed") supports.clear();
  });

  return {
    async before(call: ExtendedCall, params: JsonObject | undefined): Promise<JsonObject | undefined> {
      const { requests } = client.server?.capabilities.tasks ?? {};
      const { tools } = members(requests);
      // "If a server's capabilities do not include tasks.requests.tools.call, then clients MUST NOT attempt to".
      if (call.method !== "tools/call" || !members(tools).call || params?.task) return params;
      const { name } = params ?? {};
      if (!supports.has(name)) {
        // Without the listing the call goes as any other; the server says if that is not enough.
        await client.listTools({ signal: call.signal }).then(IGNORE, IGNORE);
        if (!supports.has(name)) supports.set(name, undefined);
      }
      const support = supports.get(name);
      return support === "required" || support === "optional" ? { ...params, task: { ttl } } : params;
    },
    after(method: string, raw: JsonObject): void {
      if (method !== "tools/list" || !Array.isArray(raw.tools)) return;
      for (const tool of raw.tools) {
        if (isObject(tool)) supports.set(tool.name, members(tool.execution).taskSupport);
      }
    },
  };
}
