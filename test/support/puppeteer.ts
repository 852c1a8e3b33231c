import puppeteer, { type BrowserContext, type Page } from "puppeteer-core";
import { type Browser, Tab, watch } from "./browser.ts";

/** Firefox, over WebDriver BiDi. */
export async function openPuppeteer(executablePath: string): Promise<Browser> {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
  return {
    engine: "firefox",
    async newPerson() {
      const context = await browser.createBrowserContext();
      return {
        async newTab() {
          const page = await context.newPage();
          await page.setViewport({ width: 1280, height: 800 });
          await page.evaluateOnNewDocument(watch);
          return tabOf(page);
        },
        nextPopup: () => nextPopup(context),
        countTabs: async () => (await context.pages()).length,
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}

function nextPopup(context: BrowserContext): Promise<Tab> {
  return new Promise((resolve, reject) => {
    context.once("targetcreated", (target) => {
      target.page().then((page) => (page ? resolve(tabOf(page)) : reject(new Error("No page"))), reject);
    });
  });
}

function tabOf(page: Page): Tab {
  page.setDefaultTimeout(15_000);
  return new Tab({
    goto: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    evaluate: async (expression) => String(await page.evaluate(expression)),
    click: (selector) => page.click(selector),
    fill: (selector, text) => page.locator(selector).fill(text),
    screenshot: () => page.screenshot(),
    isClosed: async () => page.isClosed(),
    close: () => page.close(),
  });
}
