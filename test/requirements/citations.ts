import { readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A test that says which requirement it shows: `// requires: area/name, area/other` right above it. */
export interface Citation {
  readonly id: string;
  /** Path and line, to be found by. */
  readonly at: string;
  /** What is wrong with the place of it. */
  readonly fault?: string;
}

const CITES = /^\s*\/\/ requires: (.*)$/;
const COMMENT = /^\s*\/\//;
/** A test, or a row of a table of tests. One that is skipped, or expected to fail, shows nothing. */
const TEST = /^\s*(it|test)(\.(each|for|concurrent|runIf|skipIf))*\s*[(<`]|^\s*[[{](\s|["'`[{]|$)/;

/** What a line must look like that a citation stands above, by file. */
function provesIn(path: string): RegExp | undefined {
  if (path === "conformance/scenarios.mjs") return /^\s*"?[\w/.-]+"?: \{.*"pass"/;
  if (path.startsWith("faults/cases/")) return /^\s*name:/;
  return /\.test\.(ts|mjs)$/.test(path) ? TEST : undefined;
}

export function citationsIn(path: string, text: string): Citation[] {
  const proves = provesIn(path);
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const cited = CITES.exec(line)?.[1];
    if (cited === undefined) return [];
    const below = lines.slice(index + 1).find((next) => !COMMENT.test(next)) ?? "";
    const fault = proves?.test(below) ? undefined : "no test that runs stands right below";
    return cited.split(/,\s*/).map((id) => ({ id, at: `test/${path}:${index + 1}`, fault }));
  });
}

/** The citations of every file below test. */
export function allCitations(): Citation[] {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) =>
    path.split(sep).join("/"),
  );
  return paths
    .filter((path) => /\.(ts|mjs)$/.test(path) && !/(^|\/)requirements(\/|\.)/.test(path))
    .flatMap((path) => citationsIn(path, readFileSync(`${root}/${path}`, "utf8")));
}
