import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventStream } from "../../src/adapters/event-stream.ts";
import { isMcpError } from "../../src/core/errors.ts";
import { parseMessages } from "../../src/transports/parse.ts";

interface Told {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** Reads chunks as the client does; gives the events and the last `retry`. */
async function read(chunks: Iterable<Uint8Array>, limit = 1e6): Promise<{ told: Told[]; retry?: number }> {
  let retry: number | undefined;
  const left = chunks[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = left.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const stream = eventStream(new Response(body), {
    limit,
    read: ({ id, event, data }) => [{ id, event: data ? (event ?? "message") : undefined, data }],
    onRetry: (ms) => {
      retry = ms;
    },
  });
  const told: Told[] = [];
  for await (const some of stream) told.push(...some);
  return { told, retry };
}

/** Bytes as if there always were more. */
function* repeated(text: string, times: number): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let i = 0; i < times; i++) yield bytes;
}

/** Cuts bytes at these places; each place is a fraction of the whole. */
function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.map((part) => Math.floor(part * bytes.length)), bytes.length];
  places.sort((a, b) => a - b);
  return places.slice(1).map((end, i) => bytes.slice(places[i], end));
}

/**
 * The specification's algorithm, word by word and without a thought for speed. What the client makes of it: an
 * id counts also without data, blanks around data do not, nor do more line ends than one inside it.
 */
function whatwg(text: string): { told: Told[]; retry?: number } {
  const told: Told[] = [];
  let retry: number | undefined;
  let [data, type, id]: [string, string, string | undefined] = ["", "", undefined];
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  // "Once the end of the file is reached, any pending data must be discarded."
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      const trimmed = data.trim();
      if (trimmed || id !== undefined)
        told.push({ id, event: trimmed ? type || "message" : undefined, data: trimmed });
      [data, type, id] = ["", "", undefined];
      continue;
    }
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data += `${value}\n`;
    else if (field === "event") type = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d+$/.test(value)) retry = Number(value);
  }
  return { told, retry };
}

const plain = ({ told, retry }: { told: readonly Told[]; retry?: number }) => ({
  told: told
    .filter(({ id, data }) => id !== undefined || data)
    .map((one) => ({ ...one, data: one.data.replace(/\n+/g, "\n") })),
  retry,
});

const word = fc.string({
  unit: fc.constantFrom("a", "Z", "0", ":", " ", "{", '"', "é", "漢", "🙂", "\u2028", "data", "id"),
  maxLength: 12,
});
const line = fc.oneof(
  { weight: 6, arbitrary: word.map((text) => `data: ${text}`) },
  { weight: 1, arbitrary: word.map((text) => `data:${text}`) },
  fc.constant("data"),
  { weight: 2, arbitrary: word.map((text) => `id: ${text}`) },
  fc.constantFrom("id:", "id: a\0b", "event:", "event", "retry: 12", "retry: 1x", "retry:", "retry: -1"),
  word.map((text) => `event: ${text}`),
  word.map((text) => `: ${text}`),
  word.map((text) => `other: ${text}`),
  fc.constantFrom("Data: x", " data: x", "dat", ":", "\tdata: x"),
);
const ending = fc.constantFrom("\n", "\r", "\r\n");
const text = fc
  .tuple(
    fc.constantFrom("", "\ufeff"),
    fc.array(fc.tuple(fc.oneof({ weight: 3, arbitrary: line }, fc.constant("")), ending), { maxLength: 30 }),
    fc.constantFrom("", "data: unfinished", "\n\n", "\r\n\r\n"),
  )
  .map(([bom, lines, end]) => bom + lines.flat().join("") + end);
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("an event stream", () => {
  it("cut anywhere gives the events that the specification's algorithm does", async () => {
    await fc.assert(
      fc.asyncProperty(text, cuts, async (text, at) => {
        const bytes = encode(text);
        expect(plain(await read(cut(bytes, at)))).toEqual(plain(whatwg(text)));
      }),
      { numRuns: 600 },
    );
  });

  it("takes CR and LF for one end of a line, though an empty chunk comes between them", async () => {
    const chunks = ["data: a\r", "", "\ndata: b\n\n"].map(encode);
    expect((await read(chunks)).told.map(({ data }) => data)).toEqual(["a\nb"]);
  });

  it("keeps a byte order mark that is none, at the beginning of a chunk", async () => {
    const chunks = ["data: a", "\ufeffb\n\n", "data: c\n\n"].map((text) => new TextEncoder().encode(text));
    const { told } = await read(chunks);
    expect(told.map(({ data }) => data)).toEqual(["a\ufeffb", "c"]);
  });

  it("gives the same byte by byte as in one piece", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const bytes = encode(text);
        const singly = Array.from(bytes, (byte) => Uint8Array.of(byte));
        expect(await read(singly)).toEqual(await read([bytes]));
      }),
      { numRuns: 200 },
    );
  });

  it("of any bytes whatever throws nothing, and neither does what is read from it but for invalid_message", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      // Bytes that mean something to the parser come together more often than by chance.
      fc
        .array(fc.constantFrom(...'\r\n\n:: data:id:event:retry:\0{}[]"1,', "\xff"), { maxLength: 200 })
        .map((all) => Uint8Array.from(all.map((one) => one.charCodeAt(0)))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, cuts, async (bytes, at) => {
        for (const { data } of (await read(cut(bytes, at))).told) {
          try {
            parseMessages(data);
          } catch (error) {
            expect(isMcpError(error, "invalid_message"), String(error)).toBe(true);
          }
        }
      }),
      { numRuns: 600 },
    );
  });

  it("of any JSON value gives messages, or throws invalid_message", () => {
    fc.assert(
      fc.property(fc.json({ depthSize: "medium" }), (json) => {
        try {
          for (const message of parseMessages(json)) expect(message.jsonrpc).toBe("2.0");
        } catch (error) {
          expect(isMcpError(error, "invalid_message"), String(error)).toBe(true);
        }
      }),
    );
  });

  it.each([
    ["ASCII", "x", 1],
    ["two bytes a character", "é", 2],
    ["three bytes a character", "漢", 3],
    ["four bytes a pair", "🙂", 4],
  ])("is bounded in bytes, with %s", async (_, unit, size) => {
    const count = 240 / size;
    const fits = encode(`data: ${unit.repeat(count)}\n\n`);
    expect((await read(cut(fits, [0.3, 0.6]), 240)).told).toHaveLength(1);
    const over = encode(`data: ${unit.repeat(count)}x\n\n`);
    await expect(read(cut(over, [0.3, 0.6]), 240)).rejects.toMatchObject({ code: "limit_exceeded" });
  });

  it("in half a million chunks of a byte is read", async () => {
    // Anything that looks at what came before once more for each chunk would take hours.
    const bytes = encode(`data: ${"x".repeat(500_000)}\n\n`);
    const singly = (function* () {
      for (let n = 0; n < bytes.length; n++) yield bytes.subarray(n, n + 1);
    })();
    const { told } = await read(singly);
    expect(told[0]?.data.length).toBe(500_000);
  }, 60_000);
});

