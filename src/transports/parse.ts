import { McpError, quote } from "../core/errors.ts";
import type { Message } from "../core/types.ts";
import { isMessage } from "../core/wire/jsonrpc.ts";

/**
 * The messages of one body or event: one, or several in an array (2025-03-26 has batches). What is not a
 * message is reported and left out, so that one bad member does not cost the others.
 *
 * @throws {@link McpError} `invalid_message` when the text is not JSON, or nothing in it is a message.
 */
export function parseMessages(text: string, report?: (error: unknown) => void): readonly Message[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new McpError("invalid_message", "The server sent text that is not JSON.", { cause });
  }
  if (isMessage(value)) return [value];
  if (!Array.isArray(value)) throw notMessage(value);
  const messages = value.filter(isMessage);
  if (messages.length === 0) throw notMessage(value);
  if (messages.length < value.length) report?.(notMessage(value.find((member) => !isMessage(member))));
  return messages;
}

function notMessage(value: unknown): McpError {
  const kind = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
  const members =
    typeof value === "object" && value !== null ? ` with ${quote(Object.keys(value).slice(0, 8))}` : "";
  return new McpError(
    "invalid_message",
    `The server sent JSON that is not a JSON-RPC 2.0 message (${kind}${members}).`,
  );
}
