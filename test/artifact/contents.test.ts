import { existsSync, readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../package/bundle.ts";
import { run, runTool } from "../support/tools.mjs";
import { entries, installPacked, manifest, type Packed, portable } from "./packed.ts";

/** What the script tag's global leaves out, so that the script stays small. */
const notInScript = [
  "around",
  "cache",
  "expandTemplate",
  "parseEventStream",
  "resumeTask",
  "schemas",
  "tasks",
  "traceContext",
];

let packed: Packed;
beforeAll(async () => {
  packed = await installPacked();
});
afterAll(() => packed?.remove());

/** `mcp-rivulet/oauth` → `oauth` */
const nameOf = (entry: string): string => entry.replace(/^mcp-rivulet\/?/, "") || "index";

describe("the tarball", () => {
  it("holds the build of each entry, the script for the script tag, and nothing that is not for users", async () => {
    const built = entries.flatMap((entry) =>
      ["cjs", "cjs.map", "d.cts", "d.ts", "js", "js.map"].map((end) => `dist/${nameOf(entry)}.${end}`),
    );
    const script = ["global.js", "global.js.map", "mjs", "mjs.map"].map((end) => `dist/mcp-rivulet.${end}`);
    // For people and agents who read what is installed.
    const pages = ["docs", "docs/recipes"].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => /\.(md|svg)$/.test(name))
        .map((name) => `${folder}/${name}`),
    );
    const texts = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "llms.txt", ...pages];
    const checks = ["cjs", "js"].map((end) => `dist/schemas.${end}`);
    const files = ["package.json", "dist/licenses.txt", ...texts, ...built, ...checks, ...script];
    const { stdout } = await run("tar", ["-tzf", packed.tarball]);
    expect(stdout.trim().split("\n").sort()).toEqual(files.map((path) => `package/${path}`).sort());
  });

  it("passes on the licenses of those whose code is in it", () => {
    const dist = join(packed.installed, "dist");
    const sources = readdirSync(dist)
      .filter((name) => name.endsWith(".map"))
      .flatMap((name) => JSON.parse(readFileSync(join(dist, name), "utf8")).sources as string[]);
    // The file with zod has no source map.
    const names = new Set(["zod"]);
    for (const source of sources) {
      const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
      if (name) names.add(name);
    }
    expect(names.size).toBeGreaterThan(3);
    const licenses = readFileSync(join(dist, "licenses.txt"), "utf8");
    for (const name of names) {
      const [, ...text] = licenses.split(new RegExp(`^${name}$`, "m"));
      expect(text, name).toHaveLength(1);
      expect(text[0]?.split(/^-{80}$/m)[0], name).toMatch(/Copyright[\s\S]*(WARRANTY|WARRANTIES)/);
    }
  });

  it("has texts that lead only to files it holds", () => {
    const texts = readdirSync(packed.installed, { recursive: true, encoding: "utf8" }).filter((name) =>
      /^(?!node_modules).*(\.md|llms\.txt)$/.test(name),
    );
    expect(texts.length).toBeGreaterThan(20);
    const dead = texts.flatMap((name) =>
      [...readFileSync(join(packed.installed, name), "utf8").matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
        .map(([, to = ""]) => join(dirname(name), to))
        .filter((path) => !existsSync(join(packed.installed, path)))
        .map((path) => `${name}: ${path}`),
    );
    expect(dead).toEqual([]);
  });

  it("points only at files it holds", () => {
    const { main, module, types, unpkg, jsdelivr, exports } = manifest;
    const targets =
      JSON.stringify([main, module, types, unpkg, jsdelivr, exports]).match(/\.\/dist\/[^"]+/g) ?? [];
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((path) => !existsSync(join(packed.installed, path)))).toEqual([]);
    expect(manifest.jsdelivr).toBe(manifest.unpkg);
  });

  it("depends on these packages only", () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual([
      "@cfworker/json-schema",
      "eventsource-parser",
      "oauth4webapi",
      "url-template",
    ]);
    expect(manifest.peerDependencies).toBeUndefined();
  });

  it("brings everything it imports", () => {
    const { dependencies, peerDependencies } = manifest;
    const brought = new Set(["mcp-rivulet", ...Object.keys({ ...dependencies, ...peerDependencies })]);
    const imported = new Set<string>();
    for (const entry of entries) {
      const text = readFileSync(join(packed.installed, `dist/${nameOf(entry)}.js`), "utf8");
      for (const [, name] of text.matchAll(/^(?:import|export) .*?from ["']([^"'.][^"']*)["'];?$/gm))
        imported.add(/^(?:@[^/]+\/)?[^/]+/.exec(name ?? "")?.[0] ?? "");
      // Every runtime that has Node's modules brings them under these names.
      if (!portable.includes(entry)) for (const name of imported) if (/^node:/.test(name)) brought.add(name);
    }
    expect(imported.size).toBeGreaterThan(0);
    expect([...imported].filter((name) => !brought.has(name))).toEqual([]);
  });

  it("loads no library to be imported but what it runs on: zod is there for schemas, as a part of itself", () => {
    for (const [end, imported] of [
      ["js", /^import .*?from "([^"]+)"/gm],
      ["cjs", /\brequire\("([^"]+)"\)/g],
    ] as const) {
      const read = (name: string): string =>
        readFileSync(join(packed.installed, `dist/${name}.${end}`), "utf8");
      const names = (text: string) =>
        [...new Set([...text.matchAll(imported)].map(([, name]) => name))].sort();
      const own = end === "js" ? ["url-template"] : [];
      expect(names(read("index"))).toEqual([`./schemas.${end}`, "eventsource-parser", ...own]);
      expect(names(read("schemas"))).toEqual([]);
      // "The above copyright notice and this permission notice shall be included", or where to find them.
      expect(read("schemas")).toContain("/*! Includes zod, © Colin McDonnell, MIT");
    }
  });

  it("satisfies publint", async () => {
    const { status, output } = await runTool("publint", ["run", packed.tarball, "--strict"]);
    expect(status, output).toBe(0);
    expect(output).toContain("All good!");
  });

  it("has declarations that @arethetypeswrong/cli finds nothing wrong with", async () => {
    // "node16" leaves out the resolution of TypeScript before 4.7, which knows no entries but the first.
    const { status, output } = await runTool("attw", [packed.tarball, "--profile", "node16", "--no-emoji"]);
    expect(status, output).toBe(0);
    expect(output).toContain('"mcp-rivulet/oauth"');
  });
});

