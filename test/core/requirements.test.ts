import { describe, expect, it } from "vitest";
import { allCitations, citationsIn } from "../requirements/citations.ts";
import { pages, silent } from "../requirements/pages.ts";
import { addressOf, revisions } from "../requirements/requirement.ts";
import { requirements } from "../requirements.ts";

const places = requirements.flatMap(({ id, on }) =>
  Object.entries(on).flatMap(([page, list]) => list.map((revision) => ({ id, page, revision }))),
);

describe("the requirements", () => {
  it("have an id each, which says where it belongs", () => {
    const ids = requirements.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z-]+\/[a-z0-9.-]+$/.test(id))).toEqual([]);
  });

  it("quote a sentence with a word that requires", () => {
    const words = /\b(MUST|SHOULD|REQUIRED|RECOMMENDED)\b/;
    expect(requirements.filter(({ says }) => !words.test(says)).map(({ id }) => id)).toEqual([]);
  });

  it("name pages that the specification has, each with its address", () => {
    const unknown = places.filter(({ page, revision }) => !pages[page]?.includes(revision));
    expect(unknown).toEqual([]);
    expect(addressOf("2026-07-28", "basic/authorization/index")).toBe(
      "https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization",
    );
  });

  it("leave out no page of any revision but those that ask for nothing", () => {
    const left = Object.entries(pages).flatMap(([page, list]) =>
      list
        .filter((revision) => !places.some((place) => place.page === page && place.revision === revision))
        .map((revision) => ({ revision, page })),
    );
    expect(left.filter(({ page }) => !(page in silent))).toEqual([]);
    expect(places.filter(({ page }) => page in silent)).toEqual([]);
    expect(new Set(places.map(({ revision }) => revision)).size).toBe(revisions.length);
  });

  it("are each cited by a test, or say why not", () => {
    const cited = new Set(allCitations().map(({ id }) => id));
    const shown = requirements.filter(({ id }) => cited.has(id));
    const excused = requirements.filter(({ outside }) => outside);
    expect(
      requirements.filter((one) => !shown.includes(one) && !excused.includes(one)).map(({ id }) => id),
    ).toEqual([]);
    expect(excused.filter((one) => shown.includes(one)).map(({ id }) => id)).toEqual([]);
  });

  it("are known by every test that cites one", () => {
    const ids = new Set(requirements.map(({ id }) => id));
    const wrong = allCitations().filter(({ id, fault }) => fault ?? !ids.has(id));
    expect(wrong).toEqual([]);
  });
});

describe("a citation", () => {
  const places = (path: string, text: string) =>
    citationsIn(path, text).map(({ id, at, fault }) => `${id} ${at}${fault ? " !" : ""}`);

  it("names requirements for the test below it", () => {
    const text = '// requires: a/b, a/c\n// requires: a/d\n// Why it matters.\nit("x", () => {});';
    expect(places("core/x.test.ts", text)).toEqual([
      "a/b test/core/x.test.ts:1",
      "a/c test/core/x.test.ts:1",
      "a/d test/core/x.test.ts:2",
    ]);
  });

  it.each([
    ["a table of tests", "core/x.test.ts", "  it.each(eras)("],
    ["a row of such a table", "core/x.test.ts", '    ["another port", 1],'],
    ["a row over several lines", "core/x.test.ts", "    ["],
    ["a case of faults", "faults/cases/time.ts", '    name: "silence",'],
    ["a scenario that passes", "conformance/scenarios.mjs", '  "a/b": { on: { [old]: "pass" } },'],
  ])("may stand above %s", (_what, path, below) => {
    expect(places(path, `// requires: a/b\n${below}`)).toEqual([`a/b test/${path}:1`]);
  });

  it.each([
    ["a test that is skipped", "core/x.test.ts", 'it.skip("x", () => {});'],
    ["a test that is expected to fail", "core/x.test.ts", 'it.fails("x", () => {});'],
    ["a group", "core/x.test.ts", 'describe("x", () => {'],
    ["an assertion", "core/x.test.ts", "  expect(1).toBe(1);"],
    ["nothing", "core/x.test.ts", ""],
    ["a helper", "client/support.ts", 'it("x", () => {});'],
    ["a scenario that fails", "conformance/scenarios.mjs", '  "a/b": { on: notYet(modern) },'],
  ])("may not stand above %s", (_what, path, below) => {
    expect(places(path, `// requires: a/b\n${below}`)).toEqual([`a/b test/${path}:1 !`]);
  });
});
