import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./bundle.ts";
import { checkBlocks, extractBlocks } from "./readme-blocks.ts";

const file = join(root, "README.md");
const prelude = join(root, "test/package/readme-prelude.ts");
const check = (markdown: string): string[] => checkBlocks(file, extractBlocks(markdown), prelude, root);

it("compiles every code block of the README", () => {
  const markdown = readFileSync(file, "utf8");
  expect(extractBlocks(markdown).length).toBeGreaterThanOrEqual(3);
  expect(check(markdown)).toEqual([]);
});

const fenced = (language: string, ...code: string[]): string =>
  ["# Title", "", `\`\`\`${language}`, ...code, "```"].join("\n");

describe("the README check", () => {
  it("finds the blocks of the languages it knows, with their lines", () => {
    const markdown = `${fenced("ts title=a", "a();", "", "b();")}\n${fenced("sh", "npm i")}\n1. item\n   \`\`\`js\n   c();\n   \`\`\`\n`;
    expect(extractBlocks(markdown)).toEqual([
      { language: "ts", line: 4, code: "a();\n\nb();" },
      { language: "js", line: 15, code: "c();" },
    ]);
  });

  it.each([
    [
      "an export that does not exist",
      ['import { connectTo } from "mcp-rivulet";', "connectTo;"],
      4,
      "connectTo",
    ],
    [
      "a method that does not exist",
      ['import { connect } from "mcp-rivulet";', "(await connect(url)).run();"],
      5,
      "run",
    ],
    ["an unknown name", ["", "", "nowhere();"], 6, "nowhere"],
    [
      "an entry that does not exist",
      ['import "mcp-rivulet/nothing";', 'import x from "mcp-rivulet/nothing";'],
      5,
      "nothing",
    ],
    ["broken syntax", ["const = 1;"], 4, "declaration expected"],
    ["an ambient client used wrongly", ["client.callTool(1);"], 4, "number"],
  ])("names the line of %s", (_title, code, line, message) => {
    const found = check(fenced("ts", ...code));
    expect(found[0]).toMatch(`README.md:${line} `);
    expect(found.join("\n")).toContain(message);
  });

  it("checks JavaScript blocks too", () => {
    expect(check(fenced("js", 'import { nothing } from "mcp-rivulet";', "nothing();"))).toHaveLength(1);
  });

  it("lets a block use the names of the prelude, or declare them itself", () => {
    const used = fenced("ts", 'await client.callTool("chat", { prompt });', "render(url);");
    const declared = fenced(
      "ts",
      'import { connect } from "mcp-rivulet";',
      "const client = await connect(url);",
    );
    expect(check(`${used}\n${declared}\n${declared}`)).toEqual([]);
  });
});
