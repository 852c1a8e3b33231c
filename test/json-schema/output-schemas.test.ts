import { type JsonObject, schemas, type Validator } from "mcp-rivulet";
import { outputSchemas } from "mcp-rivulet/json-schema";
import { afterEach, describe, expect, it, vi } from "vitest";

const DRAFT_07 = "http://json-schema.org/draft-07/schema#";
const tool = (outputSchema: unknown) => ({ name: "t", inputSchema: { type: "object" }, outputSchema });
const learn = (validator: Validator, outputSchema: unknown) => validator("Tool", tool(outputSchema));
const judge = (validator: Validator, structuredContent: unknown) =>
  validator("CallToolResult", { content: [], structuredContent }, "t");

/** What is wrong with the schema, and with a value by it. */
function verdict(schema: unknown, value: unknown) {
  const unchecked: string[] = [];
  const validator = outputSchemas(undefined, { onUnchecked: (_tool, reason) => unchecked.push(reason) });
  const issue = learn(validator, schema);
  return { issue, wrong: judge(validator, value), unchecked };
}

afterEach(() => void vi.unstubAllGlobals());

describe("a result", () => {
  it.each<[what: string, schema: JsonObject, sound: unknown, wrong: unknown]>([
    ["types", { type: "object", properties: { n: { type: "integer" } } }, { n: 1 }, { n: 1.5 }],
    ["required properties", { required: ["__proto__"] }, JSON.parse('{"__proto__":1}'), {}],
    ["a property named as a keyword", { properties: { id: { type: "string" } } }, { id: "a" }, { id: 1 }],
    ["no other properties", { properties: { a: true }, additionalProperties: false }, { a: 1 }, { b: 1 }],
    ["arrays at the root", { type: "array", items: { type: "string" } }, ["a"], [1]],
    // requires: base/schema-2020-12, base/schema-default-dialect
    ["tuples of 2020-12", { prefixItems: [{ type: "number" }], items: false }, [1], [1, 2]],
    // requires: base/schema-declared-dialect
    [
      "tuples of draft-07",
      { $schema: DRAFT_07, items: [{ type: "number" }], additionalItems: false },
      [1],
      [1, 2],
    ],
    ["local references", { $ref: "#/$defs/a", $defs: { a: { type: "null" } } }, null, 0],
    [
      "references beside others in 2020-12",
      { $ref: "#/$defs/a", minimum: 2, $defs: { a: { type: "number" } } },
      2,
      1,
    ],
    ["references by name", { $ref: "#a", $defs: { x: { $anchor: "a", type: "null" } } }, null, 0],
    ["references to a part with an $id", { $ref: "x", $defs: { x: { $id: "x", type: "null" } } }, null, 0],
    [
      "trees",
      { $ref: "#/$defs/n", $defs: { n: { required: ["v"], properties: { l: { $ref: "#/$defs/n" } } } } },
      { v: 1, l: { v: 1 } },
      { v: 1, l: {} },
    ],
    ["choices", { anyOf: [{ type: "string" }, { type: "null" }] }, null, 0],
    ["conditions", { if: { type: "number" }, then: { minimum: 2 }, else: { type: "null" } }, 2, 1],
    ["dependent schemas", { dependentSchemas: { a: { required: ["b"] } } }, { a: 1, b: 1 }, { a: 1 }],
    ["dependencies of draft-07", { $schema: DRAFT_07, dependencies: { a: ["b"] } }, { a: 1, b: 1 }, { a: 1 }],
    [
      "what is left unevaluated",
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
    ],
    ["values of an enum", { enum: ["a", { b: 1 }] }, { b: 1 }, { b: 2 }],
    ["unique items", { uniqueItems: true }, [1, 2], [1, 1]],
    [
      "patterns with names and choices",
      { pattern: "^(?<kind>a|b)-[^\\]]{1,3}(?:\\.\\d)?$" },
      "a-xy.1",
      "c-xy",
    ],
    ["simple patterns", { pattern: "^\\d{4}-\\d{2}-\\d{2}$" }, "2026-07-28", "28.07.2026"],
    ["patterns of names", { patternProperties: { "^x-": { type: "number" } } }, { "x-a": 1 }, { "x-a": "1" }],
    ["null in a place of its own", { type: "null" }, null, "null"],
  ])("is checked for %s", (_what, schema, sound, wrong) => {
    expect(verdict(schema, sound)).toEqual({ issue: undefined, wrong: undefined, unchecked: [] });
    expect(verdict(schema, wrong)).toEqual({
      issue: undefined,
      wrong: expect.stringMatching(/^structuredContent/),
      unchecked: [],
    });
  });

  // requires: tools/output-validated
  it("is told what is wrong with it, and where", () => {
    const schema = { properties: { days: { items: { properties: { celsius: { type: "number" } } } } } };
    expect(verdict(schema, { days: [{ celsius: 1 }, { celsius: "warm" }] }).wrong).toBe(
      'structuredContent/days/1/celsius: Instance type "string" is invalid. Expected "number".',
    );
  });

  it.each([
    ["keywords of draft-07 in 2020-12", { additionalItems: false, dependencies: { a: ["b"] } }, { a: 1 }],
    ["keywords of 2020-12 in draft-07", { $schema: DRAFT_07, dependentRequired: { a: ["b"] } }, { a: 1 }],
    ["format, which describes", { format: "date-time" }, "yesterday"],
    ["what nobody knows", { "x-vendor": { type: "null" }, $comment: 1, id: 7 }, 0],
  ])("is not checked for %s", (_what, schema, value) => {
    expect(verdict(schema, value)).toEqual({ issue: undefined, wrong: undefined, unchecked: [] });
  });

  it("must have structured content, unless the tool failed", () => {
    const validator = outputSchemas();
    learn(validator, {});
    expect(validator("CallToolResult", { content: [] }, "t")).toContain("no structuredContent");
    expect(validator("CallToolResult", { content: [], isError: true }, "t")).toBeUndefined();
    expect(validator("CallToolResult", { content: [] }, "another tool")).toBeUndefined();
  });

  it("is checked by the schema that was listed last", () => {
    const validator = outputSchemas();
    learn(validator, { type: "string" });
    learn(validator, { type: "number" });
    expect(judge(validator, 1)).toBeUndefined();
    learn(validator, undefined);
    expect(judge(validator, true)).toBeUndefined();
  });

  it("and a tool are checked by another validator first", () => {
    const validator = outputSchemas(schemas);
    expect(validator("Tool", { name: 7, inputSchema: {} })).toContain("name");
    learn(validator, { type: "string" });
    expect(validator("CallToolResult", { content: [{}], structuredContent: "a" }, "t")).toContain("content");
    expect(judge(validator, 1)).toContain("structuredContent");
    expect(validator("Prompt", { name: "p" })).toBeUndefined();
  });
});

