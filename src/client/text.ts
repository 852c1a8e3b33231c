import { remainder } from "../core/flow/events.ts";
import { MESSAGE_BYTES } from "../core/ports.ts";
import type { ToolEvent } from "../core/types.ts";
import { members } from "../core/wire/jsonrpc.ts";
import type { TextOptions } from "./options.ts";

/**
 * Just the text of a call: what is streamed as it comes, and at the end what the result has beyond that.
 * Leaving the loop leaves the one over the events.
 */
export function textOf(
  events: AsyncIterator<ToolEvent, undefined>,
  { from }: TextOptions = {},
): AsyncIterableIterator<string, undefined> {
  let streamed = "";
  let rest: string | undefined;
  return {
    async next() {
      for (;;) {
        const { value: event, done } = await events.next();
        if (done) return { value: undefined, done };
        let value: string | undefined;
        try {
          if (event.type === "result") {
            const { text = "" } = event.result;
            const more = remainder(streamed, text);
            // With what `from` added it has nothing in common; it may with what the tool streamed.
            value = streamed && more === text ? rest : more;
          } else if (event.type === "text" && event.source === "result") rest = event.delta;
          else value = deltaOf(event, from);
        } catch (error) {
          // A loop is not told to leave by what its iterator throws.
          await events.return?.();
          throw error;
        }
        if (!value) continue;
        // No answer is longer; what comes after that much is not kept to compare it with.
        if (streamed.length < MESSAGE_BYTES) streamed += value;
        return { value, done: false };
      }
    },
    async return() {
      await events.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function deltaOf(event: ToolEvent, from: TextOptions["from"]): string | undefined {
  if (event.type === "text") return event.delta;
  if (typeof from === "function") return from(event);
  if (from !== event.type) return undefined;
  // Official servers log a string; FastMCP wraps it.
  const { message, data } = event as { message?: unknown; data?: unknown };
  const text = message ?? members(data).msg ?? data;
  return typeof text === "string" ? text : undefined;
}
