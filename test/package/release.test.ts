import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "./bundle.ts";

const versioned = ["package.json", "package-lock.json", "jsr.json", "CHANGELOG.md"];
const workflow = readFileSync(join(root, ".github/workflows/release.yml"), "utf8");

let folder: string;
let clone: string;

/** Runs in the clone, and gives what was printed. */
function sh(command: string, env: Record<string, string> = {}): { status: number | null; output: string } {
  const somebody = { GIT_AUTHOR_NAME: "A", GIT_COMMITTER_NAME: "A", EMAIL: "a@example.com" };
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `{ ${command}\n} 2>&1`], {
    cwd: clone,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", ...somebody, ...env },
  });
  return { status, output: stdout + stderr };
}

const read = (name: string): string => readFileSync(join(clone, name), "utf8");
const versionOf = (name: string): unknown => JSON.parse(read(name)).version;

/** A repository with what names the version, and somewhere to push to. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rivulet-release-"));
  clone = join(folder, "clone");
  for (const name of [...versioned, "test/release.mjs", "test/support/set-up.mjs"]) {
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    cpSync(join(root, name), join(clone, name));
  }
  const made = sh(
    "git init -q -b main && git add . && git commit -qm All && git init -q --bare ../origin && git remote add origin ../origin && git push -qu origin main",
  );
  expect(made).toEqual({ status: 0, output: "" });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("a release has the version in every file, its changes in the changelog, and a tag that is pushed", () => {
  writeFileSync(join(clone, "CHANGELOG.md"), "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Something.\n");
  sh("git commit -qam Changes");
  const { status, output } = sh("node test/release.mjs 7.1.0");
  expect(status, output).toBe(0);
  for (const name of ["package.json", "package-lock.json", "jsr.json"])
    expect(versionOf(name), name).toBe("7.1.0");
  expect(JSON.parse(read("package-lock.json")).packages[""].version).toBe("7.1.0");
  expect(read("CHANGELOG.md")).toMatch(
    /^# Changelog\n\n## \[Unreleased\]\n\n## \[7\.1\.0\] - 20\d\d-\d\d-\d\d\n\n### Added\n\n- Something\.\n$/,
  );

  // What it says to do next, done.
  const then = sh(/(?<=Now: ).+/.exec(output)?.[0] ?? "false");
  expect(then.status, then.output).toBe(0);
  expect(sh("git status --porcelain").output).toBe("");
  const there = sh("git --git-dir=../origin show v7.1.0:package.json");
  expect(JSON.parse(there.output).version).toBe("7.1.0");
  expect(sh("git --git-dir=../origin rev-parse main v7.1.0").output.trim().split("\n")[0]).toBe(
    sh("git rev-parse HEAD").output.trim(),
  );

  // What the workflow asks of the tag that started it.
  const asks = /name: The tag is the version\n\s+run: (.+)/.exec(workflow)?.[1] ?? "";
  expect(sh(asks, { GITHUB_REF_NAME: "v7.1.0" }).status).toBe(0);
  expect(sh(asks, { GITHUB_REF_NAME: "v7.1.1" }).status).toBe(1);
  // npm refuses provenance for a package that names no repository, or another.
  const names = /run: (npm pkg set .+)/.exec(workflow)?.[1] ?? "false";
  sh(names, { GITHUB_SERVER_URL: "https://example.com", GITHUB_REPOSITORY: "some/where" });
  expect(JSON.parse(read("package.json")).repository.url).toBe("git+https://example.com/some/where.git");
});

it("a minor version follows from the one there is", () => {
  const [major, minor] = String(versionOf("package.json")).split(".").map(Number);
  expect(sh("node test/release.mjs minor").status).toBe(0);
  expect(versionOf("jsr.json")).toBe(`${major}.${Number(minor) + 1}.0`);
});

it.each([
  ["no version", "", "which?", "true"],
  [
    "nothing unreleased",
    "patch",
    "nothing unreleased",
    "sed -i /^-/d CHANGELOG.md && git commit -qam Nothing",
  ],
  ["changes that are not committed", "patch", "jsr.json", "echo >> jsr.json"],
])("%s is refused, and nothing is written", (_title, bump, message, prepare) => {
  expect(sh(prepare).status).toBe(0);
  const before = versioned.map(read);
  const { status, output } = sh(`node test/release.mjs ${bump}`);
  expect(status).toBe(1);
  expect(output).toContain(message);
  expect(versioned.map(read)).toEqual(before);
});

it("the workflow checks everything, then publishes with provenance to npm and to JSR", () => {
  const runs = [...workflow.matchAll(/^ +-? ?run: (.+)$/gm)].map(([, command = ""]) => command);
  const at = (what: RegExp): number => runs.findIndex((command) => what.test(command));
  expect(at(/\.ci\/run/)).toBeGreaterThan(-1);
  expect(at(/repository\.url=.*GITHUB_REPOSITORY/)).toBeGreaterThan(at(/\.ci\/run/));
  expect(at(/npm publish --provenance/)).toBeGreaterThan(at(/repository\.url/));
  expect(at(/jsr@\S+ publish .*--allow-dirty/)).toBeGreaterThan(at(/repository\.url/));
  expect(workflow).toMatch(/tags: \["v\*"\]/);
  expect(workflow).toMatch(/id-token: write/);
});
