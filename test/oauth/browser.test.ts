import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Browser,
  engineNames,
  findBrowser,
  openBrowser,
  type Person,
  type Tab,
} from "../support/browser.ts";
import { type Outcome, page as script } from "./page.ts";
import { signIn } from "./person.ts";
import { type Site, startSite } from "./provider.ts";

declare global {
  interface Window {
    /** Resolves when another origin has posted something here. */
    posted: Promise<unknown>;
  }
}

const outcome = (tab: Tab): Promise<Outcome> => tab.evaluate(() => window.result);
const call = (tab: Tab): Promise<Outcome> => tab.evaluate(() => window.call());

describe.each(engineNames)("in %s, at an authorization server nobody here wrote,", (engine) => {
  const installed = findBrowser(engine);
  let site: Site;
  let browser: Browser;
  let person: Person;

  beforeAll(async () => {
    if (installed) browser = await openBrowser(engine);
  });
  beforeEach(async ({ skip }) => {
    skip(!installed, `${engine} is not installed`);
    site = await startSite(script);
    person = await browser.newPerson();
  });
  afterEach(async () => {
    if (!installed) return;
    expect(site.reports.filter((text) => !text.includes("favicon"))).toEqual([]);
    await person.close();
    await site.close();
  });
  afterAll(() => browser?.close());

  async function open(path: string): Promise<Tab> {
    const tab = await person.newTab();
    await tab.goto(site.app + path);
    return tab;
  }

  async function popupFrom(tab: Tab): Promise<Tab> {
    const [popup] = await Promise.all([person.nextPopup(), tab.click("button")]);
    return popup;
  }

  async function signedIn(path: string): Promise<Tab> {
    const tab = await open(path);
    const popup = await popupFrom(tab);
    await signIn(popup);
    expect(await outcome(tab)).toEqual({ value: "ada" });
    await popup.untilClosed();
    return tab;
  }

  it("a person signs in in a popup, and is refreshed silently after that", async () => {
    const tab = await signedIn("/popup");
    expect(site.grants).toEqual(["authorization_code"]);
    site.expire();
    expect(await Promise.all([call(tab), call(tab), call(tab)])).toEqual(Array(3).fill({ value: "ada" }));
    site.expire();
    expect(await call(tab)).toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code", "refresh_token", "refresh_token"]);
    expect(await person.countTabs()).toBe(1);
  });

  it("a person signs in though the browser shows the page no challenge", async () => {
    site.hideChallenges();
    const tab = await signedIn("/popup");
    site.expire();
    expect(await call(tab)).toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code", "refresh_token"]);
  });

  it("a person signs in in the page, and comes back to where they were", async () => {
    const tab = await open("/redirect?item=7#part");
    await signIn(tab);
    await tab.waitForUrl(`${site.app}/redirect?item=7#part`);
    expect(await outcome(tab)).toEqual({ value: "ada" });
    const kept = await tab.evaluate(() =>
      Object.keys(sessionStorage).filter((key) => /journey|attempt/.test(key)),
    );
    expect(kept, "nothing of the attempt is left").toEqual([]);
    await tab.reload();
    expect(await outcome(tab), "the tokens are still there").toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code"]);
  });

  it("two tabs that refresh at once send one token request", async () => {
    const one = await signedIn("/tab");
    const other = await open("/tab");
    expect(await call(other)).toEqual({ value: "ada" });
    site.expire();
    expect(await Promise.all([call(one), call(other), call(one), call(other)])).toEqual(
      Array(4).fill({ value: "ada" }),
    );
    expect(site.grants).toEqual(["authorization_code", "refresh_token"]);
  });

  /** Calls once what a test does no longer counts as a click: for a while, what it evaluates does. */
  async function callWithoutClick(tab: Tab): Promise<Outcome> {
    await tab.evaluate(() => {
      window.result = new Promise((resolve) => {
        const timer = setInterval(() => {
          if (navigator.userActivation.isActive) return;
          clearInterval(timer);
          resolve(window.call());
        }, 100);
      });
    });
    return outcome(tab);
  }

  // WebKit opens no window for a click that was answered by a server in between.
  if (engine !== "webkit") {
    it("more scopes are asked for in the call of a tool that needs them", async () => {
      const tab = await signedIn("/popup");
      site.demand("mcp:write");
      await tab.evaluate(() => {
        const button = document.querySelector("button") as HTMLButtonElement;
        button.onclick = () => {
          window.result = window.call();
        };
      });
      await signIn(await popupFrom(tab));
      expect(await outcome(tab)).toEqual({ value: "ada" });
      expect(site.grants).toEqual(["authorization_code", "authorization_code"]);
    });
  }

  it("more scopes are asked for in a click after a call that needed them", async () => {
    const tab = await signedIn("/popup");
    site.demand("mcp:write");
    const blocked = { code: "unauthorized", data: { reason: "popup_blocked" } };
    expect(await callWithoutClick(tab)).toMatchObject(blocked);
    await signIn(await popupFrom(tab));
    expect(await outcome(tab)).toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code", "authorization_code"]);
  });

  it("signing out makes the next call ask again, which takes a click", async () => {
    const tab = await signedIn("/popup");
    await tab.evaluate(() => window.signOut());
    const blocked = { code: "unauthorized", data: { reason: "popup_blocked" } };
    expect(await callWithoutClick(tab)).toMatchObject(blocked);
    await signIn(await popupFrom(tab));
    expect(await outcome(tab)).toEqual({ value: "ada" });
  });

  it("a sign-in is not ended by what windows of another origin say", async () => {
    const tab = await open("/popup");
    await tab.evaluate(() => {
      window.posted = new Promise((resolve) => {
        addEventListener("message", ({ origin }) => origin !== location.origin && resolve(undefined));
      });
    });
    const popup = await popupFrom(tab);
    await popup.waitFor('[name="login"]');
    const state = site.asked[0]?.searchParams.get("state");
    expect(state).toMatch(/.{20}/);
    // The page at the authorization server has the opener, and tries a code of its own.
    await popup.evaluate(
      ({ app, state }) => {
        const url = `${app}/callback?code=stolen&state=${state}`;
        (window.opener as Window).postMessage({ type: "mcp-rivulet callback", url }, "*");
      },
      { app: site.app, state },
    );
    await tab.evaluate(() => window.posted);
    await signIn(popup);
    expect(await outcome(tab)).toEqual({ value: "ada" });
    expect(site.grants).toEqual(["authorization_code"]);
  });

  it("a window that is closed ends the sign-in with a reason", async () => {
    const tab = await open("/popup");
    const popup = await popupFrom(tab);
    await popup.waitFor('[name="login"]');
    await popup.close();
    expect(await outcome(tab)).toMatchObject({ code: "unauthorized", data: { reason: "popup_closed" } });
  });

  it("the answer arrives though a policy has cut the opener off", async () => {
    site.isolate();
    const tab = await open("/popup");
    // The page must not look as if the person were back on it.
    await tab.evaluate(() => Object.assign(document, { hasFocus: () => false }) && undefined);
    const popup = await popupFrom(tab);
    await popup.waitFor('[name="login"]');
    expect(await popup.evaluate(() => window.opener === null)).toBe(true);
    await signIn(popup);
    expect(await outcome(tab)).toEqual({ value: "ada" });
  });
});
