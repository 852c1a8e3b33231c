import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkLayers, format, type Sources } from "./layers.ts";

const src = fileURLToPath(new URL("../../src", import.meta.url));

function readSources(): Sources {
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.tsx?$/.test(path),
  );
  return Object.fromEntries(
    paths.map((path) => [path.split(sep).join("/"), readFileSync(join(src, path), "utf8")]),
  );
}

const check = (sources: Sources): string[] => format(checkLayers(sources));

it("keeps the rules of the layers in src", () => {
  const sources = readSources();
  expect(Object.keys(sources)).toContain("index.ts");
  expect(check(sources)).toEqual([]);
});

describe("the layer check reports", () => {
  it("an import of an upper layer, with file and line", () => {
    const sources = {
      "core/types.ts":
        'export interface A {}\nimport { send } from "../transports/http.ts";\nexport const b = send;\n',
      "transports/http.ts": "export const send = 1;\n",
    };
    expect(check(sources)).toEqual([
      "src/core/types.ts:2 core must not import transports (transports/http.ts)",
    ]);
  });

  it.each([
    ["adapters importing client", "adapters/a.ts", "client/b.ts"],
    ["adapters importing transports", "adapters/a.ts", "transports/b.ts"],
    ["transports importing client", "transports/a.ts", "client/b.ts"],
    ["transports importing oauth", "transports/a.ts", "oauth/b.ts"],
    ["oauth importing transports", "oauth/a.ts", "transports/b.ts"],
    ["oauth importing client", "oauth/a.ts", "client/b.ts"],
    ["client importing oauth", "client/a.ts", "oauth/b.ts"],
    ["a client file other than connect importing transports", "client/client.ts", "transports/b.ts"],
    ["a layer importing the entry", "client/a.ts", "index.ts"],
    ["the entry importing oauth", "index.ts", "oauth/b.ts"],
    ["the script tag's entry importing oauth", "cdn.ts", "oauth/b.ts"],
  ])("%s", (_title, from, to) => {
    const specifier = from.includes("/") ? `../${to}` : `./${to}`;
    const sources = { [from]: `export { b } from "${specifier}";\n`, [to]: "export const b = 1;\n" };
    expect(check(sources)).toEqual([expect.stringMatching(`^src/${from}:1 .* must not import `)]);
  });

  it.each([
    ["a type-only import", 'import type { B } from "../client/b.ts";\nexport type A = B;'],
    ["an import type", 'export type A = import("../client/b.ts").B;'],
    ["a dynamic import", 'export const load = (): unknown => import("../client/b.ts");'],
  ])("a forbidden layer behind %s", (_title, text) => {
    expect(check({ "core/a.ts": text, "client/b.ts": "export interface B {}" })).toEqual([
      "src/core/a.ts:1 core must not import client (client/b.ts)",
    ]);
  });

  it.each([
    ["a package that is no dependency", "client/a.ts", "left-pad"],
    ["a Node module", "adapters/a.ts", "node:fs"],
    ["zod outside the schemas", "client/a.ts", "zod/mini"],
    ["the large zod", "core/wire/schemas.ts", "zod"],
    ["eventsource-parser outside adapters", "transports/a.ts", "eventsource-parser"],
  ])("%s", (_title, file, specifier) => {
    expect(check({ [file]: `import { x } from "${specifier}";\nexport const y = x;` })).toEqual([
      expect.stringContaining(`src/${file}:1 imports`),
    ]);
  });

  it.each([
    ["a global call", "export const a = () => setTimeout(() => {}, 1);", "setTimeout"],
    ["a capability test", 'export const a = () => typeof EventSource === "function";', "EventSource"],
    ["globalThis", "export const a = () => globalThis.fetch;", "globalThis"],
    ["a shorthand property", "export const a = () => ({ fetch });", "fetch"],
    ["a default value", "export const a = (f = fetch) => f;", "fetch"],
    ["a spread", "export const a = () => [...location];", "location"],
    ["an ambient declaration", "declare const window: { a: 1 };\nexport const a = () => window.a;", "window"],
    ["a superclass", "export class A extends WebSocket {}", "WebSocket"],
    ["a write", "export const a = () => { document.title = ''; };", "document"],
    ["storage", "export const a = () => localStorage;", "localStorage"],
    ["the console", "export const a = () => console.log(1);", "console"],
  ])("a platform global outside adapters: %s", (_title, text, name) => {
    const [first, ...rest] = check({ "client/a.ts": text });
    expect(first).toContain(`names the global ${name}:`);
    expect(rest).toEqual([]);
    expect(check({ "adapters/a.ts": text })).toEqual([]);
  });

  it.each(["process.env", "Deno.version", "new Function('')", "eval('1')", "require('x')"])(
    "%s everywhere, adapters included",
    (expression) => {
      expect(check({ "adapters/a.ts": `export const a = (): unknown => ${expression};` })).toHaveLength(1);
    },
  );

  it.each([
    "new AbortController()",
    "new URL('x:y')",
    "queueMicrotask(() => {})",
    "Date.now()",
    "new Date()",
    "Math.random()",
  ])("%s in core only", (expression) => {
    const text = `export const a = (): unknown => ${expression};`;
    expect(check({ "core/a.ts": text })).toEqual([expect.stringContaining("src/core/a.ts:1 core ")]);
    expect(check({ "client/a.ts": text })).toEqual([]);
  });

  it("import cycles, types included", () => {
    const sources = {
      "core/a.ts": 'import { b } from "./b.ts";\nexport const a = (): unknown => b;',
      "core/b.ts": 'import { c } from "./c.ts";\nexport const b = (): unknown => c;',
      "core/c.ts": 'export const c = 1;\nexport type { a } from "./a.ts";',
    };
    expect(check(sources)).toEqual([
      "src/core/c.ts:2 import cycle: core/a.ts → core/b.ts → core/c.ts → core/a.ts",
    ]);
  });

  it.each([
    ["a wildcard re-export", 'export * from "./b.ts";', "wildcard"],
    ["a named wildcard re-export", 'export * as b from "./b.ts";', "wildcard"],
    ["a default export", "export default 1;", "default export"],
    ["a default function", "export default function a() {}", "default export"],
    ["an enum", "export enum A { B }", "enum"],
    ["a const enum", "export const enum A { B }", "enum"],
    ["a call", "export const a = [1];\na.push(2);", "top-level statement"],
    ["an if", "export const a = 1;\nif (a) {}", "top-level statement"],
    ["a namespace", "export namespace A { export const b = 1; }", "top-level statement"],
    ["a bare import", 'import "./b.ts";', "side effects"],
    ["a static block", "export class A { static { A.name; } }", "static block"],
    ["a top-level await", "export const a = await Promise.resolve(1);", "top-level await"],
    ["a missing file", 'export { b } from "./c.ts";', "no file below src"],
  ])("%s", (_title, text, message) => {
    expect(check({ "core/a.ts": text, "core/b.ts": "export const b = 1;" })).toEqual([
      expect.stringMatching(`^src/core/a.ts:\\d .*${message}`),
    ]);
  });

  it("a runtime file of more than 300 lines, but not a file of types", () => {
    const types = Array.from({ length: 301 }, (_, index) => `export interface T${index} {}`).join("\n");
    expect(check({ "core/types.ts": types })).toEqual([]);
    expect(check({ "core/a.ts": `${types}\nexport const a = 1;\n` })).toEqual([
      "src/core/a.ts:1 302 lines, more than 300: split it",
    ]);
  });

  it("a folder it has no rules for", () => {
    expect(check({ "helpers/a.ts": "export const a = 1;" })).toEqual([
      expect.stringContaining("no layer known"),
    ]);
  });
});

