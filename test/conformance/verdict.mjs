// Judging one run of a scenario, and the table itself. No I/O, so that every rule is tested.

/** @typedef {{ exit: number | null, timedOut?: boolean, driverExit: number, checks?: { status: string }[], stdout: string }} Run */

export function count(checks) {
  const of = (status) => checks.filter((check) => check.status === status).length;
  return { ok: of("SUCCESS"), failed: of("FAILURE"), warnings: of("WARNING"), skipped: of("SKIPPED") };
}

/** The line the driver ends with: what it reached, or the library's error. Its absence means it crashed. */
export function driverOutcome(stdout) {
  const line = stdout.split("\n").findLast((each) => each.startsWith("driver: "));
  const [, status, code] = /^driver: (done|refused)(?: (\w+))?/.exec(line ?? "") ?? [];
  return { status: status ?? "crashed", code };
}

/** Everything that keeps a run from being a pass; empty when it is one. */
export function objections(run, { successes = 1, refusal } = {}) {
  if (!run.checks) return ["the suite wrote no checks"];
  const { ok, failed, warnings } = count(run.checks);
  const { status, code } = driverOutcome(run.stdout);
  const found = [];
  if (run.timedOut) found.push("the driver did not exit in time");
  if (failed > 0) found.push(`${failed} failed`);
  if (warnings > 0) found.push(`${warnings} warnings`);
  if (ok < successes && failed === 0)
    found.push(`hollow: ${ok} checks succeeded, at least ${successes} expected`);
  if (status === "crashed") found.push("the driver did not reach its end");
  else if (status === "refused" && code !== refusal) found.push(`the driver was refused: ${code}`);
  else if (status === "done" && refusal) found.push(`the driver went through, ${refusal} expected`);
  if (run.driverExit !== (status === "refused" ? 1 : 0))
    found.push(`the driver exited with ${run.driverExit}`);
  if (run.exit !== 0 && found.length === 0) found.push(`the suite exited with ${run.exit}`);
  return found;
}

/** What a result means, given what the table says. */
export function judge(expected, found) {
  if (expected === "pass")
    return found.length === 0 ? { label: "pass", fails: false } : { label: "FAIL", fails: true };
  if (found.length > 0) return { label: "not yet", fails: false };
  return { label: "FAIL", fails: true, why: 'it passes: list it as "pass" in scenarios.mjs' };
}

/** `list --client` of the suite: the names of all scenarios. */
export function parseList(output) {
  return [...output.matchAll(/^\s+- (\S+)/gm)].map(([, name]) => name);
}

/** `list --requirements`: the client scenarios a revision runs, scored or not. */
export function parseRequirements(output) {
  const scored = /^Client scenarios.*\n((?:\s+- .*\n?)+)/m.exec(output)?.[1] ?? "";
  const unscored = [...output.matchAll(/^\s+- (\S+) \[client\]/gm)].map(([, name]) => name);
  return [...parseList(scored), ...unscored];
}

/** Where the table and the suite disagree about what there is. */
export function tableFaults(scenarios, known, required) {
  const faults = [];
  for (const name of known) {
    if (!scenarios[name]) faults.push(`${name}: known to the suite, not listed in scenarios.mjs`);
  }
  for (const [name, { on }] of Object.entries(scenarios)) {
    if (!known.includes(name)) faults.push(`${name}: listed in scenarios.mjs, unknown to the suite`);
    for (const [revision, expected] of Object.entries(on)) {
      if (!["pass", "not-yet"].includes(expected))
        faults.push(`${name}: "${expected}" on ${revision} is no status`);
    }
    if (Object.keys(on).length === 0) faults.push(`${name}: listed without a revision`);
  }
  for (const [revision, names] of Object.entries(required)) {
    if (names.length === 0) faults.push(`${revision}: the suite names no scenarios`);
    for (const name of names) {
      if (scenarios[name] && !scenarios[name].on[revision])
        faults.push(`${name}: ${revision} runs it, not listed there`);
    }
  }
  return faults;
}
