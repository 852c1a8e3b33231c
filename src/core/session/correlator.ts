import type { JsonObject, Message, RequestId } from "../types.ts";
import { META } from "../wire/eras.ts";
import { isObject, isResponse } from "../wire/jsonrpc.ts";

/** A request in flight. */
export interface Pending {
  readonly id: RequestId;
  readonly token: string;
  /** Name of the tool it calls, when it calls one. */
  readonly tool?: string;
  /** Task the server made of it, once known. */
  taskId?: string;
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

  get all(): Iterable<Pending> {
    return this.#byId.values();
  }

  /**
   * For a response, the request with its id. For anything else, by progress token, task, request id, and at
   * last by the name of the tool when exactly one call of it is in flight.
   */
  find(message: Message): Pending | undefined {
    if (isResponse(message)) return this.#byId.get(message.id);
    const { params } = message;
    if (!params) return undefined;
    const { progressToken, requestId, toolName } = params;
    if (progressToken !== undefined) return this.#byToken.get(progressToken);
    const taskId = taskOf(params);
    if (taskId !== undefined) return this.#only((pending) => pending.taskId === taskId);
    if (requestId !== undefined) return this.#byId.get(requestId);
    if (toolName !== undefined) return this.#only((pending) => pending.tool === toolName);
    return undefined;
  }

  #only(matches: (pending: Pending) => boolean): Pending | undefined {
    let found: Pending | undefined;
    for (const pending of this.#byId.values()) {
      if (!matches(pending)) continue;
      if (found) return undefined;
      found = pending;
    }
    return found;
  }
}

function taskOf(params: JsonObject): unknown {
  if (params.taskId !== undefined) return params.taskId;
  const related = isObject(params._meta) ? params._meta[META.relatedTask] : undefined;
  return isObject(related) ? related.taskId : undefined;
}
