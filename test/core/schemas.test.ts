import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import type { Shape } from "../../src/core/ports.ts";
import { guards } from "../../src/core/wire/guards.ts";
import { schemas } from "../../src/core/wire/schemas.ts";

const sound: readonly [Shape, unknown][] = [
  ["InitializeResult", { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: {}, more: 1 }],
  ["DiscoverResult", { supportedVersions: ["2026-07-28"], capabilities: { tools: {} } }],
  ["CallToolResult", {}],
  ["CallToolResult", { content: [], isError: false, structuredContent: [1], _meta: {} }],
  ["CallToolResult", { content: [{ type: "hologram", data: 7 }] }],
  [
    "ReadResourceResult",
    {
      contents: [
        { uri: "a:b", text: "" },
        { uri: "a:c", blob: "AA==" },
      ],
    },
  ],
  ["GetPromptResult", { messages: [{ role: "user", content: { type: "text", text: "x" } }] }],
  ["CompleteResult", { completion: { values: ["a"], total: 1 } }],
  ["Tool", { name: "a", inputSchema: { type: "object", $ref: "#" }, annotations: 7 }],
  ["Resource", { name: "a", uri: "a:b" }],
  ["ResourceTemplate", { name: "a", uriTemplate: "a:{b}" }],
  ["Prompt", { name: "a", arguments: [{ name: "x", required: true }] }],
];

const bad: readonly [Shape, unknown, string][] = [
  ["InitializeResult", { capabilities: {} }, "protocolVersion: "],
  ["InitializeResult", { protocolVersion: "x" }, "capabilities: "],
  ["DiscoverResult", { supportedVersions: [7], capabilities: {} }, "supportedVersions.0: "],
  // requires: tools/results-validated
  ["CallToolResult", { content: [{ type: "hologram" }, { text: "x" }] }, "content.1.type: "],
  ["CallToolResult", { content: [{ type: "text", text: { a: 1 } }] }, "content.0.text: "],
  ["CallToolResult", { content: "x" }, "content: "],
  ["CallToolResult", { isError: "no" }, "isError: "],
  ["ReadResourceResult", { contents: [{ text: "x" }] }, "contents.0.uri: "],
  // requires: prompts/validated
  ["GetPromptResult", { messages: [{ role: 7, content: { type: "text", text: "" } }] }, "messages.0.role: "],
  // requires: completion/partial
  ["CompleteResult", { completion: { values: "x" } }, "completion.values: "],
  ["Tool", { name: "a" }, "inputSchema: "],
  ["Tool", { name: 7, inputSchema: {} }, "name: "],
  ["Resource", { name: "a" }, "uri: "],
  ["ResourceTemplate", { name: "a", uri: "a:b" }, "uriTemplate: "],
  ["Prompt", { name: "a", arguments: [{}] }, "arguments.0.name: "],
  ["Tool", null, "Tool: "],
  ["Tool", [], "Tool: "],
  ["CallToolResult", undefined, "CallToolResult: "],
];

/** What only a look at everything finds. */
const deeper: readonly [Shape, unknown, string][] = [
  [
    "GetPromptResult",
    { messages: [{ role: "robot", content: { type: "text", text: "" } }] },
    "messages.0.role: ",
  ],
  ["CallToolResult", { content: [{ type: "text" }] }, "content.0.text: "],
  [
    "CallToolResult",
    {
      content: [
        { type: "text", text: "" },
        { type: "image", data: "" },
      ],
    },
    "content.1.mimeType: ",
  ],
  ["CallToolResult", { content: [{ type: "resource_link", uri: "a:b" }] }, "content.0.name: "],
  [
    "CallToolResult",
    { content: [{ type: "resource", resource: { text: "x" } }] },
    "content.0.resource.uri: ",
  ],
  [
    "GetPromptResult",
    { messages: [{ role: "user", content: { type: "audio" } }] },
    "messages.0.content.data: ",
  ],
  ["CompleteResult", { completion: { values: [], total: "many" } }, "completion.total: "],
];

describe.each([
  ["guards", guards, bad],
  ["schemas", schemas, [...bad, ...deeper]],
])("%s", (_, validate, bad) => {
  it.each(sound)("finds nothing wrong with the %s %j", (shape, value) => {
    expect(validate(shape, value)).toBeUndefined();
  });

  it.each(bad)("says where the %s %j is wrong", (shape, value, where) => {
    const issue = validate(shape, value);
    expect(issue?.slice(0, where.length)).toBe(where);
    expect(issue?.length).toBeGreaterThan(where.length);
  });

  it("takes what a newer revision may add as it is", () => {
    const content = [{ type: "hologram", depth: 3 }];
    expect(validate("CallToolResult", { resultType: "complete", content, more: 1 })).toBeUndefined();
  });

  it("names the first issue only", () => {
    expect(validate("Tool", { name: 7 })).toMatch(/^name: [^\n]*$/);
  });

  it("does not change what it checks", () => {
    const tool = Object.freeze({ name: "a", inputSchema: Object.freeze({ more: 1 }), more: 2 });
    expect(validate("Tool", tool)).toBeUndefined();
    expect(tool).toEqual({ name: "a", inputSchema: { more: 1 }, more: 2 });
  });

  it("is not led astray by the names of a prototype", () => {
    expect(validate("CallToolResult", { content: [{ type: "constructor" }] })).toBeUndefined();
  });
});

it("schemas check where no code may be made from strings", { timeout: 30_000 }, async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { schemas } from "./schemas.ts";
        let evaluates = true;
        try { new Function("return 1"); } catch { evaluates = false; }
        // Trying is enough for a page to be reported for it.
        let tries = 0;
        const tried = () => { tries++; throw new EvalError(); };
        globalThis.Function = new Proxy(Function, { construct: tried, apply: tried });
        const issues = ${JSON.stringify([...sound, ...bad.slice(0, 14)])}.map(([shape, value]) => schemas(shape, value));
        console.log(JSON.stringify({ evaluates, tries, issues: issues.map(Boolean) }));`,
      resolveDir: fileURLToPath(new URL("../../src/core/wire", import.meta.url)),
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--disallow-code-generation-from-strings", "--input-type=module", "-"],
    { input: outputFiles[0]?.text, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    evaluates: false,
    tries: 0,
    issues: [...sound.map(() => false), ...bad.slice(0, 14).map(() => true)],
  });
});
