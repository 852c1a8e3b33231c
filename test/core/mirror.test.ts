import { describe, expect, it } from "vitest";
import { type Mirrors, mirror, mirrorsOf } from "../../src/core/wire/mirror.ts";

const on = (property: object) => ({ type: "object", properties: { a: property } });

describe("the annotations of a schema", () => {
  // requires: headers/from-schema, headers/statically-reachable
  it("are found wherever a chain of properties leads", () => {
    const schema = {
      type: "object",
      properties: {
        region: { type: "string", "x-mcp-header": "Region" },
        plain: { type: "string" },
        where: {
          type: "object",
          properties: {
            zone: { type: "integer", "x-mcp-header": "Zone" },
            properties: { type: "boolean", "x-mcp-header": "Flag" },
          },
        },
      },
    };
    expect(mirrorsOf(schema)).toEqual(
      new Map([
        ["mcp-param-flag", ["where", "properties"]],
        ["mcp-param-region", ["region"]],
        ["mcp-param-zone", ["where", "zone"]],
      ]),
    );
  });

  it.each([
    ["no schema at all", undefined],
    ["a parameter of that name", { type: "object", properties: { "x-mcp-header": { type: "string" } } }],
    [
      "a parameter of that name further down",
      on({ type: "array", items: on({ type: "object", properties: { "x-mcp-header": {} } }) }),
    ],
    ["data of that name", on({ type: "object", default: { "x-mcp-header": "" } })],
  ])("are none in %s", (_, schema) => {
    expect(mirrorsOf(schema)).toEqual(new Map());
  });

  it.each([
    // requires: headers/not-empty
    ["is empty", on({ type: "string", "x-mcp-header": "" })],
    ["is no string", on({ type: "string", "x-mcp-header": 1 })],
    // requires: headers/token-syntax
    ["has a space", on({ type: "string", "x-mcp-header": "My Region" })],
    ["has a colon", on({ type: "string", "x-mcp-header": "Region:" })],
    // requires: headers/no-control-characters
    ["ends a line", on({ type: "string", "x-mcp-header": "Region\r\n" })],
    ["ends in a line feed", on({ type: "string", "x-mcp-header": "Region\n" })],
    ["is not ASCII", on({ type: "string", "x-mcp-header": "Région" })],
    // requires: headers/primitive
    ["is on a number", on({ type: "number", "x-mcp-header": "N" })],
    ["is on an object", on({ type: "object", "x-mcp-header": "O" })],
    ["is on an array", on({ type: "array", "x-mcp-header": "A" })],
    ["is on null", on({ type: "null", "x-mcp-header": "N" })],
    ["is on several types", on({ type: ["string", "null"], "x-mcp-header": "N" })],
    ["is on no type", on({ "x-mcp-header": "N" })],
    ["is on the whole", { type: "string", "x-mcp-header": "N" }],
    // requires: headers/statically-reachable, headers/chain-of-properties
    ["is below items", on({ type: "array", items: { type: "string", "x-mcp-header": "N" } })],
    ["is below a choice", on({ anyOf: [{ type: "string", "x-mcp-header": "N" }] })],
    ["is below a condition", { if: on({ type: "string", "x-mcp-header": "N" }) }],
    ["is below a definition", { $defs: { d: on({ type: "string", "x-mcp-header": "N" }) } }],
    // requires: headers/unique
    [
      "is given twice",
      {
        properties: {
          a: { type: "string", "x-mcp-header": "N" },
          b: { type: "string", "x-mcp-header": "n" },
        },
      },
    ],
  ])("spoil the tool when one %s", (_, schema) => {
    expect(mirrorsOf(schema)).toMatch(/^x-mcp-header /);
  });

  it("are found on a parameter without a name", () => {
    const schema = { properties: { "": { type: "string", "x-mcp-header": "Nameless" } } };
    expect(mirrorsOf(schema)).toEqual(new Map([["mcp-param-nameless", [""]]]));
  });

  it("are looked for in any depth, without a stack to overflow, but not found below all reason", () => {
    const nested = (depth: number) => {
      let schema: object = { type: "string", "x-mcp-header": "Deep" };
      for (let level = 0; level < depth; level++) schema = on(schema);
      return mirrorsOf(schema);
    };
    expect(nested(64)).toHaveProperty("size", 1);
    expect(nested(1000)).toMatch(/^x-mcp-header /);
  });

  it("are looked for among the first places only, where a schema has more than any honest one", () => {
    const properties: { [name: string]: object } = { first: { type: "string", "x-mcp-header": "First" } };
    for (let i = 0; i < 50_000; i++) properties[`p${i}`] = { type: "string", "x-mcp-header": `H${i}` };
    const found = mirrorsOf({ type: "object", properties }) as Mirrors;
    expect(found.get("mcp-param-first")).toEqual(["first"]);
    expect(found.size).toBeLessThan(20_000);
    const many = Array.from({ length: 1_000_000 }, () => ({}));
    // To list the names of its entries would take longer than all else.
    const unlisted = new Proxy(many, {
      ownKeys() {
        throw new Error("listed");
      },
    });
    expect(mirrorsOf({ enum: [], "x-more": unlisted })).toHaveProperty("size", 0);
  });
});

describe("mirrored arguments", () => {
  const mirrors = mirrorsOf({
    properties: {
      s: { type: "string", "x-mcp-header": "S" },
      i: { type: "integer", "x-mcp-header": "I" },
      b: { type: "boolean", "x-mcp-header": "B" },
      o: { type: "object", properties: { s: { type: "string", "x-mcp-header": "Os" } } },
    },
  });
  if (typeof mirrors === "string") throw new Error(mirrors);

  it.each([
    // requires: headers/absent-omitted
    [{}, {}],
    // requires: headers/null-omitted
    [{ s: null, i: undefined }, {}],
    [{ s: "" }, { "mcp-param-s": "" }],
    // requires: headers/given-included
    [{ s: "us-west1" }, { "mcp-param-s": "us-west1" }],
    [{ s: "Hello, 世界" }, { "mcp-param-s": "=?base64?SGVsbG8sIOS4lueVjA==?=" }],
    [{ s: "a\r\nx-evil: 1" }, { "mcp-param-s": "=?base64?YQ0KeC1ldmlsOiAx?=" }],
    [
      { i: -7, b: false },
      { "mcp-param-i": "-7", "mcp-param-b": "false" },
    ],
    [{ o: { s: "deep" } }, { "mcp-param-os": "deep" }],
    [{ o: "not an object" }, {}],
    [Object.create({ s: "inherited" }), {}],
    [undefined, {}],
  ])("of %j are %j", (args, headers) => {
    expect(mirror(mirrors, args)).toEqual(headers);
  });
});
