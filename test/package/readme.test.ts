import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { corsHeaders } from "mcp-rivulet";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { root } from "./bundle.ts";
import { checkBlocks, extractBlocks } from "./readme-blocks.ts";

const file = join(root, "README.md");
const markdown = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
const docs = markdown("docs");
const recipes = markdown("docs/recipes");
const prelude = join(root, "test/package/readme-prelude.ts");
const check = (markdown: string): string[] => checkBlocks(file, extractBlocks(markdown), prelude, root);

it("compiles every code block of the README", () => {
  const markdown = readFileSync(file, "utf8");
  expect(extractBlocks(markdown).length).toBeGreaterThanOrEqual(3);
  expect(check(markdown)).toEqual([]);
});

it.each([...docs, ...recipes])("compiles the code of %s", (name) => {
  const path = join(root, name);
  const blocks = extractBlocks(readFileSync(path, "utf8"));
  if (recipes.includes(name)) expect(blocks.length).toBeGreaterThanOrEqual(1);
  expect(checkBlocks(path, blocks, prelude, root)).toEqual([]);
});

const pages = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "llms.txt", "src/ARCHITECTURE.md"],
  ...docs,
  ...recipes,
];

it("leads from the README to every page of docs", () => {
  const readme = readFileSync(file, "utf8");
  expect([...docs, ...recipes].filter((name) => !readme.includes(`](${name}`))).toEqual([]);
});

/** The anchors of a page, as GitHub makes them of its headings. */
const anchorsOf = (path: string): string[] =>
  [...readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

it.each(pages)("%s points only at headings there are", (name) => {
  const links = [...readFileSync(join(root, name), "utf8").matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)];
  const dead = links.filter(([, page, anchor = ""]) => {
    const path = join(root, page ? join(dirname(name), page) : name);
    return !existsSync(path) || !anchorsOf(path).includes(anchor);
  });
  expect(dead.map(([link]) => link)).toEqual([]);
});

it.each(pages)("%s points only at files there are", (name) => {
  const text = readFileSync(join(root, name), "utf8");
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = ""]) => join(dirname(name), link));
  const named = [...text.matchAll(/`((?:test|src|demo|docs|\.ci|\.github)\/[\w./-]+)`/g)].map(
    ([, path = ""]) => path,
  );
  // What `npm run docs` makes is not in the repository.
  const made = new Set(["docs/api"]);
  const paths = [...links, ...named].filter((path) => !made.has(path));
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it("llms.txt names only what there is", () => {
  const code = (readFileSync(join(root, "llms.txt"), "utf8").match(/`[^`]+`/g) ?? []).join(" ");
  const names = new Set(code.replace(/"[^"]*"/g, "").match(/\b[a-z]+[A-Z]\w*|\bMcp\w+/g));
  const api = ["index", "oauth"].map((entry) =>
    readFileSync(join(root, `test/artifact/api/${entry}.txt`), "utf8"),
  );
  expect(names.size).toBeGreaterThan(10);
  expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(api.join("\n")))).toEqual([]);
});

/** What stands in the first column of the table with such a heading, the code of it only. */
function firstColumn(heading: RegExp): string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const start = lines.findIndex((line) => heading.test(line));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).flatMap((line) => line.split("|")[1]?.match(/(?<=`)\w+(?=`)/g) ?? []);
}

describe("the README has", () => {
  const program = ts.createProgram([join(root, "src/index.ts")], {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(root, "src/index.ts"));
  const module = source && checker.getSymbolAtLocation(source);
  const typeOf = (name: string): ts.Type => {
    const symbol = module && checker.getExportsOfModule(module).find((each) => each.name === name);
    if (!symbol) throw new Error(`${name} is not exported`);
    return checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(symbol));
  };
  const literals = (type: ts.Type): string[] =>
    (type.isUnion() ? type.types : [type]).flatMap((each) => (each.isStringLiteral() ? each.value : []));

  it("every option of connect", () => {
    const options = checker.getPropertiesOfType(typeOf("ConnectOptions")).map(({ name }) => name);
    expect(options.length).toBeGreaterThan(15);
    expect(firstColumn(/^\| option /).sort()).toEqual(options.sort());
  });

  it("every code of an error", () => {
    const codes = literals(typeOf("ErrorCode"));
    expect(codes.length).toBeGreaterThan(15);
    expect(firstColumn(/^\| code /).sort()).toEqual(codes.sort());
  });

  it("every type of event", () => {
    const union = typeOf("ToolEvent");
    const types = (union.isUnion() ? union.types : []).flatMap((each) => {
      const type = each.getProperty("type");
      return type ? literals(checker.getTypeOfSymbol(type)) : [];
    });
    expect(types.length).toBeGreaterThan(5);
    expect(firstColumn(/^\| `type` /).sort()).toEqual([...new Set(types)].sort());
  });

  it("every header that a server must allow, in its table and for each server", () => {
    const text = readFileSync(file, "utf8");
    const names = (part: RegExp): string[] =>
      part.exec(text)?.[0].match(/[A-Z][A-Za-z]*(?:-[A-Za-z]+)+|DPoP|Accept\b|Authorization/g) ?? [];
    for (const [which, list] of [
      ["allow", corsHeaders.allow],
      ["expose", corsHeaders.expose],
    ] as const) {
      expect(names(new RegExp(`(?<=\\| \`corsHeaders\\.${which}\` ).*`))).toEqual(list);
      expect(names(new RegExp(`(?<=${which}_headers=)[^\\]]*`))).toEqual(list);
      const title = which === "allow" ? "Allow" : "Expose";
      expect(names(new RegExp(`(?<=add_header Access-Control-${title}-Headers ).*`))).toEqual(list);
    }
  });
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
