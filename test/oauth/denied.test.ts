// A browser that denies the application's site all storage: with the cookies, that takes away the locks of tabs too.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Tab } from "../support/browser.ts";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { tabOf } from "../support/playwright.ts";
import { page as script } from "./page.ts";
import { signIn } from "./person.ts";
import { type Site, startSite } from "./provider.ts";

const executablePath = findChromium();

describe("where the browser denies storage", () => {
  let site: Site;
  let context: BrowserContext;
  let profile: string;

  beforeEach(async ({ skip }) => {
    if (!executablePath) return skip("chromium is not installed");
    site = await startSite(script);
    profile = await mkdtemp(join(tmpdir(), "denied-"));
    await mkdir(join(profile, "Default"));
    const cookies = { [`${site.app},*`]: { setting: 2 } };
    const preferences = { profile: { content_settings: { exceptions: { cookies } } } };
    await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
    context = await chromium.launchPersistentContext(profile, { executablePath, args: chromiumArgs });
  });
  afterEach(async () => {
    await context?.close();
    await site?.close();
    if (profile) await rm(profile, { recursive: true, force: true });
  });

  async function open(path: string): Promise<Tab> {
    const tab = tabOf(await context.newPage());
    await tab.goto(site.app + path);
    const denied = () =>
      navigator.locks.query().then(
        () => false,
        () => true,
      );
    expect(await tab.evaluate(denied), "it is denied").toBe(true);
    return tab;
  }

  it("a person signs in in a popup, and is refreshed after that", async () => {
    const tab = await open("/popup");
    const [popup] = await Promise.all([context.waitForEvent("page"), tab.click("button")]);
    await signIn(tabOf(popup));
    expect(await tab.evaluate(() => window.result)).toEqual({ value: "ada" });
    site.expire();
    expect(await tab.evaluate(() => Promise.all([window.call(), window.call()]))).toEqual(
      Array(2).fill({ value: "ada" }),
    );
    expect(site.grants).toEqual(["authorization_code", "refresh_token"]);
  });
});
