import type { SpawnOptions } from "node:child_process";

export type ToolName =
  | "attw"
  | "bun"
  | "deno"
  | "knip"
  | "node20"
  | "node22"
  | "node24"
  | "node26"
  | "publint"
  | "react"
  | "reactivity"
  | "rollup"
  | "typedoc"
  | `typescript-${"5.4" | "5.5" | "5.6" | "5.7" | "5.8" | "5.9" | "6.0" | "7.0"}`
  | "vite"
  | "webpack"
  | "workerd";

/** Name of a tool → the packages that are installed for it, and the file of the first that is run. */
export const tools: { readonly [name in ToolName]: readonly [packages: string, file: string] };

/** The file to run, installed below `.cache/tools` unless it is there. */
export function tool(name: ToolName): Promise<string>;

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  /** All that was printed, errors included. */
  readonly output: string;
}

/** Runs a tool to its end; its scripts with this Node. */
export function runTool(name: ToolName, args: readonly string[], options?: SpawnOptions): Promise<Outcome>;

/** Runs a program without input to its end. */
export function run(command: string, args: readonly string[], options?: SpawnOptions): Promise<Outcome>;
