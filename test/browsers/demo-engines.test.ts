// The demo page in every engine: what demo.test.ts tries in one of them at length, here in short.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundlePage } from "../../demo/bundle.mjs";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { type Browser, engineNames, findBrowser, openBrowser, type Person } from "../support/browser.ts";
import { type GatedChat, startGatedChat } from "./gated-chat.ts";
import { startWatched } from "./watched.ts";

let chat: GatedChat;
let server: DemoServer;
let watched: Awaited<ReturnType<typeof startWatched>>;

beforeAll(async () => {
  await bundlePage();
  chat = await startGatedChat();
  server = await startServer({ chat: { baseUrl: chat.baseUrl } });
  watched = await startWatched(server.url);
});
afterAll(async () => {
  await watched?.close();
  await server?.close();
  await chat?.close();
});

describe.each(engineNames)("in %s, the demo page", (engine) => {
  const installed = findBrowser(engine);
  let browser: Browser;
  let person: Person;

  beforeAll(async () => {
    if (installed) browser = await openBrowser(engine);
  });
  beforeEach(async ({ skip }) => {
    skip(!installed, `${engine} is not installed`);
    person = await browser.newPerson();
  });
  afterEach(() => person?.close());
  afterAll(() => browser?.close());

  it.each([
    ["the script tag", "/"],
    ["a bundler", "/page/bundled.html"],
  ])("from %s connects, streams and stops, without a complaint", async (_name, path) => {
    const tab = await person.newTab();
    const answer = ".message.assistant:last-of-type p";
    const spoken = ".visually-hidden[role=status]";
    const ask = async (prompt: string) => {
      const asked = chat.next();
      await tab.fill("#chat textarea", prompt);
      await tab.click("#chat form button");
      return asked;
    };

    await tab.goto(watched.origin + path);
    await tab.until(() => document.querySelector(".status")?.textContent?.includes("ready · 2026-07-28"));
    const first = await ask("Hello?");
    first.say("One");
    await tab.waitForText(answer, "One");
    first.say(" two");
    await tab.waitForText(answer, "One two");
    first.end();
    await tab.waitForText(spoken, "Answer: One two");

    const second = await ask("And now?");
    second.say("Three");
    await tab.waitForText(answer, "Three");
    await tab.click("#chat form button");
    expect(await second.closed).toBe("aborted");
    await tab.waitForText(spoken, "Stopped.");
    expect(await tab.complaints()).toEqual([]);
  });

  it("takes up a long task again when it is loaded anew", async () => {
    const tab = await person.newTab();
    const card = '#progress [aria-label="Long task"]';
    await tab.goto(`${watched.origin}/#progress`);
    await tab.until(() => document.querySelector(".status")?.textContent?.includes("ready · 2026-07-28"));
    await tab.fill(`${card} input`, "100");
    await tab.click(`${card} form button`);
    await tab.waitForText(`${card} .task-status`, "working");
    const taskId = () => tab.evaluate((card) => document.querySelector(`${card} dd`)?.textContent, card);
    const before = await taskId();
    await tab.reload();
    await tab.waitForText(`${card} .task-status`, "completed");
    await tab.waitForText(`${card} .note`, "Done.");
    expect(await taskId()).toBe(before);
    expect(await tab.complaints()).toEqual([]);
  });
});
