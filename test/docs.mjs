// `npm run docs`: the API reference, from the comments in src into docs/api. A link that leads nowhere, or a type
// that the reference mentions and does not have, is an error.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, root } from "./support/set-up.mjs";
import { run, tool } from "./support/tools.mjs";

ensureInstalled();
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
const entries = Object.keys(exports)
  .filter((entry) => !entry.endsWith(".json"))
  .map((entry) => compilerOptions.paths[entry.replace(/^\./, "mcp-rivulet")][0]);
const languages = ["bash", "html", "javascript", "json", "nginx", "python", "sh", "typescript"];
const options = [
  ...["--tsconfig", "tsconfig.json", "--readme", "README.md", "--name", "mcp-rivulet"],
  ...["--out", "docs/api", "--hideGenerator", "--excludePrivate", "--excludeInternal", "--disableSources"],
  ...["--treatWarningsAsErrors", "--validation.notExported", "--validation.invalidLink"],
  ...languages.flatMap((language) => ["--highlightLanguages", language]),
];
const { status, output } = await run(process.execPath, [await tool("typedoc"), ...options, ...entries], {
  cwd: root,
});
console.log(output.trim());
process.exitCode = status ?? 1;
