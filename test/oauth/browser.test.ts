import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { page as script } from "./page.ts";
import { type Site, startSite } from "./provider.ts";

const executablePath = findChromium();

interface Outcome {
  readonly value?: string;
  readonly code?: string;
  readonly message?: string;
  readonly data?: { readonly reason?: string };
}

const outcome = (page: Page): Promise<Outcome> =>
  page.evaluate(() => (window as unknown as { result: Promise<Outcome> }).result);
const call = (page: Page): Promise<Outcome> =>
  page.evaluate(() => (window as unknown as { call(): Promise<Outcome> }).call());

/** What a person does at the authorization server: its own forms, login then consent. */
async function signIn(page: Page, name = "ada"): Promise<void> {
  const login = page.locator('input[name="login"]');
  const consent = page.locator('button[type="submit"]', { hasText: "Continue" });
  await login.or(consent).first().waitFor();
  if (await login.isVisible()) {
    await login.fill(name);
    await page.locator('input[name="password"]').fill("anything");
    await page.locator('button[type="submit"]').click();
    await consent.waitFor();
  }
  await consent.click();
}

describe.skipIf(!executablePath)("in Chromium, at an authorization server nobody here wrote,", () => {
  let site: Site;
  let browser: Browser;
  let context: BrowserContext;
  let violations: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: chromiumArgs });
  });
  beforeEach(async () => {
    site = await startSite(script);
    context = await browser.newContext();
    violations = [];
    context.on("console", (message) => {
      const here = message.location().url.startsWith(site.app);
      if (here && /Content Security Policy|TrustedHTML/.test(message.text())) violations.push(message.text());
    });
  });
  afterEach(async () => {
    expect(violations.filter((text) => !text.includes("favicon"))).toEqual([]);
    await context.close();
    await site.close();
  });
  afterAll(() => browser?.close());

  async function popupFrom(page: Page): Promise<Page> {
    const [popup] = await Promise.all([context.waitForEvent("page"), page.click("button")]);
    return popup;
  }

  async function signedIn(path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(site.app + path);
    const popup = await popupFrom(page);
    const closed = popup.waitForEvent("close");
    await signIn(popup);
    expect(await outcome(page)).toEqual({ value: "ada" });
    await closed;
    return page;
  }

  it("a person signs in in a popup, and is refreshed silently after that", async () => {
    const page = await signedIn("/popup");
    expect(site.grants).toEqual(["authorization_code"]);
    site.expire();
    expect(await Promise.all([call(page), call(page), call(page)])).toEqual(Array(3).fill({ value: "ada" }));
    site.expire();
    expect(await call(page)).toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code", "refresh_token", "refresh_token"]);
    expect(context.pages()).toHaveLength(1);
  });

  it("a person signs in in the page, and comes back to where they were", async () => {
    const page = await context.newPage();
    await page.goto(`${site.app}/redirect?item=7#part`);
    await signIn(page);
    await page.waitForURL(`${site.app}/redirect?item=7#part`);
    expect(await outcome(page)).toEqual({ value: "ada" });
    const kept = await page.evaluate(() =>
      Object.keys(sessionStorage).filter((key) => /journey|attempt/.test(key)),
    );
    expect(kept, "nothing of the attempt is left").toEqual([]);
    await page.reload();
    expect(await outcome(page), "the tokens are still there").toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code"]);
  });

  it("two tabs that refresh at once send one token request", async () => {
    const one = await signedIn("/tab");
    const other = await context.newPage();
    await other.goto(`${site.app}/tab`);
    expect(await call(other)).toEqual({ value: "ada" });
    site.expire();
    expect(await Promise.all([call(one), call(other), call(one), call(other)])).toEqual(
      Array(4).fill({ value: "ada" }),
    );
    expect(site.grants).toEqual(["authorization_code", "refresh_token"]);
  });

  it("more scopes are asked for when a tool needs them", async () => {
    const page = await signedIn("/popup");
    site.demand("mcp:write");
    const [popup] = await Promise.all([
      context.waitForEvent("page"),
      page
        .evaluate(() => {
          const button = document.querySelector("button") as HTMLButtonElement;
          button.onclick = () =>
            Object.assign(window, { result: (window as unknown as { call(): unknown }).call() });
        })
        .then(() => page.click("button")),
    ]);
    await signIn(popup);
    expect(await outcome(page)).toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code", "authorization_code"]);
  });

  it("signing out makes the next call ask again, which takes a click", async () => {
    const page = await signedIn("/popup");
    await page.evaluate(() => (window as unknown as { signOut(): Promise<void> }).signOut());
    // What a test evaluates counts as a click for a while, unless it says otherwise. Opening a window uses that up.
    await page.evaluate(() => window.open("about:blank")?.close());
    const session = await context.newCDPSession(page);
    const call = { expression: "call()", awaitPromise: true, returnByValue: true, userGesture: false };
    const { result } = await session.send("Runtime.evaluate", call);
    expect(result.value).toMatchObject({ code: "unauthorized", data: { reason: "popup_blocked" } });
    const popup = await popupFrom(page);
    await signIn(popup);
    expect(await outcome(page)).toEqual({ value: "ada" });
  });

  it("a sign-in is not ended by what windows of another origin say", async () => {
    const page = await context.newPage();
    await page.goto(`${site.app}/popup`);
    const asked = context.waitForEvent("request", (request) =>
      request.url().startsWith(`${site.issuer}/auth?`),
    );
    const popup = await popupFrom(page);
    const state = new URL((await asked).url()).searchParams.get("state");
    expect(state).toMatch(/.{20}/);
    await popup.locator('input[name="login"]').waitFor();
    await page.evaluate(() => {
      const heard = new Promise((resolve) =>
        addEventListener("message", () => resolve(true), { once: true }),
      );
      Object.assign(window, { heard });
    });
    // The page at the authorization server has the opener, and tries a code of its own.
    await popup.evaluate(
      ({ app, state }) => {
        const url = `${app}/callback?code=stolen&state=${state}`;
        (window.opener as Window).postMessage({ type: "mcp-rivulet callback", url }, "*");
      },
      { app: site.app, state },
    );
    expect(await page.evaluate(() => (window as unknown as { heard: Promise<boolean> }).heard)).toBe(true);
    expect(site.grants).toEqual([]);
    await signIn(popup);
    expect(await outcome(page)).toEqual({ value: "ada" });
  });

  it("a window that is closed ends the sign-in with a reason", async () => {
    const page = await context.newPage();
    await page.goto(`${site.app}/popup`);
    const popup = await popupFrom(page);
    await popup.locator('input[name="login"]').waitFor();
    await popup.close();
    expect(await outcome(page)).toMatchObject({ code: "unauthorized", data: { reason: "popup_closed" } });
  });

  it("the answer arrives though a policy has cut the opener off", async () => {
    const page = await context.newPage();
    await page.goto(`${site.app}/popup`);
    await context.route(`${site.issuer}/**`, async (route) => {
      const response = await route.fetch({ maxRedirects: 0 });
      await route.fulfill({
        response,
        headers: { ...response.headers(), "cross-origin-opener-policy": "same-origin" },
      });
    });
    // The page must not look as if the person were back on it.
    await page.evaluate(() => Object.assign(document, { hasFocus: () => false }));
    const popup = await popupFrom(page);
    await signIn(popup);
    expect(await outcome(page)).toEqual({ value: "ada" });
  });
});