describe("the layer check accepts", () => {
  it.each([
    ["names in comments and strings", '// fetch(window)\nexport const a = "setTimeout";'],
    [
      "globals in types",
      "export interface A { fetch: typeof fetch; w: Window; e: typeof globalThis.EventSource }",
    ],
    ["a type assertion", "export const a = (x: unknown) => x as typeof fetch;"],
    [
      "properties of that name",
      "export const a = (o: { fetch: 1 }) => ({ fetch: o.fetch, window: o?.fetch });",
    ],
    ["a parameter of that name", "export const a = (fetch: () => 1) => fetch();"],
    ["a destructured option of that name", "export const a = ({ fetch }: { fetch: 1 }) => ({ fetch });"],
    [
      "a method of that name",
      "export class A { fetch() { return this.fetch; } get location() { return 1; } }",
    ],
    ["the language", "export const a = () => new Map([[Symbol.iterator, JSON.stringify(Math.max(1))]]);"],
    ["a date that is given", "export const a = (s: string) => [Date.parse(s), new Date(s)];"],
    ["a function that waits", "export const a = async () => await Promise.resolve(undefined);"],
  ])("%s", (_title, text) => {
    expect(check({ "core/a.ts": text })).toEqual([]);
  });

  it("connect importing transports, and the entries re-exporting everything but oauth", () => {
    const sources = {
      "transports/auto.ts": "export const auto = 1;",
      "client/connect.ts": 'import { auto } from "../transports/auto.ts";\nexport const connect = auto;',
      "index.ts":
        'export { connect } from "./client/connect.ts";\nexport { auto } from "./transports/auto.ts";',
      "cdn.ts": 'export { connect } from "./index.ts";',
    };
    expect(check(sources)).toEqual([]);
  });
});
