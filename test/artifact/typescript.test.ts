import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTool, type ToolName, tools } from "../support/tools.mjs";
import { typed } from "./consumers.ts";
import { installPacked, type Packed } from "./packed.ts";

const versions = (Object.keys(tools) as ToolName[]).filter((name) => name.startsWith("typescript-"));
const resolutions = [
  { moduleResolution: "bundler", module: "esnext", files: ["app.ts"] },
  { moduleResolution: "node16", module: "node16", files: ["app.mts", "app.cts"] },
  { moduleResolution: "nodenext", module: "nodenext", files: ["app.mts", "app.cts"] },
];

let packed: Packed;
beforeAll(async () => {
  packed = await installPacked();
  for (const { moduleResolution, module, files } of resolutions) {
    mkdirSync(`${packed.project}/${moduleResolution}`);
    // Without `lib`: what a target brings by itself has to do.
    const compilerOptions = {
      ...{ moduleResolution, module, target: "es2022", types: [] },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ skipLibCheck: false, noEmit: true, isolatedModules: true },
    };
    packed.write(`${moduleResolution}/tsconfig.json`, JSON.stringify({ compilerOptions, files }));
    for (const file of files) packed.write(`${moduleResolution}/${file}`, typed);
  }
});
afterAll(() => packed?.remove());

describe.each(versions)("%s", (version) => {
  it.concurrent.each(resolutions)(
    "understands the declarations by $moduleResolution",
    async ({ moduleResolution }) => {
      const { status, output } = await runTool(version, ["--pretty", "false", "-p", moduleResolution], {
        cwd: packed.project,
      });
      expect(output).toBe("");
      expect(status).toBe(0);
    },
  );
});
