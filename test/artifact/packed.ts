import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../package/bundle.ts";
import { run } from "../support/tools.mjs";

interface Manifest {
  readonly version: string;
  readonly main: string;
  readonly module: string;
  readonly types: string;
  readonly unpkg: string;
  readonly jsdelivr: string;
  readonly dependencies: { readonly [name: string]: string };
  readonly peerDependencies?: { readonly [name: string]: string };
  readonly exports: {
    readonly [entry: string]: string | { readonly [condition: string]: { readonly types: string } };
  };
}

export const manifest: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** What can be imported: `mcp-rivulet`, `mcp-rivulet/oauth`, … */
export const entries: readonly string[] = Object.keys(manifest.exports)
  .filter((entry) => !entry.endsWith(".json"))
  .map((entry) => entry.replace(/^\./, "mcp-rivulet"));

/** Those that pages and workers can import too. */
export const portable: readonly string[] = entries.filter((entry) => entry !== "mcp-rivulet/loopback");

export interface Packed {
  /** The packed package. */
  readonly tarball: string;
  /** A project that was empty until the tarball was installed in it. */
  readonly project: string;
  /** Where the package is in the project. */
  readonly installed: string;
  /** Writes a file of the project and says where. */
  write(path: string, text: string): string;
  remove(): void;
}

/** Packs the build and installs it as a user does, with the dependencies it asks for and nothing else. */
export async function installPacked(): Promise<Packed> {
  if (!existsSync(join(root, "dist/index.js")))
    throw new Error("dist is missing: npm run build (npm test does)");
  const project = mkdtempSync(join(tmpdir(), "rivulet-artifact-"));
  const tarball = join(project, `mcp-rivulet-${manifest.version}.tgz`);
  // Without scripts: prepack would build again while other tests read dist.
  await npm(["pack", "--ignore-scripts", "--pack-destination", project], root);
  writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true, "type": "module" }\n');
  await npm(["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball], project);
  return {
    tarball,
    project,
    installed: join(project, "node_modules/mcp-rivulet"),
    write(path, text) {
      const file = join(project, path);
      writeFileSync(file, text);
      return file;
    },
    remove: () => rmSync(project, { recursive: true, force: true }),
  };
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  const { status, output } = await run("npm", args, { cwd });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${output}`);
}
