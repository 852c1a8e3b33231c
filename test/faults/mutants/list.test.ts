import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutants } from "./list.mjs";

const root = new URL("../../../", import.meta.url);

// Whether each is noticed takes a quarter of an hour: `npm run mutants`.
describe("what the mutants take away", () => {
  it.each([...new Set(mutants.map(({ file }) => file))])("still stands in %s, once", (file) => {
    const source = readFileSync(new URL(`src/${file}`, root), "utf8");
    const own = mutants.filter((mutant) => mutant.file === file);
    expect(own.filter(({ find }) => source.split(find).length !== 2).map(({ takes }) => takes)).toEqual([]);
    expect(own.filter(({ find, put }) => find === put).map(({ takes }) => takes)).toEqual([]);
  });

  it.each([...new Set(mutants.map(({ seen }) => seen.split(": ")[0]))])("is looked for by %s", (file) => {
    expect(existsSync(new URL(`test/${file}.test.ts`, root))).toBe(true);
  });
});
