import { expect, it } from "vitest";
import { wants } from "./wants.mjs";

it.each([
  ["everything without arguments", [], "package", true],
  ["the project a path names", ["test/package/layers.test.ts"], "package", true],
  ["no other project than the path names", ["test/core"], "interop", false],
  ["the project an option names", ["--project", "interop"], "interop", true],
  ["no other project than the option names", ["--project=core"], "package", false],
  ["not the project an option excludes", ["--project=!package"], "package", false],
  ["the others than the project an option excludes", ["--project=!package"], "core", true],
  ["every project for a bare filter", ["layers"], "package", true],
  ["every project for a test name", ["-t", "cancels"], "interop", true],
])("wants %s", (_title, args, project, expected) => {
  expect(wants(args, project)).toBe(expected);
});
