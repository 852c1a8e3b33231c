// One small interface to the three engines, as much of them as the tests of pages need.
import { setTimeout as sleep } from "node:timers/promises";
import { type Engine, findBrowser } from "./find-browser.mjs";
import { openPlaywright } from "./playwright.ts";
import { openPuppeteer } from "./puppeteer.ts";
import { openWebDriver } from "./web-driver.ts";

export { type Engine, engineNames, findBrowser } from "./find-browser.mjs";

/** A running browser with an empty profile. */
export interface Browser {
  readonly engine: Engine;
  /** A person with storage of their own. */
  newPerson(): Promise<Person>;
  /** Ends the process. */
  close(): Promise<void>;
}

export interface Person {
  newTab(): Promise<Tab>;
  /** The next window that a page opens. */
  nextPopup(): Promise<Tab>;
  /** How many tabs and windows there are. */
  countTabs(): Promise<number>;
  close(): Promise<void>;
}

/** What an engine's driver gives. */
export interface Driver {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Evaluates an expression whose value is a promise of a string. */
  evaluate(expression: string): Promise<string>;
  /** A click as a person's, which may open windows. */
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  /** A PNG of what is in view. */
  screenshot(): Promise<Uint8Array>;
  isClosed(): Promise<boolean>;
  close(): Promise<void>;
}

/** How long a page may take to become what a test waits for. */
const PATIENCE_MS = 15_000;

/** A page. Functions that are evaluated run there: of the test they see their argument and nothing else. */
export class Tab {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  goto(url: string): Promise<void> {
    return this.#driver.goto(url);
  }

  reload(): Promise<void> {
    return this.#driver.reload();
  }

  /** What the function returns in the page; what it throws is thrown here, by its text. */
  async evaluate<T>(run: () => T | Promise<T>): Promise<T>;
  async evaluate<T, A>(run: (argument: A) => T | Promise<T>, argument: A): Promise<T>;
  async evaluate<T, A>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T> {
    const text = JSON.stringify(argument) ?? "undefined";
    const settled = await this.#driver.evaluate(
      `(async () => { try { return JSON.stringify({ value: await (${run})(${text}) }); } ` +
        "catch (error) { return JSON.stringify({ error: String(error) }); } })()",
    );
    const { value, error } = JSON.parse(settled) as { value: T; error?: string };
    if (error !== undefined) throw new Error(`In the page: ${error}`);
    return value;
  }

  /** Waits until the function returns something true, on whatever page this is by then. */
  async until<A>(test: (argument: A) => unknown, argument?: A): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    let failure: unknown;
    while (Date.now() < deadline) {
      try {
        if (await this.evaluate(test as (argument: unknown) => unknown, argument as unknown)) return;
        failure = undefined;
      } catch (error) {
        // Evaluated while the page went away.
        failure = error;
      }
      await sleep(20);
    }
    throw new Error(`The page never became what was waited for: ${test} of ${JSON.stringify(argument)}`, {
      cause: failure,
    });
  }

  has(selector: string): Promise<boolean> {
    return this.evaluate((selector) => document.querySelector(selector) !== null, selector);
  }

  waitFor(selector: string): Promise<void> {
    return this.until((selector) => document.querySelector(selector), selector);
  }

  /** Waits until some element that the selector names has exactly this text. */
  waitForText(selector: string, text: string): Promise<void> {
    return this.until(
      ({ selector, text }) =>
        [...document.querySelectorAll(selector)].some((element) => element.textContent?.trim() === text),
      { selector, text },
    );
  }

  async waitForUrl(url: string): Promise<void> {
    await this.until((url) => location.href === url && document.readyState === "complete", url);
  }

  async click(selector: string): Promise<void> {
    await this.waitFor(selector);
    await this.#driver.click(selector);
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.waitFor(selector);
    await this.#driver.fill(selector, text);
  }

  /** What the page noted that should not have happened: see `watch`. Fails where nobody watched. */
  complaints(): Promise<string[]> {
    return this.evaluate(() => (window as unknown as { complaints: string[] }).complaints.slice());
  }

  /** What is in view, once it shows what the page is now. */
  async screenshot(): Promise<Uint8Array> {
    await this.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
    );
    return this.#driver.screenshot();
  }

  async untilClosed(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await this.#driver.isClosed())) {
      if (Date.now() > deadline) throw new Error("The window was not closed");
      await sleep(20);
    }
  }

  close(): Promise<void> {
    return this.#driver.close();
  }
}

/** Starts a browser of this engine. */
export function openBrowser(engine: Engine): Promise<Browser> {
  const program = findBrowser(engine);
  if (!program) throw new Error(`${engine} is not installed`);
  const open = { chromium: openPlaywright, firefox: openPuppeteer, webkit: openWebDriver }[engine];
  return open(program);
}

/**
 * The first script of every page: keeps in `complaints` what went wrong unasked. Chromium and Firefox run it by
 * themselves before anything else; for WebKit a page has to name it.
 */
export const watch = `(() => {
  if (window.complaints) return;
  const complaints = (window.complaints = []);
  for (const level of ["error", "warn"]) {
    const original = console[level];
    console[level] = (...values) => { complaints.push("console." + level + ": " + values.join(" ")); original.apply(console, values); };
  }
  addEventListener("error", ({ message, target }) => complaints.push("error: " + (message ?? target.src ?? target.href)), true);
  addEventListener("unhandledrejection", ({ reason }) => complaints.push("unhandledrejection: " + reason));
  addEventListener("securitypolicyviolation", (event) => complaints.push(
    "policy: " + event.effectiveDirective + " " + event.blockedURI + " " + event.sourceFile + ":" + event.lineNumber));
})();`;
