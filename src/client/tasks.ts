import { wait } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { delayBefore } from "../core/flow/backoff.ts";
import { IGNORE } from "../core/flow/deferred.ts";
import {
  createdTask,
  type DetailedTask,
  isNews,
  isOver,
  isTask,
  pollAfter,
  pollFailure,
  taskFailure,
  taskResult,
} from "../core/flow/tasks.ts";
import type { JsonObject } from "../core/types.ts";
import { META } from "../core/wire/eras.ts";
import { isObject, members, notification } from "../core/wire/jsonrpc.ts";
import { eraOf } from "../core/wire/versions.ts";
import { around } from "./around.ts";
import type { Client, ToolCall } from "./client.ts";
import type { CallOptions, ExtendedCall, ExtendedClient, Extension, ExtensionHost } from "./options.ts";

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
export function tasks(options: TasksOptions = {}): Extension {
  return {
    declares: { "io.modelcontextprotocol/tasks": {} },
    attach(client, host) {
      able.add(client);
      const augment = augmenting(client, options);
      around(host, async (call, params, next) => {
        const modern = eraOf(client.server?.protocolVersion ?? "") === "modern";
        const resumed = (call.options as { readonly [RESUME]?: string })[RESUME];
        if (resumed) return follow(client, host, call, { taskId: resumed }, modern, options);
        if (modern ? call.method !== "tools/call" : !/^tools\/(call|list)$/.test(call.method)) return next();
        const asked = modern ? params : await augment.before(call, params);
        const raw = await next(asked);
        if (!modern) augment.after(call.method, raw);
        const task = asked?.task || modern ? createdTask(raw, modern) : undefined;
        return task ? follow(client, host, call, task, modern, options) : raw;
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
function augmenting(client: ExtendedClient, { ttl }: TasksOptions) {
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

/** Follows a task to its end. Resolves with what the request would have been answered with. */
async function follow(
  client: ExtendedClient,
  host: ExtensionHost,
  call: ExtendedCall,
  first: DetailedTask | { readonly taskId: string },
  modern: boolean,
  { listen }: TasksOptions,
): Promise<JsonObject> {
  const { signal, deadline } = call;
  const { taskId } = first;
  const answered = new Set<string>();
  const over = new AbortController();
  /** The limits of a request that may take for ever. */
  const unlimited = { timeout: Number.POSITIVE_INFINITY, maxTotalTimeout: Number.POSITIVE_INFINITY };
  let pausing = new AbortController();
  /** What a notification said since the last poll. */
  let news: DetailedTask | undefined;
  let last: DetailedTask | undefined;
  /** 2025-11-25: `tasks/result`, which carries what the task asks for and settles at its end. */
  let result: Promise<JsonObject> | undefined;
  let outcome: JsonObject | undefined;

  /** A request about the task, again after a drop: none of them does anything twice. */
  async function ask(method: string, params?: JsonObject, limits?: object): Promise<JsonObject> {
    const { reconnect = {} } = host.options;
    const { timeout } = call.options;
    for (let attempt = 0; ; ) {
      try {
        return await client.request(method, { taskId, ...params }, { signal, timeout, ...limits });
      } catch (error) {
        const { code, status = 0, rpcCode } = error as McpError;
        const passing = /^connect(ion_lost|_failed)$/.test(code) || (status >= 500 && rpcCode === undefined);
        const delay =
          reconnect && passing && !signal.aborted
            ? delayBefore(attempt++, reconnect, Math.random())
            : undefined;
        if (delay === undefined) throw error;
        deadline.touch(delay);
        await wait(delay, signal);
      }
    }
  }

  async function poll(): Promise<DetailedTask> {
    const task = await ask("tasks/get").catch((error) => {
      throw pollFailure(taskId, error);
    });
    if (isTask(task)) return task;
    throw new McpError("invalid_message", "The answer to tasks/get is not a task.", { data: task });
  }

  function cancel(): void {
    if (modern || client.server?.capabilities.tasks?.cancel)
      client.request("tasks/cancel", { taskId }).then(IGNORE, IGNORE);
  }

  /** 2026-07-28: has the application answer what was not answered yet. */
  async function fulfil(requests: unknown): Promise<void> {
    const responses: [string, JsonObject][] = [];
    for (const [key, asked] of Object.entries(members(requests))) {
      // "Clients SHOULD deduplicate inputRequests keys across consecutive polls".
      if (answered.has(key)) continue;
      answered.add(key);
      const { method, params } = members(asked);
      responses.push([key, await call.ask(method, members(params))]);
    }
    if (responses.length > 0) await ask("tasks/update", { inputResponses: Object.fromEntries(responses) });
  }

  function collect(): Promise<JsonObject> {
    result ??= ask("tasks/result", undefined, unlimited);
    result.then(
      (raw) => {
        outcome = raw;
        pausing.abort();
      },
      () => {
        result = undefined;
      },
    );
    return result;
  }

  const offs = [
    onAbort(signal, (reason) => {
      pausing.abort(reason);
      cancel();
    }),
    client.on("notification", ({ method, params }) => {
      const related = members(members(params._meta)[META.relatedTask]);
      if (/^notifications\/tasks(\/status)?$/.test(method)) {
        if (params.taskId !== taskId || !isTask(params)) return;
        news = params;
        pausing.abort();
      } else if (params.progressToken === call.token || related.taskId === taskId) {
        call.hear(notification(method, params));
      }
    }),
  ];
  if (modern && listen) {
    const params = { notifications: { taskIds: [taskId] } };
    client
      .request("subscriptions/listen", params, { signal: over.signal, ...unlimited })
      .then(IGNORE, IGNORE);
  }

  try {
    // What a task is created with lacks the details of its status.
    let task = isTask(first) && !isOver(first) && first.status !== "input_required" ? first : await poll();
    for (;;) {
      if (isNews(last, task)) call.hear(notification("notifications/tasks", { ...task }));
      last = task;
      if (isOver(task)) break;
      if (task.status === "input_required") {
        if (modern) {
          await fulfil(task.inputRequests).catch((error) => {
            // Nobody will answer: the task cannot go on.
            if (!signal.aborted) cancel();
            throw error;
          });
        } else collect().catch(IGNORE);
      }
      if (!news && !outcome) {
        const pause = pollAfter(task);
        deadline.touch(pause);
        pausing = new AbortController();
        await wait(pause, pausing.signal).catch(IGNORE);
      }
      if (signal.aborted) throw signal.reason;
      if (outcome) return outcome;
      task = news ?? (await poll());
      news = undefined;
      deadline.touch();
    }
    if (task.status === "cancelled") throw taskFailure(task);
    if (modern) return taskResult(task);
    return await collect().catch((error) => {
      throw task.status === "failed" ? taskFailure(task, error) : error;
    });
  } finally {
    for (const off of offs) off();
    over.abort();
  }
}
