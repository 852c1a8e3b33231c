import { remainder } from "../core/flow/events.ts";
import type { ToolEvent } from "../core/types.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import type { TextOptions } from "./options.ts";

/**
 * Just the text of a call: what is streamed as it comes, and at the end what the result has beyond that.
 * Leaving the loop cancels the call.
 */
export async function* textOf(
  events: AsyncIterable<ToolEvent>,
  { from }: TextOptions = {},
): AsyncGenerator<string, void, undefined> {
  let streamed = "";
  for await (const event of events) {
    const delta =
      event.type === "result" ? remainder(streamed, event.result.text ?? "") : deltaOf(event, from);
    if (!delta) continue;
    streamed += delta;
    yield delta;
  }
}

function deltaOf(event: ToolEvent, from: TextOptions["from"]): string | undefined {
  if (event.type === "text") return event.source === "stream" ? event.delta : undefined;
  if (typeof from === "function") return from(event);
  if (from !== event.type) return undefined;
  if (event.type === "progress") return event.message;
  if (event.type !== "log") return undefined;
  // Official servers log a string; FastMCP wraps it.
  const { data } = event;
  return typeof data === "string"
    ? data
    : isObject(data) && typeof data.msg === "string"
      ? data.msg
      : undefined;
}
