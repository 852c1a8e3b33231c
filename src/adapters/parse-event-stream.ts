import { createParser } from "eventsource-parser";

/** One event of a stream. */
export interface ServerSentEvent {
  /** Its type, where the stream names one; else it is a `message`. */
  readonly event?: string | undefined;
  /** Its id, where the stream gives one. */
  readonly id?: string | undefined;
  /** Its lines of data, joined by newlines. */
  readonly data: string;
}

/**
 * The events in a text that is an event stream by itself. Some servers call an endpoint that streams and wait for its
 * end: `fastapi-mcp` makes one text of everything a `StreamingResponse` sent. A last event counts that no empty line
 * ends.
 *
 * @example
 * ```ts
 * const { text } = await client.callTool("generate_numbers", { count: 3 });
 * for (const { data } of parseEventStream(text)) console.log(data);
 * ```
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function parseEventStream(text: string): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  parser.feed(`${text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n")}\n\n`);
  return events;
}
