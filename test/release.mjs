// `npm run release -- minor`: the next version, in every file that names it. What CHANGELOG.md has as unreleased
// becomes that version's; a version without changes is refused, and one on top of what is not committed.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runOrExit } from "./support/set-up.mjs";

const [bump] = process.argv.slice(2);
const path = (name) => join(root, name);
const changelog = readFileSync(path("CHANGELOG.md"), "utf8");
const unreleased = changelog.split(/^## \[/m).find((part) => part.startsWith("Unreleased]")) ?? "";
const uncommitted = spawnSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }).stdout;
if (!bump) refuse("which? npm run release -- patch, minor, major or 1.2.3");
if (!/^- /m.test(unreleased)) refuse("CHANGELOG.md has nothing unreleased");
if (uncommitted) refuse(`commit or stash these first:\n${uncommitted.trimEnd()}`);
runOrExit("npm", ["version", "--no-git-tag-version", "--ignore-scripts", "--allow-same-version", bump]);
const { version } = JSON.parse(readFileSync(path("package.json"), "utf8"));
const jsr = readFileSync(path("jsr.json"), "utf8");
writeFileSync(path("jsr.json"), jsr.replace(/"version": "[^"]*"/, `"version": "${version}"`));
const today = new Date().toISOString().slice(0, 10);
writeFileSync(
  path("CHANGELOG.md"),
  changelog.replace("## [Unreleased]\n", `## [Unreleased]\n\n## [${version}] - ${today}\n`),
);
console.log(
  `Now: git commit -am "Release ${version}" && git tag v${version} && git push origin HEAD v${version}`,
);

/** @param {string} why */
function refuse(why) {
  console.error(why);
  process.exit(1);
}
