import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Gathered, remainder, toolResult } from "../../src/core/flow/events.ts";
import type { ContentBlock, JsonObject } from "../../src/core/types.ts";

const text = (text: string): ContentBlock => ({ type: "text", text });
const image: ContentBlock = { type: "image", data: "AAAA", mimeType: "image/png" };

function gathered(blocks: readonly ContentBlock[], limit = 1e6): Gathered {
  const all = new Gathered(limit);
  for (const content of blocks) all.add({ type: "content", content, raw: { jsonrpc: "2.0", method: "m" } });
  return all;
}

describe("remainder", () => {
  it.each([
    ["all of it when nothing was streamed", "", "Hello", "Hello"],
    ["nothing when all was streamed", "Hello", "Hello", ""],
    ["the missing end", "Hel", "Hello", "lo"],
    ["nothing of an empty result", "Hello", "", ""],
    ["nothing when the result is only the last part", "Hello world", "world", ""],
    ["nothing when the result differs in white space around it", "Hello\n", "Hello", ""],
    ["nothing when the result has white space the stream lacks", "one two", " two\n", ""],
    ["all of something else altogether", "Searching…", "Found 3 files.", "Found 3 files."],
    ["nothing of nothing", "", "", ""],
  ])("is %s", (_, streamed, final, rest) => {
    expect(remainder(streamed, final)).toBe(rest);
  });

  it("completes any beginning to the whole", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (streamed, more) => {
        expect(streamed + remainder(streamed, streamed + more)).toBe(streamed + more);
      }),
    );
  });
});

describe("Gathered", () => {
  it("joins neighbouring text, and keeps the order of everything else", () => {
    const { blocks, text: all } = gathered([text("a"), text("b"), image, text("c"), text("d")]);
    expect(blocks).toEqual([text("ab"), image, text("cd")]);
    expect(all).toBe("abcd");
  });

  it("does not change the blocks it is given", () => {
    const first = Object.freeze(text("a"));
    expect(gathered([first, text("b")]).text).toBe("ab");
    expect(first).toEqual(text("a"));
  });

  it("keeps no more than its limit, in characters of text and of data", () => {
    expect(gathered([text("1234"), text("567"), text("8")], 7).text).toBe("1234567");
    expect(gathered([text("123"), image, text("4")], 7).blocks).toEqual([text("123"), image]);
    expect(gathered([image, image], 7).blocks).toEqual([image]);
  });

  it("counts a block of neither as a thousand", () => {
    const link: ContentBlock = { type: "resource_link", uri: "a:b", name: "a" };
    expect(gathered([link, link, link], 2000).blocks).toHaveLength(2);
  });

  it("gathers a hundred thousand pieces", () => {
    expect(gathered(Array.from({ length: 100_000 }, () => text("ab"))).text).toHaveLength(200_000);
  });
});

describe("toolResult", () => {
  it("joins the text blocks, and keeps the rest as it came", () => {
    const raw: JsonObject = { content: [text("a"), image, text("b")], _meta: { x: 1 }, extra: true };
    const result = toolResult(raw, undefined);
    expect(result).toMatchObject({ content: raw.content, text: "ab", isError: false, _meta: { x: 1 } });
    expect(result.raw).toBe(raw);
  });

  it.each<[unknown, boolean]>([
    [true, true],
    [false, false],
    [undefined, false],
    ["true", false],
    [1, false],
  ])("takes isError %j as %s", (isError, is) => {
    expect(toolResult({ content: [], isError }, undefined).isError).toBe(is);
  });

  it.each<[string, JsonObject, unknown]>([
    ["structuredContent", { content: [text("x")], structuredContent: { a: 1 } }, { a: 1 }],
    ["structuredContent that is null", { content: [text("[1]")], structuredContent: null }, null],
    ["structuredContent that is an array", { structuredContent: [1] }, [1]],
    ["JSON of the text", { content: [text('{"a":'), text("1}")] }, { a: 1 }],
    ["nothing of other text", { content: [text("hello")] }, undefined],
    ["nothing of no text", { content: [image] }, undefined],
  ])("has as data %s", (_, raw, data) => {
    expect(toolResult(raw, undefined).data).toEqual(data);
  });

  it.each<[string, JsonObject]>([
    ["is empty", { content: [] }],
    ["has no content", {}],
    ["has content that is no array", { content: "x" }],
    ["has only malformed blocks", { content: [null, 7, {}] }],
    ["has only text that is empty", { content: [text(""), text("")] }],
  ])("is filled from what was streamed when it %s", (_, raw) => {
    const result = toolResult(raw, gathered([text("a"), image]));
    expect(result).toMatchObject({ content: [text("a"), image], text: "a" });
    expect(result.raw).toBe(raw);
  });

  it.each<[string, JsonObject]>([
    ["has content", { content: [text("x")] }],
    ["has structured content", { content: [], structuredContent: { a: 1 } }],
  ])("is not filled when it %s", (_, raw) => {
    expect(toolResult(raw, gathered([text("a")])).content).toEqual(raw.content);
  });

  it("drops a malformed block and keeps the others", () => {
    expect(toolResult({ content: [null, text("a"), { text: "b" }] }, undefined).content).toEqual([text("a")]);
  });

  it("drops a _meta that is no object", () => {
    expect(toolResult({ content: [], _meta: "x" }, undefined)._meta).toBeUndefined();
  });
});
