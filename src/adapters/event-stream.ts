import { createParser, type EventSourceMessage } from "eventsource-parser";
import { McpError } from "../core/errors.ts";

export interface EventStreamHooks {
  onEvent(event: EventSourceMessage): void;
  /** The server's wish for the delay before a reconnect, in milliseconds. */
  onRetry?(ms: number): void;
  /** A comment: the server is alive, but says nothing. */
  onComment?(): void;
  /** Largest event, in characters. */
  readonly limit: number;
}

/** A body read as Server-Sent Events, chunk by chunk, as the reader asks. */
export interface EventStream {
  /** Reads one chunk and hands on the events it completes. False at the end of the body. */
  pull(): Promise<boolean>;
  /** Drops the body. */
  cancel(): void;
}

/**
 * A `reader.read()` loop with one decoder: no pipes, which cost more per event than the parsing does and
 * are missing from some runtimes.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventStream(body: ReadableStream<Uint8Array>, hooks: EventStreamHooks): EventStream {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let overflow = false;
  const parser = createParser({
    onEvent(event) {
      if (event.data.length > hooks.limit) overflow = true;
      else hooks.onEvent(event);
    },
    onRetry: hooks.onRetry,
    onComment: hooks.onComment,
    onError: ({ type }) => {
      if (type === "max-buffer-size-exceeded") overflow = true;
    },
    maxBufferSize: hooks.limit,
  });
  let afterReturn = false;
  return {
    async pull() {
      const { value, done } = await reader.read();
      if (done) return false;
      let text = decoder.decode(value, { stream: true });
      // Lines end in LF, CR or CRLF. The parser holds back a CR at the end of a chunk until it sees what
      // follows, and so the event before it; with every line end made LF nothing has to wait.
      if (afterReturn && text !== "") {
        if (text.charCodeAt(0) === 10) text = text.slice(1);
        afterReturn = false;
      }
      if (text.includes("\r")) {
        afterReturn = text.endsWith("\r");
        text = text.replace(/\r\n?/g, "\n");
      }
      parser.feed(text);
      if (overflow) {
        throw new McpError("limit_exceeded", `An event is larger than limits.messageBytes (${hooks.limit}).`);
      }
      return true;
    },
    cancel() {
      // The reason for cancelling is known to whoever cancels; that the body is gone by now is no news.
      reader.cancel().catch(() => {});
    },
  };
}

/**
 * The text of a body, at most `limit` bytes of it.
 *
 * @throws {@link McpError} `limit_exceeded` past the limit; the rest is not read.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  onActivity?: () => void,
): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > limit) {
      reader.cancel().catch(() => {});
      throw new McpError("limit_exceeded", `A body is larger than the limit of ${limit} bytes.`);
    }
    onActivity?.();
    text += decoder.decode(value, { stream: true });
  }
}
