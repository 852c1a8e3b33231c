import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { run, runTool, tool } from "../support/tools.mjs";
import { cjs, esm } from "./consumers.ts";
import { installPacked, type Packed, portable } from "./packed.ts";

let packed: Packed;
let server: DemoServer;
let source: string;
beforeAll(async () => {
  packed = await installPacked();
  server = await startServer();
  source = packed.write("source.mjs", esm);
});
afterAll(async () => {
  packed?.remove();
  await server?.close();
});

/** Runs a program in Node, which must end by itself, and looks at what it did. */
async function holds(file: string, ...flags: readonly string[]): Promise<void> {
  const { status, stdout, output } = await run(process.execPath, [...flags, file, server.url]);
  expect(status, output).toBe(0);
  expect(output, "nothing but the result").toBe(stdout);
  const { names, ...outcome } = JSON.parse(stdout);
  expect(outcome).toEqual({
    text: "Hello",
    parts: ["progress", "progress", "progress", "text", "result"],
    refused: true,
  });
  expect(names.map(([entry]: [string]) => entry)).toEqual(portable);
  for (const [entry, exported] of names) expect(exported, entry).not.toEqual([]);
}

/** Leaves everything but the entry where it is, so that it is listed as an import. */
const apart: Plugin = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind }) => (kind === "entry-point" ? undefined : { external: true }));
  },
};

/** Runs a bundle, which has nothing left to load: no part of the package, and none of Node's modules. */
async function stands(bundle: string): Promise<void> {
  const { metafile } = await build({
    ...{ entryPoints: [bundle], bundle: true, format: "esm", write: false, metafile: true },
    ...{ plugins: [apart], logLevel: "silent" },
  });
  expect(Object.values(metafile.inputs).map(({ imports }) => imports)).toEqual([[]]);
  await holds(bundle);
}

describe("the installed package works", () => {
  it("as ES modules", () => holds(source));

  it("as CommonJS, where that cannot load ES modules, as in Node below 20.19", () =>
    holds(packed.write("source.cjs", cjs), "--no-experimental-require-module"));

  it("bundled by esbuild", async () => {
    const outfile = join(packed.project, "esbuild/app.mjs");
    const options = { bundle: true, platform: "browser", target: "es2022", minify: true } as const;
    const { warnings } = await build({
      ...options,
      ...{ entryPoints: [source], outfile, format: "esm", logLevel: "silent" },
    });
    expect(warnings).toEqual([]);
    await stands(outfile);
  });

  it("bundled by Vite", async () => {
    packed.write(
      "vite.config.mjs",
      `export default {
        build: { target: "es2022", outDir: "vite", modulePreload: false, rollupOptions: {
          input: "source.mjs", output: { entryFileNames: "app.mjs" } } },
      };`,
    );
    const { status, output } = await runTool("vite", ["build"], { cwd: packed.project });
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/warn/i);
    await stands(join(packed.project, "vite/app.mjs"));
  });

  it("bundled by Rollup", async () => {
    const outfile = join(packed.project, "rollup/app.mjs");
    const plugin = join(await tool("rollup"), "../../../../@rollup/plugin-node-resolve/dist/es/index.js");
    packed.write(
      "rollup.config.mjs",
      `import { nodeResolve } from ${JSON.stringify(plugin)};
       export default {
         input: "source.mjs", output: { file: ${JSON.stringify(outfile)}, inlineDynamicImports: true },
         plugins: [nodeResolve({ browser: true })],
         onwarn(warning) { throw new Error(warning.message); },
       };`,
    );
    const { status, output } = await runTool("rollup", ["--config", "rollup.config.mjs", "--silent"], {
      cwd: packed.project,
    });
    expect(status, output).toBe(0);
    await stands(outfile);
  });

  it("bundled by webpack", async () => {
    const script = packed.write(
      "webpack.cjs",
      `const webpack = require(${JSON.stringify(await tool("webpack"))});
       webpack({
         mode: "production", context: __dirname, entry: "./source.mjs", target: ["web", "es2022"],
         experiments: { outputModule: true }, performance: { hints: false },
         output: { path: __dirname + "/webpack", filename: "app.mjs", module: true },
       }, (error, stats) => {
         if (error) throw error;
         console.log(stats.toString({ all: false, errors: true, warnings: true }));
         process.exitCode = stats.hasErrors() || stats.hasWarnings() ? 1 : 0;
       });`,
    );
    const { status, output } = await run(process.execPath, [script], { cwd: packed.project });
    expect(status, output).toBe(0);
    await stands(join(packed.project, "webpack/app.mjs"));
  });
});