describe("a schema that cannot be checked is named, and its results pass:", () => {
  it.each<[what: string, schema: unknown, said: string]>([
    // requires: base/schema-declared-dialect
    ["another dialect", { $schema: "http://json-schema.org/draft-04/schema#", type: "null" }, "draft-04"],
    ["no schema", "type: null", "dialect"],
    // requires: base/schema-unresolved-rejected, base/schema-no-network
    ["a network $ref", { $ref: "https://schemas.example/a.json" }, "https://schemas.example/a.json"],
    ["a $ref to a host inside", { $ref: "http://169.254.169.254/latest" }, "nothing is fetched"],
    ["a $ref to nowhere", { $ref: "#/$defs/none" }, "#/$defs/none"],
    ["$dynamicRef", { $dynamicRef: "#a" }, "$dynamicRef"],
    ["a keyword with a wrong value", { required: "a" }, "required"],
    ["a part that is no schema", { properties: { a: 1 } }, "no schema"],
    ["two parts of one name", { $defs: { a: { $id: "x" }, b: { $id: "x", type: "null" } } }, "Duplicate"],
    ["names that could take for ever", { patternProperties: { "^(a+)+$": true } }, "for ever"],
  ])("%s", (_what, schema, said) => {
    const { issue, wrong } = verdict(schema, 0);
    expect(issue).toMatch(/^outputSchema is not checked: /);
    expect(issue).toContain(said);
    expect(wrong).toBeUndefined();
  });

  it.each([
    "^(a+)+$",
    "(a*)*b",
    "(a|a)*$",
    "(a|ab)+c",
    "(?:a?){30}a{30}",
    "(x+x+)+y",
    "((a{1000}){1000}){1000}",
    "(a)\\1",
    "(?=a+)a",
    "(?<!a*)b",
    "a{2000}",
    "(?P<year>\\d{4})",
  ])("the pattern %s, and only that", (pattern) => {
    const schema = { properties: { a: { type: "string", pattern } } };
    expect(verdict(schema, { a: "-" }).issue).toMatch(/^outputSchema is checked in part: the pattern /);
    expect(verdict(schema, { a: "-" }).wrong).toBeUndefined();
    expect(verdict(schema, { a: 1 }).wrong).toContain("structuredContent/a");
  });

  // requires: tools/refs, base/schema-no-network
  it("fetches nothing, and makes no code", () => {
    const forbidden = () => {
      throw new Error("forbidden");
    };
    vi.stubGlobal("fetch", vi.fn(forbidden));
    vi.stubGlobal("Function", vi.fn(forbidden));
    expect(verdict({ $ref: "https://schemas.example/a.json" }, 0).issue).toContain("nothing is fetched");
    expect(verdict({ type: "number" }, 0).issue).toBeUndefined();
    expect(fetch).not.toHaveBeenCalled();
    expect(Function).not.toHaveBeenCalled();
  });
});