describe("a flood of events", () => {
  for (const [what, chunk, times] of [
    ["in many chunks", "data: x\n\n", 60],
    ["in one chunk", "data: x\n\n".repeat(60_000), 1],
  ] as const) {
    it(`${what} leaves others their turn`, async () => {
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const left = repeated(chunk, times);
      const work = times === 1 ? 0 : 2;
      let events = 0;
      const stream = eventStream(
        new Response(
          new ReadableStream<Uint8Array>({
            pull(controller) {
              const { value, done } = left.next();
              if (done) controller.close();
              else controller.enqueue(value);
            },
          }),
        ),
        {
          limit: 1e6,
          read(event) {
            // What somebody makes of it takes its time.
            for (const start = performance.now(); performance.now() - start < (work || 0.002); );
            return [event];
          },
        },
      );
      for await (const some of stream) events += some.length;
      clearInterval(timer);
      expect(events).toBe(times === 1 ? 60_000 : times);
      expect(turns).toBeGreaterThan(1);
    });
  }

  it("that is one event of very many lines is too large, whatever its length", async () => {
    const error = await read(repeated("data\n".repeat(10_000), 51), 1e8).catch((error) => error);
    expect(isMcpError(error, "limit_exceeded")).toBe(true);
    // The end of an event may come in a chunk of its own.
    const { told } = await read(
      (function* () {
        for (let i = 0; i < 51; i++) {
          yield* repeated("data\n".repeat(9999), 1);
          yield* repeated("\n", 1);
        }
      })(),
      1e8,
    );
    expect(told.length).toBe(51);
  });

  it("hands on what came in one chunk before an event that is too large", async () => {
    const text = `data: 1\n\ndata: 2\n\ndata: ${"x".repeat(2000)}\n\n`;
    const stream = eventStream(new Response(text), { limit: 1000, read: ({ data }) => [data] });
    const events = stream[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual(["1", "2"]);
    await expect(events.next()).rejects.toMatchObject({ code: "limit_exceeded" });
  });

  it("hands on an event that says more than a function takes arguments", async () => {
    const many = Array.from({ length: 300_000 }, (_, i) => i);
    const stream = eventStream(new Response("data: 1\n\n"), { limit: 1000, read: () => many });
    expect((await stream[Symbol.asyncIterator]().next()).value).toHaveLength(300_000);
  });
});
