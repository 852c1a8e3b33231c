import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findBrowser } from "./find-browser.mjs";

let folder;
const install = (...names) => {
  for (const name of names) writeFileSync(join(folder, name), "", { mode: 0o755 });
};
const find = (engine, more) => findBrowser(engine, { PATH: folder, ...more });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "browsers-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("finds nothing where nothing is installed", () => {
  expect(["chromium", "firefox", "webkit"].map((engine) => find(engine))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it("prefers the long-term support version of Firefox", () => {
  install("firefox", "firefox-esr");
  expect(find("firefox")).toBe(join(folder, "firefox-esr"));
});

it("takes the program that a variable names", () => {
  expect(find("firefox", { FIREFOX: "/opt/firefox" })).toBe("/opt/firefox");
});

it("counts WebKit as missing where there is no display for it", () => {
  install("WebKitWebDriver");
  expect(find("webkit")).toBeUndefined();
  install("Xvfb");
  expect(find("webkit")).toBe(join(folder, "WebKitWebDriver"));
});
