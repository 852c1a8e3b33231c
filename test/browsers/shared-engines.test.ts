// One client for all tabs, in each engine. What is beyond that is tried in Chromium: shared.test.ts.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatedServer, startGated } from "../servers/gated.ts";
import {
  type Browser,
  engineNames,
  findBrowser,
  openBrowser,
  type Person,
  type Tab,
} from "../support/browser.ts";
import { type Site, startSite } from "./shared-site.ts";

interface Win {
  start(path: string): Promise<unknown>;
  call(name: string, args?: object): Promise<object>;
  outcome?: object;
}
declare const window: Win;

describe.each(engineNames)("in %s", (engine) => {
  const installed = findBrowser(engine);
  let browser: Browser;
  let person: Person;
  let server: GatedServer;
  let site: Site;

  beforeAll(async () => {
    if (installed) browser = await openBrowser(engine);
  });
  beforeEach(async ({ skip }) => {
    skip(!installed, `${engine} is not installed`);
    server = await startGated("2024-11-05");
    site = await startSite(server.origin);
    person = await browser.newPerson();
  });
  afterEach(async () => {
    await person?.close();
    await site?.close();
    await server?.close();
  });
  afterAll(() => browser?.close());

  async function tabs(count: number): Promise<Tab[]> {
    const tabs: Tab[] = [];
    for (let i = 0; i < count; i++) {
      const tab = await person.newTab();
      await tab.goto(site.url);
      await tab.evaluate(async () => void (await window.start("/sse")));
      tabs.push(tab);
    }
    return tabs;
  }

  /** Starts a call. A driver may have only one promise to wait for at a time. */
  const begin = (tab: Tab, name: string, args: object): Promise<void> =>
    tab.evaluate(
      ({ name, args }) => {
        window.outcome = undefined;
        window.call(name, args).then((outcome) => {
          window.outcome = outcome;
        });
      },
      { name, args },
    );

  async function outcomes(tabs: readonly Tab[]): Promise<unknown[]> {
    const all: unknown[] = [];
    for (const tab of tabs) {
      await tab.until(() => window.outcome);
      all.push(await tab.evaluate(() => window.outcome));
    }
    return all;
  }

  const sessions = () => server.requests.filter(({ http }) => http === "GET").length;

  it("ten tabs on one HTTP+SSE session over HTTP/1.1 all call at once", async () => {
    const all = await tabs(10);
    for (const [i, tab] of all.entries()) await begin(tab, "gated", { i });
    const calls = [];
    for (const _ of all) calls.push(await server.nextCall());
    for (const call of calls) call.finish(`for ${call.arguments.i}`);
    expect(await outcomes(all)).toEqual(all.map((_, i) => ({ value: `for ${i}` })));
    expect(sessions()).toBe(1);
  });

  it("the tab that leads is closed: what it sent is settled, the rest goes on", async () => {
    const [lead, ...rest] = (await tabs(3)) as [Tab, Tab, Tab];
    for (const tab of rest) await begin(tab, "gated", {});
    for (const _ of rest) await server.nextCall();
    await lead.close();
    for (const outcome of await outcomes(rest)) expect(outcome).toMatchObject({ code: "connection_lost" });
    for (const tab of rest) await begin(tab, "echo", { message: "still" });
    for (const outcome of await outcomes(rest)) expect(outcome).toEqual({ value: "still" });
    expect(sessions()).toBe(2);
  });

  it("calls that wait for a session outlive the tab that was opening it, and run once", async () => {
    const [lead, ...rest] = (await tabs(3)) as [Tab, Tab, Tab];
    const held = site.hold();
    await server.forgetSessions();
    await held.kept;
    for (const [i, tab] of rest.entries()) await begin(tab, "echo", { message: `${i}` });
    await lead.close();
    held.release();
    expect(await outcomes(rest)).toEqual(rest.map((_, i) => ({ value: `${i}` })));
    expect(server.requests.filter(({ method }) => method === "tools/call")).toHaveLength(2);
  });
});
