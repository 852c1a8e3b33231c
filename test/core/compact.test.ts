import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compactEvents } from "../../src/core/flow/events.ts";
import type { CallEvent, Message } from "../../src/core/types.ts";

const raw: Message = { jsonrpc: "2.0", method: "x" };
type Event = CallEvent<string>;

const text = (delta: string, source: "stream" | "result" = "stream"): Event => ({
  type: "text",
  delta,
  source,
  raw,
});
const progress = (progress: number): Event => ({ type: "progress", progress, raw });
const log = (data: string): Event => ({ type: "log", level: "info", data, raw });
const content = (data: string): Event => ({
  type: "content",
  content: { type: "image", data, mimeType: "image/png" },
  raw,
});
const result = (result: string): Event => ({ type: "result", result, raw });

const textOf = (events: readonly Event[]): string =>
  events.map((event) => (event.type === "text" ? event.delta : "")).join("");

describe("compactEvents", () => {
  it.each<[string, Event[], Event[]]>([
    ["nothing of nothing", [], []],
    ["one text of neighbouring deltas", [text("a"), text("b"), text("c")], [text("abc")]],
    [
      "one text of deltas with news between them",
      [text("a"), progress(1), text("b")],
      [progress(1), text("ab")],
    ],
    ["the last progress", [progress(1), progress(2), progress(3)], [progress(3)]],
    [
      "the last of each kind of news",
      [log("a"), progress(1), log("b"), progress(2)],
      [log("b"), progress(2)],
    ],
    ["all content", [content("a"), content("b")], [content("a"), content("b")]],
    [
      "text on both sides of content",
      [text("a"), content("x"), text("b")],
      [text("a"), content("x"), text("b")],
    ],
    [
      "apart what was streamed and what the result had beyond that",
      [text("a"), text("b", "result")],
      [text("a"), text("b", "result")],
    ],
    ["the result last", [text("a"), progress(1), result("done")], [progress(1), text("a"), result("done")]],
  ])("makes %s", (_, queue, compacted) => {
    expect(compactEvents(queue)).toEqual(compacted);
  });

  it("joins no delta to one that is long already", () => {
    const long = "x".repeat(16_384);
    expect(compactEvents([text("a"), text("b"), text(long)])).toEqual([text("ab"), text(long)]);
  });

  it("keeps the news in the order it arrived", () => {
    const kinds = compactEvents([progress(1), log("a")]).map(({ type }) => type);
    expect(kinds).toEqual(["progress", "log"]);
  });

  it("does not change the queue or its events", () => {
    const queue = Object.freeze([Object.freeze(text("a")), Object.freeze(text("b"))]);
    compactEvents(queue);
    expect(queue).toEqual([text("a"), text("b")]);
  });

  it("keeps all text and content in order, and the result last", () => {
    const event = fc.oneof(
      fc.string().map((delta) => text(delta)),
      fc.nat().map(progress),
      fc.string().map(log),
      fc.string().map(content),
    );
    const contents = (events: readonly Event[]) => events.filter(({ type }) => type === "content");
    fc.assert(
      fc.property(fc.array(event), fc.boolean(), (events, finished) => {
        const queue = finished ? [...events, text("rest", "result"), result("done")] : events;
        const compacted = compactEvents(queue);
        expect(compacted.length).toBeLessThanOrEqual(queue.length);
        expect(textOf(compacted)).toBe(textOf(queue));
        expect(contents(compacted)).toEqual(contents(queue));
        expect(compacted.filter(({ type }) => type === "result")).toHaveLength(finished ? 1 : 0);
        if (finished) expect(compacted.at(-1)?.type).toBe("result");
        expect(compactEvents(compacted).length).toBe(compacted.length);
      }),
    );
  });
});
