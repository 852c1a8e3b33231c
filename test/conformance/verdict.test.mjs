import { describe, expect, it } from "vitest";
import { scenarios } from "./scenarios.mjs";
import { driverOutcome, judge, objections, parseList, parseRequirements, tableFaults } from "./verdict.mjs";

const checks = (...statuses) => statuses.map((status) => ({ status }));
const good = {
  exit: 0,
  driverExit: 0,
  checks: checks("SUCCESS", "INFO", "SKIPPED"),
  stdout: "hello\ndriver: done\n",
};
const refused = { ...good, driverExit: 1, stdout: "driver: refused auth_refused\n" };

describe("a run", () => {
  it("passes with a success, no failure, and a driver that reached its end", () => {
    expect(objections(good)).toEqual([]);
  });

  it.each([
    ["a failed check", { checks: checks("SUCCESS", "FAILURE") }, "1 failed"],
    ["a warning", { checks: checks("SUCCESS", "WARNING") }, "1 warnings"],
    ["no checks at all", { checks: [] }, "hollow"],
    ["only skipped checks", { checks: checks("SKIPPED", "INFO") }, "hollow"],
    ["no checks.json", { checks: undefined }, "no checks"],
    ["an exit code of the suite", { exit: 1 }, "suite exited with 1"],
    ["a suite that was killed", { exit: null }, "suite exited with null"],
    ["a driver that does not exit", { timedOut: true }, "did not exit in time"],
    ["a driver that says nothing", { stdout: "" }, "did not reach its end"],
    ["a driver that fails after its end", { driverExit: 1 }, "driver exited with 1"],
    ["a refusal nobody expects", refused, "refused: auth_refused"],
  ])("does not pass with %s", (_title, change, message) => {
    expect(objections({ ...good, ...change }).join("; ")).toContain(message);
  });

  it("does not pass with fewer successes than listed", () => {
    expect(objections(good, { successes: 2 })).toEqual(["hollow: 1 checks succeeded, at least 2 expected"]);
  });

  it("passes by the listed refusal, and by no other end", () => {
    const expected = { refusal: "auth_refused" };
    expect(objections(refused, expected)).toEqual([]);
    expect(objections({ ...refused, stdout: "driver: refused timeout" }, expected)).not.toEqual([]);
    expect(objections({ ...refused, stdout: "Error: cannot find module" }, expected)).not.toEqual([]);
    expect(objections(good, expected)).not.toEqual([]);
  });

  it("is told by the driver's last word", () => {
    expect(driverOutcome("driver: refused http_error\ndriver: done\n")).toEqual({
      status: "done",
      code: undefined,
    });
  });
});

describe("the table's word", () => {
  it.each([
    ["a listed pass that passes", "pass", [], false],
    ["a listed pass that fails", "pass", ["1 failed"], true],
    ["a listed not-yet that fails", "not-yet", ["1 failed"], false],
    ["a listed not-yet that passes", "not-yet", [], true],
  ])("%s", (_title, expected, found, fails) => {
    expect(judge(expected, found).fails).toBe(fails);
  });
});

describe("the table", () => {
  const table = { a: { on: { "2025-11-25": "pass" } } };

  it.each([
    ["a scenario that is not listed", table, ["a", "b"], {}, "b: known to the suite"],
    ["a scenario the suite does not have", table, [], {}, "a: listed"],
    ["a revision that is not listed", table, ["a"], { "2026-07-28": ["a"] }, "a: 2026-07-28 runs it"],
    ["a requirement set that reads as empty", table, ["a"], { "2026-07-28": [] }, "names no scenarios"],
    ["a status that is none", { a: { on: { "2025-11-25": "maybe" } } }, ["a"], {}, "is no status"],
    ["no revision", { a: { on: {} } }, ["a"], {}, "without a revision"],
  ])("is at fault for %s", (_title, listed, known, required, message) => {
    expect(tableFaults(listed, known, required).join("\n")).toContain(message);
  });

  it("is accepted when it lists what there is", () => {
    expect(tableFaults(table, ["a"], { "2025-11-25": ["a"] })).toEqual([]);
  });

  it("reads the lists the suite prints", () => {
    const all =
      "Client scenarios (test against a client):\n  - initialize [2025-06-18]\n  - auth/dpop [extension]\n";
    const required =
      "Server scenarios (x):\n  - ping\n\nClient scenarios (x):\n  - initialize\n  - tools_call\n\n" +
      "Run and reported, but never scored:\n  extension (2):\n    - auth/dpop [client]\n    - tasks [server]\n";
    expect(parseList(all)).toEqual(["initialize", "auth/dpop"]);
    expect(parseRequirements(required)).toEqual(["initialize", "tools_call", "auth/dpop"]);
  });

  it("names for every refusal what it is refused with", () => {
    const refusals = Object.values(scenarios).flatMap(({ refusal }) => refusal ?? []);
    expect(new Set(refusals)).toEqual(new Set(["auth_refused", "forbidden"]));
  });
});
