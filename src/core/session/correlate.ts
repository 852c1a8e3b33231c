import type { Message, RequestId } from "../types.ts";
import { RELATED_TASK } from "../wire/eras.ts";
import { isResponse, members } from "../wire/jsonrpc.ts";

/** What may be a request whose answer is still to come. */
export interface Pending {
  /** It was sent, and its reply channel is open. */
  readonly live?: boolean;
  readonly id?: RequestId;
  readonly token?: string;
  /** Name of the tool it calls, when it calls one. */
  readonly tool?: unknown;
  /** What named no more than its tool may have been about another call of that, and was not delivered. */
  mixed?: boolean;
  /** Takes a message that belongs to it. */
  deliver?(message: Message): void;
}

/**
 * Finds the request a message on a shared stream belongs to: for a response the one with its id; for anything else
 * by progress token, request id, and at last by the name of the tool when exactly one call of it is in flight. What
 * is about a task belongs to whoever follows that. Compares by value and type: a server that answers request 3 as
 * `"3"` has not answered it. An error without an id, of a server that could not read one, is about the message under
 * way, if just one is.
 *
 * @param unsure tools of which another call may be running, so that their name says nothing.
 * @param shared whether all answers come this way: what has no id then is about one of these.
 * @param all in a list: a map that each request enters and leaves costs more than looking through a few.
 */
export function correlate(
  all: readonly Pending[],
  message: Message,
  unsure?: ReadonlySet<unknown>,
  shared?: boolean,
): Pending | undefined {
  const by = (key: "id" | "token", value: unknown) => all.find((each) => each.live && each[key] === value);
  if (isResponse(message)) {
    if (message.id != null || !shared) return by("id", message.id);
    const [sole, more] = all.filter((each) => each.live);
    return more ? undefined : sole;
  }
  const { progressToken, requestId, toolName, _meta, taskId } = message.params ?? {};
  if (progressToken !== undefined) return by("token", progressToken);
  if ((taskId ?? members(members(_meta)[RELATED_TASK]).taskId) !== undefined) return undefined;
  const one = by("id", requestId);
  if (one || toolName === undefined || unsure?.has(toolName)) return one;
  const found = all.filter((each) => each.live && each.tool === toolName);
  // What one of several missed leaves a gap: none of them gets what comes behind it.
  if (found[1]) for (const each of found) each.mixed = true;
  return found.find((each) => !each.mixed);
}

/** Takes `one` out of a short list, where it is in it. */
export function remove<T>(list: T[], one: T): boolean {
  const at = list.indexOf(one);
  return at >= 0 && !!list.splice(at, 1);
}
