import { McpError, quote } from "../errors.ts";
import type { JsonObject, Task } from "../types.ts";
import { INVALID_PARAMS, isObject, members } from "../wire/jsonrpc.ts";

/** A task with what comes along with its status: on 2026-07-28, its result, its error, or what it asks for. */
export interface DetailedTask extends Task {
  readonly result?: unknown;
  readonly error?: unknown;
  readonly inputRequests?: unknown;
}

/** Milliseconds between two polls, when the server suggests none. */
const POLL_MS = 1000;
/** No server may make a client poll more often. */
const MIN_POLL_MS = 50;

const STATUS = /^(working|input_required|completed|failed|cancelled)$/;

export function isTask(value: unknown): value is DetailedTask {
  return isObject(value) && typeof value.taskId === "string" && STATUS.test(String(value.status));
}

/**
 * The task that was made of a request: in its own kind of result since 2026-07-28, before that in the answer to
 * a request that asked to be one.
 */
export function createdTask(raw: JsonObject, modern: boolean): DetailedTask | undefined {
  const task = modern ? raw.resultType === "task" && raw : raw.task;
  return isTask(task) ? task : undefined;
}

/** "`completed`, `failed`, and `cancelled` are terminal". */
export function isOver({ status }: Task): boolean {
  return /^(completed|failed|cancelled)$/.test(status);
}

/** "Clients SHOULD honor this value to avoid overwhelming the server." */
export function pollAfter({ pollIntervalMs, pollInterval }: Task): number {
  const asked = pollIntervalMs ?? pollInterval;
  return Math.max(MIN_POLL_MS, typeof asked === "number" && asked >= 0 ? asked : POLL_MS);
}

/** Whether `next` says anything that `last` did not. */
export function isNews(last: Task | undefined, next: Task): boolean {
  return (
    last?.status !== next.status ||
    last.statusMessage !== next.statusMessage ||
    last.lastUpdatedAt !== next.lastUpdatedAt
  );
}

/** Why a task that is over has no result. `data` is the task. */
export function taskFailure(task: DetailedTask, cause?: McpError): McpError {
  const error = members(task.error);
  const said = error.message ?? cause?.message ?? task.statusMessage;
  const code = typeof error.code === "number" ? error.code : cause?.rpcCode;
  const ended = task.status === "cancelled" ? "was cancelled at the server" : "failed";
  return new McpError("rpc_error", `The task ${ended}${said === undefined ? "" : `: ${quote(said)}`}.`, {
    cause,
    rpcCode: code,
    data: task,
  });
}

/** What the failure of a poll means: invalid parameters are an id that the server does not know. */
export function pollFailure(taskId: string, cause: McpError): McpError {
  if (cause.rpcCode !== INVALID_PARAMS) return cause;
  const message = `The server does not know the task ${quote(taskId)}: it has expired, or was another caller's.`;
  return new McpError("rpc_error", message, { cause, rpcCode: cause.rpcCode, data: cause.data });
}

/** What a task of 2026-07-28 came to. */
export function taskResult(task: DetailedTask): JsonObject {
  if (task.status !== "completed") throw taskFailure(task);
  if (isObject(task.result)) return task.result;
  throw new McpError("invalid_message", "The task is completed, but its result is missing.", { data: task });
}