describe("a schema leaves no mark:", () => {
  it("it stays as the server sent it", () => {
    const schema = { $ref: "#/$defs/a", $defs: { a: { type: "object", pattern: "^a$" } } };
    const before = JSON.stringify(schema);
    const descriptors = JSON.stringify(Object.getOwnPropertyDescriptors(schema));
    verdict(schema, {});
    expect(JSON.stringify(schema)).toBe(before);
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(schema))).toBe(descriptors);
  });

  it("names of its parts reach no prototype", () => {
    const schema = JSON.parse(
      '{"properties":{"__proto__":{"type":"string"}},"$defs":{"__proto__":{"polluted":true}}}',
    );
    expect(verdict(schema, JSON.parse('{"__proto__":1}')).wrong).toContain("__proto__");
    expect(verdict(JSON.parse('{"__proto__":{"type":"string"},"constructor":1}'), 1).wrong).toBeUndefined();
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("what would take too much", () => {
  const nested = (depth: number, inner: object): object =>
    depth === 0 ? inner : { not: nested(depth - 1, inner) };
  const doubling = (depth: number): JsonObject => ({
    $ref: "#/$defs/d0",
    $defs: Object.fromEntries(
      Array.from({ length: depth }, (_, i) => [
        `d${i}`,
        i + 1 < depth ? { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] } : {},
      ]),
    ),
  });

  // requires: base/schema-bounded
  it.each([
    ["a schema that is too deep", nested(100, {}), "too deep"],
    ["a schema that is too large", { allOf: Array.from({ length: 6000 }, () => ({})) }, "too large"],
    ["a schema with a huge enum", { enum: Array.from({ length: 200_000 }, (_, i) => i) }, "too large"],
  ])("is not begun: %s", (_what, schema, said) => {
    expect(verdict(schema, 0).issue).toContain(said);
  });

  // requires: base/schema-bounded
  it.each<[what: string, schema: unknown, value: unknown]>([
    ["references that double thirty times", doubling(30), 0],
    ["a reference to itself", { $ref: "#" }, 0],
    [
      "two references to each other",
      { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
      0,
    ],
    [
      "a schema for each of many entries",
      { items: { type: "number" } },
      Array.from({ length: 60_000 }, () => 0),
    ],
    ["a huge value", {}, Array.from({ length: 200_000 }, () => 0)],
    ["a deep value", {}, JSON.parse("[".repeat(1000) + "]".repeat(1000))],
    ["unique items among many", { uniqueItems: true }, Array.from({ length: 50_000 }, (_, i) => i)],
    [
      "every property of a wide object, by many schemas",
      { allOf: Array.from({ length: 1000 }, () => ({ additionalProperties: true })) },
      Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`p${i}`, 0])),
    ],
    [
      "the length of a long text, by many schemas",
      { allOf: Array.from({ length: 4000 }, () => ({ minLength: 3 })) },
      "\u{1F600}".repeat(1_000_000),
    ],
    ["a pattern with many repetitions on a long text", { pattern: "^a*a*a*a*b$" }, "a".repeat(5000)],
  ])("is given up, said, and passes: %s", (_what, schema, value) => {
    const { issue, wrong, unchecked } = verdict(schema, value);
    expect(issue).toBeUndefined();
    expect(wrong).toBeUndefined();
    expect(unchecked).toHaveLength(1);
  });

  it("does not spoil the next check", () => {
    const validator = outputSchemas();
    learn(validator, { uniqueItems: true });
    expect(
      judge(
        validator,
        Array.from({ length: 50_000 }, (_, i) => i),
      ),
    ).toBeUndefined();
    expect(judge(validator, [1, 1])).toContain("Duplicate");
  });
});
