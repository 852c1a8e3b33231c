import { describe, expect, it } from "vitest";
import { eraOf, VERSIONS } from "../../src/core/wire/versions.ts";

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

it("the list is newest first, each once, and has both eras", () => {
  expect(VERSIONS).toEqual([...new Set(VERSIONS)].sort().reverse());
  expect(new Set(VERSIONS.map(eraOf))).toEqual(new Set(["modern", "legacy"]));
});
