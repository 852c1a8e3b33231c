import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests may import the package by its name; they get the source, so a stale build never hides a change.
    alias: [
      { find: /^mcp-rivulet$/, replacement: here("./src/index.ts") },
      { find: /^mcp-rivulet\/json-schema$/, replacement: here("./src/json-schema/index.ts") },
      { find: /^mcp-rivulet\/loopback$/, replacement: here("./src/loopback/index.ts") },
      { find: /^mcp-rivulet\/oauth$/, replacement: here("./src/oauth/index.ts") },
      { find: /^mcp-rivulet\/shared$/, replacement: here("./src/shared/index.ts") },
    ],
  },
  test: {
    restoreMocks: true,
    unstubGlobals: true,
    projects: [
      { extends: true, test: { name: "core", include: ["test/{core,json-schema}/**/*.test.ts"] } },
      { extends: true, test: { name: "http", include: ["test/http/**/*.test.ts"] } },
      { extends: true, test: { name: "client", include: ["test/client/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          hookTimeout: 30_000,
          // Two groups of ten cases at a time in each worker: most of them wait more than they work.
          maxConcurrency: 20,
          // Each case is a process; after the quick projects, so that they do not slow each other down.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: "soak",
          include: ["test/soak/**/*.test.ts"],
          testTimeout: 180_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          name: "oauth",
          include: ["test/oauth/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "interop",
          include: ["test/interop/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Every file starts real servers: one file at a time, after the quick projects, keeps a small
          // machine from slowing the servers down so far that tests fail for lack of time.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "package",
          include: [
            "test/package/**/*.test.ts",
            "test/conformance/**/*.test.mjs",
            "test/support/**/*.test.mjs",
          ],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "artifact",
          include: ["test/artifact/**/*.test.ts"],
          // The first run installs compilers and bundlers.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          name: "runtimes",
          include: ["test/runtimes/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 6 },
        },
      },
      {
        extends: true,
        test: {
          name: "browsers",
          include: ["test/browsers/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
