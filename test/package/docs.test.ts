import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { root } from "./bundle.ts";

const { exports, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));

/** The source of every entry, as the paths of tsconfig.json have it. */
const entries = Object.keys(exports)
  .filter((entry) => !entry.endsWith(".json"))
  .map((entry) => join(root, compilerOptions.paths[entry.replace(/^\./, "mcp-rivulet")][0]));

/** Names that a file exports, or has as members of what it exports, without a comment that says what they are. */
function undocumented(files: readonly string[], text?: string): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => (name === files[0] && text !== undefined ? text : readFile(name));
  host.fileExists = (name) => name === files[0] || fileExists(name);
  const program = ts.createProgram(files, options, host);
  const checker = program.getTypeChecker();
  const missing = new Set<string>();
  const look = (name: string, symbol: ts.Symbol): void => {
    if (symbol.getDocumentationComment(checker).length === 0 && symbol.getJsDocTags(checker).length === 0)
      missing.add(name);
  };
  for (const file of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    for (const exported of module ? checker.getExportsOfModule(module) : []) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      look(symbol.name, symbol);
      for (const member of membersOf(symbol)) look(`${symbol.name}.${member.name}`, member);
    }
  }
  return [...missing].sort();
}

/** What an interface or class declares itself, without what TypeScript and the language keep to themselves. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  if (!(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))) return [];
  return [...(symbol.members?.values() ?? [])].filter(
    ({ flags, name }) =>
      flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor) &&
      !name.startsWith("__"),
  );
}

it("says of every name that is exported, and of every member, what it is", () => {
  expect(Object.keys(dependencies).length, "package.json was read").toBeGreaterThan(0);
  expect(undocumented(entries)).toEqual([]);
});

describe("the check of comments", () => {
  it("finds what has none", () => {
    const text = `/** A. */ export interface A {
        b: 1;
        /** C. */
        c: 2;
        d(): void;
      }
      export function e(): void {}
      /** @deprecated */ export const f = 1;
      interface G { h: 1 }
      /** I. */ export type I = { j: 1 };`;
    expect(undocumented([join(root, "planted.ts")], text)).toEqual(["A.b", "A.d", "e"]);
  });
});
