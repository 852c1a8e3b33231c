import type { Message, RequestId, RpcNotification } from "../types.ts";
import { META } from "../wire/eras.ts";
import { isObject, isResponse } from "../wire/jsonrpc.ts";

/** A request in flight. */
export interface Pending {
  readonly id: RequestId;
  readonly token: string;
  /** Name of the tool it calls, when it calls one. */
  readonly tool?: unknown;
  /** Task the server made of it, once known. */
  readonly taskId?: unknown;
  /** What named no more than its tool may have been about another call of that, and was not delivered. */
  mixed?: boolean;
  /** Takes a message that belongs to it. */
  deliver(message: Message): void;
}

/**
 * Finds the request a message on a shared stream belongs to. Keys are compared by value and type: a server
 * that answers request 3 as `"3"` has not answered it.
 */
export class Correlator {
  readonly #byId = new Map<unknown, Pending>();
  readonly #byToken = new Map<unknown, Pending>();

  add(pending: Pending): void {
    this.#byId.set(pending.id, pending);
    this.#byToken.set(pending.token, pending);
  }

  delete(pending: Pending): void {
    this.#byId.delete(pending.id);
    this.#byToken.delete(pending.token);
  }

  /**
   * For a response, the request with its id. For anything else, by progress token, task, request id, and at
   * last by the name of the tool when exactly one call of it is in flight.
   */
  find(message: Message): Pending | undefined {
    if (isResponse(message)) return this.#byId.get(message.id);
    const { progressToken, requestId, toolName, taskId = taskOf(message) } = message.params ?? {};
    if (progressToken !== undefined) return this.#byToken.get(progressToken);
    if (taskId !== undefined) return this.#only("taskId", taskId);
    return this.#byId.get(requestId) ?? (toolName === undefined ? undefined : this.#only("tool", toolName));
  }

  #only(key: "taskId" | "tool", value: unknown): Pending | undefined {
    const found = [...this.#byId.values()].filter((pending) => pending[key] === value);
    // What one of several missed leaves a gap: none of them gets what comes behind it.
    if (found[1]) for (const each of found) each.mixed = true;
    return found.find((each) => !each.mixed);
  }
}

function taskOf({ params }: RpcNotification): unknown {
  const related = isObject(params?._meta) ? params._meta[META.relatedTask] : undefined;
  return isObject(related) ? related.taskId : undefined;
}
