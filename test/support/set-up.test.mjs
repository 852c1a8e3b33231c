import { describe, expect, it } from "vitest";
import { firstDifference } from "./set-up.mjs";

const entry = (version, more = {}) => ({ version, integrity: `sha512-${version}`, ...more });
const lock = (packages) => ({ packages: { "": { name: "mcp-rivulet" }, ...packages } });

describe("deciding whether to install", () => {
  it("leaves a matching node_modules alone", () => {
    const packages = { "node_modules/zod": entry("4.0.0") };
    expect(firstDifference(lock(packages), { packages })).toBeUndefined();
  });

  it("names a package that is missing", () => {
    expect(firstDifference(lock({ "node_modules/zod": entry("4.0.0") }), { packages: {} })).toBe(
      "node_modules/zod",
    );
  });

  it("names a package whose version differs", () => {
    const installed = { packages: { "node_modules/zod": entry("4.0.0") } };
    expect(firstDifference(lock({ "node_modules/zod": entry("4.1.0") }), installed)).toBe("node_modules/zod");
  });

  it("does not miss what npm leaves out on this platform", () => {
    const other = { "node_modules/fsevents": entry("2.3.3", { optional: true, os: ["darwin"] }) };
    expect(firstDifference(lock(other), { packages: {} })).toBeUndefined();
  });
});