describe.each(entries)("%s", (entry) => {
  it("exports the same names to import, to require and to the compiler", async () => {
    const print = "console.log(JSON.stringify(Object.keys(m).sort()))";
    const esm = packed.write("names.mjs", `import * as m from "${entry}"; ${print}`);
    const cjs = packed.write("names.cjs", `const m = require("${entry}"); ${print}`);
    const imported = await run(process.execPath, [esm]);
    const required = await run(process.execPath, [cjs]);
    const names = declaredValues(join(packed.installed, `dist/${nameOf(entry)}.d.ts`));
    expect(names.length).toBeGreaterThan(0);
    expect(JSON.parse(imported.output)).toEqual(names);
    expect(JSON.parse(required.output)).toEqual(names);
  });

  it("has the types that were agreed on", async () => {
    const declarations = readFileSync(join(packed.installed, `dist/${nameOf(entry)}.d.ts`), "utf8");
    // A change here is a change for every user: `npm test -- --project artifact -u` accepts it.
    await expect(shapeOf(declarations)).toMatchFileSnapshot(`api/${nameOf(entry)}.txt`);
    const forRequire = readFileSync(join(packed.installed, `dist/${nameOf(entry)}.d.cts`), "utf8");
    expect(shapeOf(forRequire)).toBe(shapeOf(declarations));
  });
});

