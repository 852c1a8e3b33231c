import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

const common: Options = { target: "es2022", treeshake: false, splitting: false, sourcemap: true };

/** Leaves `schemas` to the file that is made of it below. */
const apart: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "schemas-apart",
  setup({ onResolve, initialOptions }) {
    const path = `./schemas.${initialOptions.format === "cjs" ? "cjs" : "js"}`;
    onResolve({ filter: /\/schemas\.ts$/ }, () => ({ path, external: true }));
  },
};

/** An entry of the package. Built by itself: together, the declarations of several would share a hashed file. */
const entry = (name: string, source: string, more: Options = {}): Options => ({
  ...common,
  entry: { [name]: source },
  format: ["esm", "cjs"],
  platform: "neutral",
  // `AsyncDisposable` is in no target's own library, and an application need not know that it is used here.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  esbuildPlugins: [apart],
  ...more,
});

/** One whose CommonJS build brings along an ES module, which Node below 20.19 cannot require. */
const entryWith = (
  library: string,
  credit: string,
  name: string,
  source: string,
  more?: Options,
): Options[] => [
  entry(name, source, { ...more, format: ["esm"] }),
  entry(name, source, {
    format: ["cjs"],
    noExternal: [library],
    banner: { js: `/*! Includes ${library}, © ${credit} */` },
  }),
];

/**
 * `schemas`, in a file of its own with the part of zod that it needs: all of zod, with its texts in fifty languages,
 * takes a process longer to load than everything else. A bundle without `schemas` has nothing of the file.
 */
const withZod: Options = {
  ...common,
  entry: { schemas: "src/core/wire/schemas.ts" },
  format: ["esm", "cjs"],
  platform: "neutral",
  sourcemap: false,
  noExternal: [/^zod/],
  banner: { js: "/*! Includes zod, © Colin McDonnell, MIT: https://github.com/colinhacks/zod */" },
};

/** What pages load without a bundler: the script tag, and the ES module of the same names. */
const cdn = ["mcp-rivulet.global.js", "mcp-rivulet.mjs"];

/** They are minified here, and by nobody after: terser makes them 2 % smaller than esbuild does. */
export const smallest = { compress: { passes: 3, hoist_funs: true, inline: 1 }, sourceMap: true };

/** Those whose code is in the files of `dist`: their licenses have to go with it. */
const included = ["eventsource-parser", "oauth4webapi", "url-template", "zod"];

function writeLicenses(): void {
  const texts = included.map((library) => {
    const folder = `node_modules/${library}`;
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    return `${library}\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
  });
  writeFileSync("dist/licenses.txt", texts.join(`\n${"-".repeat(80)}\n\n`));
}

/** For `integrity`, so that a page runs this very build or nothing. */
function printHashes(): void {
  for (const name of cdn) {
    const hash = createHash("sha384")
      .update(readFileSync(`dist/${name}`))
      .digest("base64");
    console.log(`integrity of ${name}: sha384-${hash}`);
  }
}

export default defineConfig([
  ...entryWith(
    "url-template",
    "Bram Stein, BSD-3-Clause: https://github.com/bramstein/url-template",
    "index",
    "src/index.ts",
    { clean: true },
  ),
  withZod,
  ...entryWith(
    "oauth4webapi",
    "Filip Skokan, MIT: https://github.com/panva/oauth4webapi",
    "oauth",
    "src/oauth/index.ts",
  ),
  entry("json-schema", "src/json-schema/index.ts"),
  // Node, Deno and Bun only: what pages load has nothing of it.
  entry("loopback", "src/loopback/index.ts", {
    platform: "node",
    external: [/^mcp-rivulet/],
    // By these names every runtime that has Node's modules knows them.
    removeNodeProtocol: false,
  }),
  // It runs the client that the application has already.
  entry("shared", "src/shared/index.ts", { external: ["mcp-rivulet"] }),
  {
    ...common,
    entry: { "mcp-rivulet": "src/cdn.ts" },
    format: ["iife", "esm"],
    outExtension: ({ format }) => ({ js: format === "esm" ? ".mjs" : ".global.js" }),
    onSuccess: async () => {
      printHashes();
      writeLicenses();
    },
    globalName: "McpRivulet",
    platform: "browser",
    minify: "terser",
    terserOptions: smallest,
    noExternal: [/.*/],
  },
]);
