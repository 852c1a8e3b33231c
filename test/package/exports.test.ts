import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./bundle.ts";

/** What `import { … } from "mcp-rivulet"` offers at run time. A change here is a change for every user. */
const names = [
  "McpError",
  "around",
  "auto",
  "connect",
  "corsHeaders",
  "createClient",
  "expandTemplate",
  "guards",
  "httpSse",
  "isMcpError",
  "listen",
  "memory",
  "schemas",
  "streamableHttp",
];

/** What the script tag's global leaves out, so that the script stays small. */
const notInScript = ["around", "expandTemplate", "schemas"];

const packed = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "dist/index.cjs",
  "dist/index.cjs.map",
  "dist/index.d.cts",
  "dist/index.d.ts",
  "dist/index.js",
  "dist/index.js.map",
  "dist/json-schema.cjs",
  "dist/json-schema.cjs.map",
  "dist/json-schema.d.cts",
  "dist/json-schema.d.ts",
  "dist/json-schema.js",
  "dist/json-schema.js.map",
  "dist/mcp-rivulet.global.js",
  "dist/mcp-rivulet.global.js.map",
  "dist/oauth.cjs",
  "dist/oauth.cjs.map",
  "dist/oauth.d.cts",
  "dist/oauth.d.ts",
  "dist/oauth.js",
  "dist/oauth.js.map",
  "dist/shared.cjs",
  "dist/shared.cjs.map",
  "dist/shared.d.cts",
  "dist/shared.d.ts",
  "dist/shared.js",
  "dist/shared.js.map",
  "package.json",
];

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const project = mkdtempSync(join(tmpdir(), "rivulet-package-"));
const installed = join(project, "node_modules/mcp-rivulet");

const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** The tarball, unpacked where a user's project would have it, beside the dependencies it asks for. */
beforeAll(() => {
  if (!existsSync(join(root, "dist/index.js")))
    throw new Error("dist is missing: npm run build (npm test does)");
  // Without scripts: prepack would build again while other tests read dist.
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", project], root);
  mkdirSync(installed, { recursive: true });
  const archive = join(project, `mcp-rivulet-${manifest.version}.tgz`);
  run("tar", ["-xzf", archive, "--strip-components=1", "-C", installed], project);
  for (const dependency of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(project, "node_modules", dependency)), { recursive: true });
    symlinkSync(join(root, "node_modules", dependency), join(project, "node_modules", dependency));
  }
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the packed package", () => {
  it("holds exactly these files", () => {
    const output = JSON.parse(run("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], root));
    // npm 10 prints an array, later ones may print an object by name.
    const [{ files }] = Object.values(output) as [{ files: ReadonlyArray<{ path: string }> }];
    expect(files.map(({ path }) => path).sort()).toEqual(packed);
  });

  it("depends on these packages only", () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual([
      "@cfworker/json-schema",
      "eventsource-parser",
      "oauth4webapi",
      "url-template",
      "zod",
    ]);
    expect(manifest.peerDependencies).toBeUndefined();
  });

  it("points only at files it holds", () => {
    const { main, module, types, unpkg, jsdelivr, exports } = manifest;
    const targets =
      JSON.stringify([main, module, types, unpkg, jsdelivr, exports]).match(/\.\/dist\/[^"]+/g) ?? [];
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  });

  it("exports these names to import and to require", () => {
    const print = "console.log(JSON.stringify(Object.keys(m).sort()))";
    writeFileSync(join(project, "esm.mjs"), `import * as m from "mcp-rivulet"; ${print}`);
    writeFileSync(join(project, "cjs.cjs"), `const m = require("mcp-rivulet"); ${print}`);
    expect(JSON.parse(run(process.execPath, ["esm.mjs"], project))).toEqual(names);
    expect(JSON.parse(run(process.execPath, ["cjs.cjs"], project))).toEqual(names);
  });

  it("has a CommonJS build that loads no module of another kind, as Node below 20.19 cannot", () => {
    const loaded = readFileSync(join(installed, "dist/index.cjs"), "utf8").match(/require\("[^"]+"\)/g);
    expect(new Set(loaded)).toEqual(new Set(['require("eventsource-parser")', 'require("zod/mini")']));
  });

  it("offers the check of outputs as an entry of its own, to import and to require", () => {
    const print = "console.log(JSON.stringify(Object.keys(m).sort()))";
    writeFileSync(join(project, "schema.mjs"), `import * as m from "mcp-rivulet/json-schema"; ${print}`);
    writeFileSync(join(project, "schema.cjs"), `const m = require("mcp-rivulet/json-schema"); ${print}`);
    for (const file of ["schema.mjs", "schema.cjs"])
      expect(JSON.parse(run(process.execPath, [file], project))).toEqual(["outputSchemas"]);
  });

  it("runs the client that the application has in the entry for sharing", () => {
    const one = "const { isMcpError } = M; console.log(typeof S.connectShared, typeof isMcpError);";
    writeFileSync(
      join(project, "shared.mjs"),
      `import * as S from "mcp-rivulet/shared"; import * as M from "mcp-rivulet"; ${one}`,
    );
    writeFileSync(
      join(project, "shared.cjs"),
      `const S = require("mcp-rivulet/shared"), M = require("mcp-rivulet"); ${one}`,
    );
    for (const file of ["shared.mjs", "shared.cjs"]) {
      expect(run(process.execPath, [file], project).trim()).toBe("function function");
    }
    for (const file of ["shared.js", "shared.cjs"]) {
      const code = readFileSync(join(installed, "dist", file), "utf8");
      expect(code).toMatch(/(from |require\()"mcp-rivulet"/);
      expect(code, "a client of its own").not.toContain("class RivuletClient");
    }
  });

  it("gives the script tag a global with the same names but few, and touches nothing while it loads", () => {
    const script = readFileSync(join(installed, manifest.unpkg), "utf8");
    expect(manifest.jsdelivr).toBe(manifest.unpkg);
    // A bare context: no fetch, no timers, no window. Loading the script must not need them.
    const result = runInNewContext(`${script}\nObject.keys(McpRivulet).sort().join(" ")`, {});
    expect(result.split(" ")).toEqual(names.filter((name) => !notInScript.includes(name)));
  });

  it.each([
    ["import", "consumer.mts"],
    ["require", "consumer.cts"],
  ])("has declarations that compile for %s, without Node's types", (_kind, file) => {
    writeFileSync(
      join(project, file),
      `import { ${names.join(", ")}, type Client } from "mcp-rivulet";
       export const used: unknown[] = [${names.join(", ")}];
       export const client: Promise<Client> = connect("https://api.example.com/mcp");`,
    );
    const program = ts.createProgram([join(project, file)], {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.Iterable"].map(
        (name) => `lib.${name.toLowerCase()}.d.ts`,
      ),
      types: [],
    });
    const own = ts
      .getPreEmitDiagnostics(program)
      .filter((diagnostic) => !/node_modules\/(?!mcp-rivulet)/.test(diagnostic.file?.fileName ?? ""))
      .map(
        ({ file: source, messageText }) =>
          `${source?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
    expect(own).toEqual([]);
  });
});
