import { createParser } from "eventsource-parser";
import { McpError } from "../core/errors.ts";
import { hidden, onLife } from "./life.ts";
import type { ServerSentEvent } from "./parse-event-stream.ts";
import { clock } from "./timers.ts";

/** The part of a response that is read here. */
export type Readable = Pick<Response, "body" | "text">;

/** A body as what its events say: an event at a time, or a few. Read as it is asked for. */
export interface EventReader<T> extends AsyncIterable<readonly T[]> {
  /** Drops the body. Leaving a loop does not. */
  cancel(): void;
}

/**
 * Bytes as text, piece by piece. Whole characters are decoded by themselves, which is faster, and gives strings
 * that are faster to parse, than a stream does; only around a piece that ends within one does it keep state.
 */
function utf8(): (bytes: Uint8Array | string) => string {
  let decoder: TextDecoder | undefined;
  let begun = false;
  return (bytes) => {
    if (typeof bytes === "string") return bytes;
    decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
    const text = decoder.decode(bytes, { stream: !((bytes.at(-1) as number) < 128) });
    if (begun || !text) return text;
    begun = true;
    return text.replace(/^\ufeff/, "");
  };
}

interface Reader {
  /** The next chunk; no value at the end. */
  read(): Promise<{ readonly value?: Uint8Array | string }>;
  cancel(): Promise<void>;
}

/** Of a `fetch` that shows no body, like React Native's, all text is one chunk. */
function readerOf(response: Readable): Reader {
  if (response.body) return response.body.getReader();
  const once = [response];
  return { read: async () => ({ value: await once.pop()?.text() }), async cancel() {} };
}

function tooLarge(what: string, limit: number): McpError {
  return new McpError("limit_exceeded", `${what} exceeds ${limit} bytes (limits.messageBytes).`);
}

/**
 * The text of a body, or what of it has come within `ms`.
 *
 * @throws McpError `limit_exceeded` past `limit` bytes; the rest is not read.
 */
export async function readText(
  response: Readable,
  limit: number,
  onActivity?: () => void,
  ms?: number,
): Promise<string> {
  let text = "";
  // A `reader.read()` loop: pipes cost more per event than the parsing does, and are missing from some runtimes.
  const reader = readerOf(response);
  const decode = utf8();
  // Who cancels knows why; that the body is gone by then is no news.
  const cancel = () => void reader.cancel().catch(() => {});
  const stop = ms && clock.after(ms, cancel);
  let size = 0;
  try {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) return text;
      onActivity?.();
      text += decode(value);
      size += value.length;
      if (size > limit) {
        cancel();
        throw tooLarge("A body", limit);
      }
    }
  } finally {
    if (stop) stop();
  }
}

/** A server that sends keepalive comments is gone after a silence of so many times their rhythm, and at least this. */
const SILENCES = 3;
const SILENCE_MS = 4000;

/** About so many characters are parsed at a time, and for so long on end: then whatever else waits gets a turn. */
const PIECE = 8192;
const TURN_MS = 16;
/** Most lines of one event: each weighs more in memory than its characters. */
const MAX_LINES = 500_000;

export interface EventStreamHooks<T> {
  /** What an event says. */
  read(event: ServerSentEvent): readonly T[];
  /** The server's wish for the delay before a reconnect, in milliseconds. */
  onRetry?(ms: number): void;
  /** Whether this stream may be dropped at no loss, as when the network has changed under it. */
  spare?(): boolean;
  /** Largest event, in bytes. */
  readonly limit: number;
}

