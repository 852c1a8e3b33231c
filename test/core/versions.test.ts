import { describe, expect, it } from "vitest";
import { eraOf, LEGACY_VERSIONS, MODERN_VERSIONS, mutualVersion } from "../../src/core/wire/versions.ts";

describe("eraOf", () => {
  it.each([
    ["2026-07-28", "modern"],
    ["2025-11-25", "legacy"],
    ["2025-06-18", "legacy"],
    ["2025-03-26", "legacy"],
    ["2024-11-05", "legacy"],
    ["2024-10-07", undefined],
    ["2027-01-01", undefined],
    ["DRAFT-2026-v1", undefined],
    ["", undefined],
  ])("says of %j: %s", (version, era) => {
    expect(eraOf(version)).toBe(era);
  });
});

it("the lists are newest first and have nothing in common", () => {
  const all = [...MODERN_VERSIONS, ...LEGACY_VERSIONS];
  expect(all).toEqual([...all].sort().reverse());
  expect(new Set(all).size).toBe(all.length);
});

describe("mutualVersion", () => {
  // requires: versioning/selects-mutual
  it.each<[string, unknown, string | undefined]>([
    ["the newest of both", ["2024-11-05", "2025-06-18"], "2025-06-18"],
    ["the newest whatever the order", ["2025-11-25", "2026-07-28"], "2026-07-28"],
    ["what it knows among what it does not", ["2099-01-01", "2025-03-26", 7, null], "2025-03-26"],
    ["nothing when there is nothing in common", ["2099-01-01"], undefined],
    ["nothing of an empty list", [], undefined],
    ["nothing of a string", "2026-07-28", undefined],
    ["nothing of nothing", undefined, undefined],
  ])("finds %s", (_, offered, version) => {
    expect(mutualVersion(offered)).toBe(version);
  });
});
