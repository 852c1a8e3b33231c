import { McpError } from "../core/errors.ts";
import type { Message } from "../core/types.ts";
import { isMessage } from "../core/wire/jsonrpc.ts";

/**
 * The messages of one body or event: one, or several in an array (2025-03-26 has batches). What is not a
 * message is reported and left out, so that one bad member does not cost the others.
 *
 * @throws McpError `invalid_message` when the text is not JSON, or nothing in it is a message.
 */
export function parseMessages(text: string, report?: (error: unknown) => void): readonly Message[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new McpError("invalid_message", "The server sent no JSON.", { cause });
  }
  if (isMessage(value)) return [value];
  const messages = Array.isArray(value) ? value.filter(isMessage) : [];
  const bad = new McpError("invalid_message", "The server sent no JSON-RPC 2.0 message.");
  if (messages.length === 0) throw bad;
  if (messages.length < (value as unknown[]).length) report?.(bad);
  return messages;
}

/** The messages of an event. One malformed event is no reason to lose what comes behind it. */
export function messagesOf(data: string, report?: (error: unknown) => void): readonly Message[] {
  try {
    return parseMessages(data, report);
  } catch (error) {
    report?.(error);
    return [];
  }
}