/**
 * A body read as Server-Sent Events. It ends, too, when a server has fallen silent that used to send keepalive
 * comments, and when the page is put away: with a stream open it could not be kept.
 *
 * @throws McpError from the loop, `limit_exceeded` past an event beyond `limit`; whatever the body fails with.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventStream<T>(
  response: Readable,
  { read, onRetry, spare, limit }: EventStreamHooks<T>,
): EventReader<T> {
  const reader = readerOf(response);
  const decode = utf8();
  /** Chunks with comments, when the last came, and the longest pause between two. */
  let [comments, comment, pause] = [0, 0, 0];
  let commented = false;
  /** Counts chunks; negative while the server is waited for. A slow reader is no silence. */
  let chunks = 0;
  let stop = () => {};
  // Two looks, so that a page which was frozen, or slept, reads first what came meanwhile.
  const watch = (seen?: number) => {
    const look = () => (chunks < 0 && chunks === seen ? cancel() : watch(chunks));
    stop = clock.after(Math.max(SILENCE_MS, SILENCES * pause), look);
  };
  const forget = onLife(["pagehide", "online"], ({ type }) => {
    if (type === "pagehide" || spare?.()) cancel();
  });
  const over = () => {
    stop();
    forget();
  };
  const cancel = () => {
    over();
    reader.cancel().catch(() => {});
  };
  let overflow = false;
  /** To be handed on. */
  let said: T[] = [];
  let afterReturn = false;
  let rest = "";
  /** What has come and is not parsed yet. */
  let text = "";
  /** Lines of the event that has begun. */
  let held = 0;
  /** Milliseconds of work on end, and since when more is done, if it is. */
  let [worked, since] = [0, 0];
  const parser = createParser({
    onEvent(event) {
      event.data = event.data.trim();
      const { length } = event.data;
      // A character is three bytes at most: only what may be too large is measured.
      if (length * 3 > limit && new TextEncoder().encode(event.data).length > limit) overflow = true;
      else for (const one of read(event)) said.push(one);
    },
    onRetry,
    onComment() {
      commented = true;
    },
    onError({ type }) {
      if (type === "max-buffer-size-exceeded") overflow = true;
    },
    maxBufferSize: limit + 99,
  });
  const events = {
    [Symbol.asyncIterator]: () => events,
    async next(): Promise<IteratorResult<readonly T[], undefined>> {
      for (said = []; !said.length; ) {
        // Whatever is in a line beside the data is little.
        if (overflow || rest.length > limit + 99 || held > MAX_LINES) throw tooLarge("An event", limit);
        if (since) {
          worked += performance.now() - since;
          since = 0;
          // What takes that long was no work.
          if (worked > 1000) worked = 0;
          if (worked > TURN_MS && !hidden()) {
            worked = 0;
            await new Promise<void>((resolve) => clock.after(0, resolve));
          }
        }
        if (!text) {
          chunks = -chunks - 1;
          let value: Uint8Array | string | undefined;
          try {
            ({ value } = await reader.read());
          } finally {
            chunks = -chunks;
            if (!value) over();
          }
          if (!value) return { value: undefined, done: true };
          text = decode(value);
          if (!text) continue;
          // Lines end in LF, CR or CRLF. The parser holds back a CR at the end of a chunk until it sees what
          // follows, and so the event before it; with every line end made LF nothing has to wait.
          const rejoined = afterReturn && text[0] === "\n";
          afterReturn = text.endsWith("\r");
          if (rejoined) text = text.slice(1);
          if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
        }
        // Of a line that ends later, as where a server sends a character at a time, there is nothing to parse yet.
        if (!text.includes("\n")) {
          rest += text;
          text = "";
          continue;
        }
        // Up to the end of an event: to put long ones together again would cost more than all else.
        const end = text.indexOf("\n\n", PIECE);
        const piece = end < 0 ? text : text.slice(0, end + 2);
        text = text.slice(piece.length);
        // The parser gets whole lines, and with an id a line of data, without which it keeps the id to itself.
        const last = piece.lastIndexOf("\n") + 1;
        since = performance.now();
        const lines = rest + piece.slice(0, last);
        held = lines[0] === "\n" || lines.includes("\n\n") ? 0 : held + lines.split("\n").length;
        parser.feed(lines.includes("id:") ? `\n${lines}`.replaceAll("\nid:", "\ndata\nid:").slice(1) : lines);
        rest = piece.slice(last);
        if (commented) {
          commented = false;
          const now = clock.now();
          // The first may be a greeting. The longest pause is the rhythm: too patient is better than too hasty.
          if (++comments > 1) pause = Math.max(pause, now - comment);
          if (comments === 3) watch();
          comment = now;
        }
      }
      return { value: said };
    },
    cancel,
  };
  return events;
}
