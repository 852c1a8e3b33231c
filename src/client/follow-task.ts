import { wait } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { delayBefore } from "../core/flow/backoff.ts";
import { IGNORE } from "../core/flow/deferred.ts";
import {
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
import { RELATED_TASK } from "../core/wire/eras.ts";
import { members, notification } from "../core/wire/jsonrpc.ts";
import type { ExtendedCall, ExtendedClient, ExtensionHost } from "./options.ts";

/**
 * Follows a task to its end. Resolves with what the request would have been answered with.
 *
 * @param first the task as it was made, or only its id when it is taken up again.
 * @param modern as of 2026-07-28; else as of 2025-11-25.
 * @param listen with a subscription of its own, where there are those.
 */
export async function followTask(
  client: ExtendedClient,
  host: ExtensionHost,
  call: ExtendedCall,
  first: DetailedTask | { readonly taskId: string },
  modern: boolean,
  listen: boolean | undefined,
): Promise<JsonObject> {
  const { signal, deadline } = call;
  const { taskId } = first;
  const answered = new Set<string>();
  /** What the server said to the latest answers, if it did not take them. */
  let refused: McpError | undefined;
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
        const { code, status = 0, rpcCode, retryAfterMs } = error as McpError;
        const passing =
          /^(connect(ion_lost|_failed)|rate_limited)$/.test(code) || (status >= 500 && rpcCode === undefined);
        const delay =
          reconnect && passing && !signal.aborted
            ? delayBefore(attempt++, reconnect, Math.random(), retryAfterMs)
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
    const before = refused;
    refused = undefined;
    for (const [key, asked] of Object.entries(members(requests))) {
      // "Clients SHOULD deduplicate inputRequests keys across consecutive polls".
      if (answered.has(key)) {
        if (before) throw before;
        continue;
      }
      answered.add(key);
      const { method, params } = members(asked);
      responses.push([key, await call.ask(method, members(params))]);
    }
    if (responses.length === 0) return;
    await ask("tasks/update", { inputResponses: Object.fromEntries(responses) }).catch((error: McpError) => {
      if (error.rpcCode === undefined) throw error;
      // Another client may have answered, or the task be over: that is for the next look to say.
      refused = error;
    });
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
      const related = members(members(params._meta)[RELATED_TASK]);
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
