import { defineConfig } from "tsup";

/** `AsyncDisposable` is in no target's own library, and an application need not know that it is used here. */
const dts = { banner: '/// <reference lib="esnext.disposable" />' };

export default defineConfig([
  {
    entry: { index: "src/index.ts" },
    format: ["esm"],
    target: "es2022",
    platform: "neutral",
    dts,
    clean: true,
    treeshake: false,
    splitting: false,
    sourcemap: true,
  },
  {
    entry: { index: "src/index.ts" },
    format: ["cjs"],
    target: "es2022",
    platform: "neutral",
    dts,
    treeshake: false,
    splitting: false,
    sourcemap: true,
    // It is an ES module, which Node below 20.19 cannot require.
    noExternal: ["url-template"],
    banner: {
      js: "/*! Includes url-template, © Bram Stein, BSD-3-Clause: https://github.com/bramstein/url-template */",
    },
  },
  // By itself: together, the declarations of both would share a file with a hash for a name.
  {
    entry: { oauth: "src/oauth/index.ts" },
    format: ["esm"],
    target: "es2022",
    platform: "neutral",
    dts,
    treeshake: false,
    splitting: false,
    sourcemap: true,
  },
  {
    entry: { oauth: "src/oauth/index.ts" },
    format: ["cjs"],
    target: "es2022",
    platform: "neutral",
    dts,
    treeshake: false,
    splitting: false,
    sourcemap: true,
    // An ES module as well.
    noExternal: ["oauth4webapi"],
    banner: {
      js: "/*! Includes oauth4webapi, © Filip Skokan, MIT: https://github.com/panva/oauth4webapi */",
    },
  },
  {
    entry: { "json-schema": "src/json-schema/index.ts" },
    format: ["esm", "cjs"],
    target: "es2022",
    platform: "neutral",
    dts,
    treeshake: false,
    splitting: false,
    sourcemap: true,
  },
  {
    entry: { "mcp-rivulet": "src/cdn.ts" },
    format: ["iife"],
    globalName: "McpRivulet",
    target: "es2022",
    platform: "browser",
    minify: true,
    noExternal: [/.*/],
    sourcemap: true,
  },
]);
