// Works clients against a server that is killed and restarted behind a proxy that resets, cuts and delays.
//   npm run soak                                  for ten minutes
//   npm run soak -- --minutes 1 --seed 7
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ensureInstalled, root } from "../support/set-up.mjs";

ensureInstalled();
const { build } = await import("esbuild");
const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const minutes = Number(values.minutes ?? 10);
const seed = Number(values.seed ?? Date.now() % 1_000_000);

const cache = join(root, ".cache");
mkdirSync(cache, { recursive: true });
const outfile = join(cache, `soak-${process.pid}.mjs`);
await build({
  entryPoints: [join(root, "test/soak/soak.ts")],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  logLevel: "error",
});
try {
  const { judge, soak } = await import(pathToFileURL(outfile).href);
  console.log(`${minutes} minutes, seed ${seed}`);
  const figures = await soak({
    seconds: minutes * 60,
    rounds: Math.max(2, Math.round(minutes)),
    seed,
    root: join(root, "/"),
    log: (line) => console.log(line),
  });
  console.log(JSON.stringify(figures, null, 2));
  const faults = judge(figures);
  for (const fault of faults.slice(0, 50)) console.log(`FAULT ${fault}`);
  console.log(faults.length === 0 ? "all accounted for, all flat" : `${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(outfile, { force: true });
}
// Sockets of the proxy that were reset while they ended can be left half alive, and would keep this process.
process.exit();
