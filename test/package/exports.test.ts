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
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./bundle.ts";

/** What `import { … } from "mcp-rivulet"` offers at run time. A change here is a change for every user. */
const names = [
  "McpError",
  "auto",
  "connect",
  "corsHeaders",
  "createClient",
  "httpSse",
  "isMcpError",
  "listen",
  "memory",
  "schemas",
  "streamableHttp",
];

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
  "dist/mcp-rivulet.global.js",
  "dist/mcp-rivulet.global.js.map",
  "dist/mcp-rivulet.mjs",
  "dist/mcp-rivulet.mjs.map",
  "dist/oauth.cjs",
  "dist/oauth.cjs.map",
  "dist/oauth.d.cts",
  "dist/oauth.d.ts",
  "dist/oauth.js",
  "dist/oauth.js.map",
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
    mkdirSync(join(project, "node_modules", dependency, ".."), { recursive: true });
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

  it("depends on eventsource-parser, oauth4webapi and zod only", () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(["eventsource-parser", "oauth4webapi", "zod"]);
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

  it("gives the script tag a global with the same names, and touches nothing while it loads", () => {
    const script = readFileSync(join(installed, manifest.unpkg), "utf8");
    expect(manifest.jsdelivr).toBe(manifest.unpkg);
    // A bare context: no fetch, no timers, no window. Loading the script must not need them.
    const result = runInNewContext(`${script}\nObject.keys(McpRivulet).sort().join(" ")`, {});
    expect(result.split(" ")).toEqual(names);
  });

  it("gives module scripts the same names from one file that needs no other", () => {
    const module = join(installed, "dist/mcp-rivulet.mjs");
    expect(readFileSync(module, "utf8")).not.toMatch(/\bimport\b\s*[("'{*]|\bfrom\s*["']/);
    const print = "console.log(JSON.stringify(Object.keys(m).sort()))";
    const script = `import * as m from ${JSON.stringify(pathToFileURL(module).href)}; ${print}`;
    expect(JSON.parse(run(process.execPath, ["--input-type=module", "-e", script], project))).toEqual(names);
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
