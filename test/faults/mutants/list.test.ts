import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
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

  it("is looked for by tests that there are", { timeout: 120_000 }, async () => {
    const folder = fileURLToPath(root);
    const wanted = [...new Set(mutants.map(({ seen }) => seen))].map((seen) => {
      const [file, ...name] = seen.split(": ");
      return { file: `test/${file}.test.ts`, name: name.join(": ") };
    });
    const list = join(mkdtempSync(join(tmpdir(), "mutants-")), "list.json");
    onTestFinished(() => rmSync(dirname(list), { recursive: true }));
    const files = new Set(wanted.map(({ file }) => file));
    const args = ["node_modules/vitest/vitest.mjs", "list", `--json=${list}`, ...files];
    await promisify(execFile)(process.execPath, args, { cwd: folder });
    const listed: { file: string; name: string }[] = JSON.parse(readFileSync(list, "utf8"));
    const there = listed.map(({ file, name }) => ({
      file: relative(folder, file),
      name: name.replaceAll(" > ", " "),
    }));
    const missing = wanted.filter(
      ({ file, name }) => !there.some((each) => each.file === file && each.name.includes(name)),
    );
    expect(missing).toEqual([]);
  });
});
