import { chromium, type Page } from "playwright-core";
import { type Browser, Tab, watch } from "./browser.ts";
import { chromiumArgs } from "./chromium.mjs";

export async function openPlaywright(executablePath: string): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  return {
    engine: "chromium",
    async newPerson() {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      context.setDefaultTimeout(15_000);
      await context.addInitScript(watch);
      return {
        newTab: async () => tabOf(await context.newPage()),
        nextPopup: async () => tabOf(await context.waitForEvent("page")),
        countTabs: async () => context.pages().length,
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}

export function tabOf(page: Page): Tab {
  return new Tab({
    goto: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    evaluate: (expression) => page.evaluate(expression),
    click: (selector) => page.click(selector),
    fill: (selector, text) => page.fill(selector, text),
    screenshot: () => page.screenshot(),
    isClosed: async () => page.isClosed(),
    close: () => page.close(),
  });
}
