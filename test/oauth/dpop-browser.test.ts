import { afterAll, beforeAll, expect, it } from "vitest";
import { type Browser, findBrowser, openBrowser, type Person } from "../support/browser.ts";
import { page as script } from "./page.ts";
import { signIn } from "./person.ts";
import { type Site, startSite } from "./provider.ts";

const installed = findBrowser("chromium");
let site: Site;
let browser: Browser;
let person: Person;

beforeAll(async () => {
  if (!installed) return;
  site = await startSite(script, { dpop: true });
  browser = await openBrowser("chromium");
  person = await browser.newPerson();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

it("a key that nobody can export outlives the page, and the tokens that are bound to it", async ({
  skip,
}) => {
  skip(!installed, "chromium is not installed");
  const tab = await person.newTab();
  await tab.goto(`${site.app}/dpop`);
  const [popup] = await Promise.all([person.nextPopup(), tab.click("button")]);
  await signIn(popup);
  expect(await tab.evaluate(() => window.result)).toEqual({ value: "ada" });
  await popup.untilClosed();

  await tab.reload();
  expect(await tab.evaluate(() => window.call())).toEqual({ value: "ada" });
  expect(site.grants, "nobody was asked again").toEqual(["authorization_code"]);

  site.expire();
  expect(await tab.evaluate(() => window.call())).toEqual({ value: "ada" });
  expect(site.grants, "the refresh token is bound to the key as well").toEqual([
    "authorization_code",
    "refresh_token",
  ]);
  const keys = new Set(site.proofs.map(({ jkt }) => jkt));
  expect(keys.size, "one key in all the proofs that the server has checked").toBe(1);

  const kept = await tab.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open("mcp-rivulet");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const values = database.transaction("values").objectStore("values");
    const { privateKey } = await new Promise<CryptoKeyPair>((resolve, reject) => {
      const request = values.get("mcp-rivulet dpop");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const exported = await crypto.subtle.exportKey("pkcs8", privateKey).then(
      () => "exported",
      (error: Error) => error.name,
    );
    return { extractable: privateKey.extractable, exported };
  });
  expect(kept).toEqual({ extractable: false, exported: "InvalidAccessError" });
  expect(site.reports.filter((text) => !text.includes("favicon"))).toEqual([]);
});