describe("the script for the script tag", () => {
  it("sets one global with the names of the first entry but few, and touches nothing while it loads", () => {
    const script = readFileSync(join(packed.installed, manifest.unpkg), "utf8");
    // A bare context: no fetch, no timers, no window. Loading the script must not need them.
    const context: { McpRivulet?: object } = {};
    runInNewContext(script, context);
    expect(Object.keys(context)).toEqual(["McpRivulet"]);
    const names = declaredValues(join(packed.installed, "dist/index.d.ts"));
    expect(Object.keys(context.McpRivulet ?? {}).sort()).toEqual(
      names.filter((name) => !notInScript.includes(name)),
    );
  });

  it("is there as a module with the same names, which imports nothing", async () => {
    const file = join(packed.installed, "dist/mcp-rivulet.mjs");
    expect(readFileSync(file, "utf8")).not.toMatch(/^\s*(import|export .* from)\b/m);
    const names = declaredValues(join(packed.installed, "dist/index.d.ts"));
    expect(Object.keys(await import(/* @vite-ignore */ pathToFileURL(file).href)).sort()).toEqual(
      names.filter((name) => !notInScript.includes(name)),
    );
  });

  it.each(["global.js", "mjs"])("leads from mcp-rivulet.%s back to the source", (end) => {
    const read = (path: string): string => readFileSync(join(packed.installed, "dist", path), "utf8");
    const map = new SourceMap(JSON.parse(read(`mcp-rivulet.${end}.map`)));
    const { sources, sourcesContent } = map.payload;
    const codes = read(`mcp-rivulet.${end}`)
      .split("\n")
      .flatMap((line, index) => [...line.matchAll(/"[a-z]+_[a-z]+"/g)].map((found) => ({ index, found })));
    expect(codes.length).toBeGreaterThan(20);
    for (const { index, found } of codes) {
      const entry = map.findEntry(index, found.index);
      if (!("originalSource" in entry)) throw new Error(`${found[0]} comes from nowhere`);
      const lines = sourcesContent[sources.indexOf(entry.originalSource)]?.split("\n");
      expect(lines?.[entry.originalLine]?.slice(entry.originalColumn)).toContain(found[0]);
    }
  });
});

it("the entry for sharing runs the client that the application has", () => {
  for (const file of ["shared.js", "shared.cjs"]) {
    const code = readFileSync(join(packed.installed, "dist", file), "utf8");
    expect(code).toMatch(/(from |require\()"mcp-rivulet"/);
    expect(code, "a client of its own").not.toContain("class RivuletClient");
  }
});

it("is licensed, described and typed where registries look for it", () => {
  const { license, description, type, sideEffects } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  expect({ license, type, sideEffects }).toEqual({ license: "MIT", type: "module", sideEffects: false });
  expect(description.length).toBeGreaterThan(20);
});

/** Names of the values, not the types, that a file of declarations exports. */
function declaredValues(file: string): string[] {
  const program = ts.createProgram([file], { skipLibCheck: true, types: [], lib: ["lib.esnext.d.ts"] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  return (symbol ? checker.getExportsOfModule(symbol) : [])
    .map((each) => (each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each))
    .filter(({ flags }) => flags & ts.SymbolFlags.Value)
    .map(({ name }) => name)
    .sort();
}

/** Declarations without their comments, in an order that does not depend on where they were in the source. */
function shapeOf(declarations: string): string {
  const source = ts.createSourceFile("index.d.ts", declarations, ts.ScriptTarget.ES2022);
  const printer = ts.createPrinter({ removeComments: true });
  const statements = source.statements.map((each) =>
    printer.printNode(ts.EmitHint.Unspecified, each, source),
  );
  const names = (text: string): string => text.replace(/^(export )?(declare )?/, "");
  return `${statements.sort((a, b) => (names(a) < names(b) ? -1 : 1)).join("\n")}\n`;
}
