import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { connect } from "mcp-rivulet";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundlePage } from "../../demo/bundle.mjs";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { startEverything } from "../servers/everything.ts";
import { type HttpListener, listen, refuse, type TestServer } from "../servers/http.ts";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { type GatedChat, startGatedChat } from "./gated-chat.ts";
import { cors } from "./pages.ts";

const executablePath = findChromium();
const globalScript = fileURLToPath(new URL("../../dist/mcp-rivulet.global.js", import.meta.url));
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src *; img-src 'self' data:; " +
  "require-trusted-types-for 'script'";
const builds = [
  ["the script tag", "/"],
  ["a bundler", "/page/bundled.html"],
] as const;

let browser: Browser;
let server: DemoServer;
let chat: GatedChat;

/** What the page must be without: console errors, uncaught exceptions, violations of its policy. */
let complaints: string[] = [];

beforeAll(async () => {
  if (!executablePath) return;
  if (!existsSync(globalScript)) throw new Error("dist is missing: run `npm run build` first");
  await bundlePage();
  chat = await startGatedChat();
  server = await startServer({ chat: { baseUrl: chat.baseUrl } });
  browser = await chromium.launch({ executablePath, args: chromiumArgs });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await chat?.close();
});

beforeEach(({ skip }) => {
  skip(!executablePath, "Chromium is not installed");
  complaints = [];
});

afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
});

interface Look {
  readonly path?: string;
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly axe?: boolean;
}

async function open({ path = "/", width = 1280, colorScheme = "light", axe = false }: Look = {}) {
  // The accessibility check changes the page in ways the policy forbids; everything else runs under it.
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme,
    bypassCSP: axe,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.exposeFunction("complain", (what: string) => complaints.push(what));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      (globalThis as unknown as { complain(what: string): void }).complain(
        `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
      );
    });
  });
  if (axe) await page.addInitScript({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
  const response = await page.goto(server.url + path);
  expect(response?.headers()["content-security-policy"]).toBe(policy);
  await status(page, "ready · 2026-07-28");
  return page;
}

const status = (page: Page, text: string) => page.locator(".status", { hasText: text }).waitFor();
const view = (page: Page, name: string) => page.getByRole("link", { name, exact: true }).click();
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const lastAnswer = (page: Page) => page.locator(".message.assistant p").last();
const announced = (page: Page, text: string) =>
  page.locator(".visually-hidden[role=status]", { hasText: text }).waitFor({ state: "attached" });

async function ask(page: Page, prompt: string) {
  const asked = chat.next();
  await page.locator("#chat textarea").fill(prompt);
  await press(page, "Send");
  return asked;
}

describe.each(builds)("the demo page from %s", (_name, path) => {
  it("shows each token of a chat before the answer is complete", async () => {
    const page = await open({ path });
    const completion = await ask(page, "Hello?");
    completion.say("One");
    await lastAnswer(page).getByText("One", { exact: true }).waitFor();
    completion.say(" two");
    await lastAnswer(page).getByText("One two", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(1);
    completion.say(" three");
    completion.end();
    await announced(page, "Answer: One two three");
    expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("stops a chat at the server, keeps what came, and answers the next", async () => {
    const page = await open({ path });
    const completion = await ask(page, "Hello?");
    completion.say("One");
    await lastAnswer(page).getByText("One", { exact: true }).waitFor();
    await press(page, "Stop");
    await announced(page, "Stopped.");
    expect(await completion.closed).toBe("aborted");
    expect(await lastAnswer(page).textContent()).toBe("One");

    const next = await ask(page, "And now?");
    next.say("Two");
    next.end();
    await announced(page, "Answer: Two");
    expect(complaints).toEqual([]);
  });

  it("streams on every revision that the picker offers", async () => {
    const page = await open({ path });
    const picker = page.getByRole("combobox", { name: "Server" });
    for (const revision of ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2026-07-28"]) {
      const option = page.locator("option", { hasText: `This server, ${revision}` });
      await picker.selectOption((await option.textContent()) ?? "");
      await press(page, "Connect");
      await status(page, `ready · ${revision}`);
      const completion = await ask(page, revision);
      completion.say(`It is ${revision}`);
      await lastAnswer(page).getByText(`It is ${revision}`).waitFor();
      completion.say(".");
      completion.end();
      await announced(page, `Answer: It is ${revision}.`);
    }
    expect(complaints).toEqual([]);
  });

  it("searches, generates, processes and calls any tool, with every message in the inspector", async () => {
    const page = await open({ path });
    await view(page, "Search");
    await page.getByLabel("Words to look for").fill("truth");
    await press(page, "Search");
    await announced(page, "1 hit.");
    expect(await page.locator(".hit strong").allTextContents()).toEqual(["Pride and Prejudice"]);

    await view(page, "Progress");
    await page.getByLabel("How many").fill("3");
    await press(page, "Generate");
    await announced(page, "3 numbers.");
    await page.getByLabel("Items, one a line").fill("a\nb");
    await press(page, "Process");
    await announced(page, "2 items.");

    await view(page, "Tools");
    const echo = page.locator(".tool", { has: page.locator("summary", { hasText: /^echo$/ }) });
    await echo.locator("summary").click();
    await echo.getByLabel("message").fill("<img src=x onerror=alert(1)>");
    await echo.getByRole("button", { name: "Call" }).click();
    await announced(page, "echo is done.");
    expect(await echo.locator(".events").textContent()).toContain("<img src=x onerror=alert(1)>");

    const groups = page.locator(".group > summary");
    expect(await groups.locator(".name").allTextContents()).toEqual([
      "tools/call echo",
      "tools/call process",
      "tools/call generate_numbers",
      "tools/call search",
      "subscriptions/listen",
      "tools/list",
      "server/discover",
    ]);
    const states = ["ok", "ok", "ok", "ok", "open", "ok", "ok"];
    expect(await groups.locator(".state").allTextContents()).toEqual(states);
    await groups.nth(2).click();
    const rows = page.locator(".messages code");
    const progress = "notifications/progress";
    await rows.last().waitFor();
    expect(await rows.allTextContents()).toEqual(["tools/call", progress, progress, progress, "result"]);
    expect(complaints).toEqual([]);
  });
});

describe.each(builds)("a long task of the page from %s", (_name, path) => {
  const card = (page: Page) => page.getByRole("region", { name: "Long task" });
  const fact = (page: Page, name: string) => card(page).locator(`dt:text-is("${name}") + dd`);
  async function begin(page: Page, pauseMs: number): Promise<string> {
    await view(page, "Progress");
    await card(page).getByLabel("Pause in ms").fill(String(pauseMs));
    await card(page).getByRole("button", { name: "Start" }).click();
    await fact(page, "Status").getByText("working").waitFor();
    return (await fact(page, "Task").textContent()) ?? "";
  }

  it("goes on while the page is loaded anew, which takes it up again", async () => {
    const page = await open({ path });
    const taskId = await begin(page, 100);
    await card(page)
      .getByText(/^\d+ of 18$/)
      .waitFor();
    await page.reload();
    await card(page).getByText("18 books, ").waitFor();
    expect(await fact(page, "Task").textContent()).toBe(taskId);
    expect(await fact(page, "Status").textContent()).toBe("completed");
    expect(await card(page).getByText("Done.").isVisible()).toBe(true);
    const calls = await page.locator(".group > summary .name").allTextContents();
    expect(calls).toContain("tasks/get");
    expect(calls).not.toContain("tools/call take_stock");

    await page.reload();
    await status(page, "ready · 2026-07-28");
    expect(await fact(page, "Task").textContent(), "what is over is not taken up").toBe("none");
    expect(complaints).toEqual([]);
  });

  it("is cancelled at the server with the button", async () => {
    const page = await open({ path });
    const taskId = await begin(page, 60_000);
    await card(page).getByRole("button", { name: "Stop" }).click();
    await announced(page, "Stopped.");
    expect(await fact(page, "Status").textContent()).toBe("cancelled");
    await using other = await connect(`${server.url}/mcp`);
    await expect.poll(async () => (await other.request("tasks/get", { taskId })).status).toBe("cancelled");
    expect(complaints).toEqual([]);
  });
});

it("a long task is a request with progress for servers without tasks", async () => {
  const page = await open();
  const option = page.locator("option", { hasText: "This server, 2025-11-25" });
  await page.getByRole("combobox", { name: "Server" }).selectOption((await option.textContent()) ?? "");
  await press(page, "Connect");
  await status(page, "ready · 2025-11-25");
  await view(page, "Progress");
  await page.getByLabel("Pause in ms a book").fill("0");
  await press(page, "Start");
  await page.getByText("18 books, ").waitFor();
  expect(await page.getByText("18 of 18").isVisible()).toBe(true);
  expect(complaints).toEqual([]);
});

describe("a server that is not as it should be", () => {
  const goTo = async (page: Page, url: string) => {
    await page.getByRole("combobox", { name: "Server" }).selectOption("other");
    await page.getByRole("textbox", { name: "URL" }).fill(url);
    await press(page, "Connect");
  };
  const told = (page: Page, text: string) => page.getByRole("alert").filter({ hasText: text }).waitFor();
  let other: HttpListener | undefined;
  afterEach(async () => other?.close());

  it("has its address completed, and what can be done is said when nothing is there", async () => {
    other = await listen((_req, res) => refuse(res, 404, -32000, "Not found"), cors());
    const page = await open({ width: 375 });
    await goTo(page, other.origin.slice("http://".length));
    expect(await page.getByRole("textbox", { name: "URL" }).inputValue()).toBe(other.origin);
    await told(page, "Nothing there speaks MCP.");
    await view(page, "Wire");
    expect(await page.locator(".group .state").allTextContents()).not.toContain("pending");
  });

  it("says where a token goes when it wants one", async () => {
    const allowed = cors();
    other = await listen(
      () => {},
      (req, res) => allowed(req, res) || !!res.writeHead(401, { "www-authenticate": "Bearer" }).end(),
    );
    const page = await open({ width: 375 });
    await goTo(page, `${other.origin}/mcp`);
    await told(page, "give a token that this server takes.");
    await page.getByLabel("Bearer token").fill("naïve €");
    await press(page, "Connect");
    await told(page, "[connect_failed]");
  });

  it.each([320, 1280])("keeps within its column at %i px, however long its words are", async (width) => {
    const word = "word".repeat(200);
    const properties = { [word]: { description: word }, pick: { enum: [word] } };
    const tool = { name: "say", title: word, description: word, inputSchema: { type: "object", properties } };
    const results: { readonly [method: string]: object } = {
      initialize: {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: word, version: word },
      },
      "tools/list": { tools: [tool] },
      "tools/call": { content: [{ type: "text", text: word }] },
    };
    other = await listen((_req, res, body) => {
      const { id, method = "" } = (body ?? {}) as { id?: number; method?: string };
      const result = results[method];
      if (!result) return refuse(res, id === undefined ? 202 : 400, -32601, "Not found");
      res.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    }, cors());
    const page = await open({ width });
    await goTo(page, `${other.origin}/mcp`);
    await status(page, "ready · 2025-06-18");
    await view(page, "Tools");
    await page.locator(".tool summary").click();
    await page.getByRole("button", { name: "Call" }).click();
    await page.locator(".tool .output").getByText(word).first().waitFor();
    const wide = await page.evaluate(() => {
      const room = document.querySelector(".tools")?.clientWidth ?? 0;
      return [...document.querySelectorAll(".tools *")]
        .filter((element) => element.getBoundingClientRect().width > room)
        .map(({ localName, className }) => `${localName}.${className}`);
    });
    expect(wide).toEqual([]);
    const { view: shown, room } = await page.evaluate(() => ({
      view: document.querySelector(".tools")?.getBoundingClientRect().right ?? 0,
      room: innerWidth,
    }));
    expect(shown).toBeLessThanOrEqual(room);
  });

  it("that dies leaves what was asked, to be asked again of another", async () => {
    const mortal = await startServer({ chat: { baseUrl: chat.baseUrl } });
    const page = await open({ width: 375 });
    await goTo(page, `${mortal.url}/mcp`);
    await page.locator("summary", { hasText: mortal.url }).waitFor();
    await status(page, "ready");
    const completion = await ask(page, "Are you there?");
    completion.say("I am");
    await lastAnswer(page).getByText("I am").waitFor();
    await mortal.close();
    await page.locator("#chat .note", { hasText: "Try again once the server can be reached." }).waitFor();
    expect(await page.locator("#chat textarea").inputValue()).toBe("Are you there?");

    await page.getByRole("combobox", { name: "Server" }).selectOption("0");
    await press(page, "Connect");
    await status(page, "ready · 2026-07-28");
    const again = chat.next();
    // With the keyboard alone: sent, and stopped.
    await page.locator("#chat textarea").press("Enter");
    (await again).say("So am I");
    await lastAnswer(page).getByText("So am I").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await announced(page, "Stopped.");
  });
});

describe("a list that changes while the page watches", () => {
  it.each(["2026-07-28", "2025-11-25", "2024-11-05"])("gains and loses a tool on %s", async (revision) => {
    const page = await open();
    const option = page.locator("option", { hasText: `This server, ${revision}` });
    await page.getByRole("combobox", { name: "Server" }).selectOption((await option.textContent()) ?? "");
    await press(page, "Connect");
    await status(page, `ready · ${revision}`);
    await view(page, "Tools");
    const tool = (name: string) =>
      page.locator(".tool", { has: page.locator("summary code", { hasText: new RegExp(`^${name}$`) }) });
    await tool("echo").locator("summary").click();
    await tool("echo").getByLabel("message").fill("kept");
    expect(await tool("guest").count()).toBe(0);

    // Somebody else changes it.
    await using other = await connect(`${server.url}/mcp`);
    await other.callTool("invite_guest");
    await tool("guest").getByText("new", { exact: true }).waitFor();
    await announced(page, "The server’s tools changed. New: guest.");
    expect(await page.locator(".badge:visible").count()).toBe(1);
    await tool("guest").locator("summary").click();
    await tool("guest").getByRole("button", { name: "Call" }).click();
    await tool("guest").getByText("I am just visiting.").first().waitFor();

    await other.callTool("invite_guest", { here: false });
    await tool("guest").waitFor({ state: "detached" });
    await announced(page, "The server’s tools changed. Gone: guest.");
    expect(await tool("echo").getByLabel("message").inputValue()).toBe("kept");
    expect(complaints).toEqual([]);
  });

  it("does not stop the call that changes it", async () => {
    const page = await open();
    await view(page, "Tools");
    const invite = page.locator(".tool", { hasText: "invite_guest" });
    await invite.locator("summary").first().click();
    await invite.getByRole("button", { name: "Call" }).click();
    await invite.getByText("The guest is here.").first().waitFor();
    await page.locator(".badge:visible").waitFor();
    await invite.getByLabel("here").setChecked(false);
    await invite.getByRole("button", { name: "Call" }).click();
    await invite.getByText("The guest has left.").first().waitFor();
    await page.locator(".badge:visible").waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });
});

describe("a server that asks back", () => {
  let everything: TestServer | undefined;
  afterEach(async () => everything?.close());

  it.each(["2026-07-28", "2025-11-25", "2024-11-05"])(
    "gets both from this server on %s",
    async (revision) => {
      const page = await open();
      const option = page.locator("option", { hasText: `This server, ${revision}` });
      await page.getByRole("combobox", { name: "Server" }).selectOption((await option.textContent()) ?? "");
      await press(page, "Connect");
      await status(page, `ready · ${revision}`);
      await view(page, "Tools");
      const dialog = page.getByRole("dialog");

      const book = page.locator(".tool", { hasText: "book_visit" });
      await book.locator("summary").first().click();
      await book.getByRole("button", { name: "Call" }).click();
      expect(await dialog.getByLabel("seats").inputValue(), "a default of the schema").toBe("2");
      await dialog.getByLabel("name").fill("Ada");
      await dialog.getByRole("button", { name: "Send" }).click();
      await book.getByText("Booked for Ada: 2.").first().waitFor();
      await book.getByRole("button", { name: "Call" }).click();
      await dialog.getByRole("button", { name: "Decline" }).click();
      await book.getByText("Nothing is booked.").first().waitFor();

      const title = page.locator(".tool", { hasText: "find_title" });
      await title.locator("summary").first().click();
      await title.getByLabel("text").fill("a river");
      await title.getByRole("button", { name: "Call" }).click();
      await dialog.getByText("A title for: a river").waitFor();
      await dialog.getByLabel("Answer").fill("Down the Rivulet");
      await dialog.getByRole("button", { name: "Send" }).click();
      await title.getByText("Down the Rivulet").first().waitFor();
      expect(complaints).toEqual([]);
    },
  );

  it("gets a form for elicitation and a confirmation for sampling, from another origin", async () => {
    everything = await startEverything("streamableHttp");
    const page = await open();
    await page.getByRole("combobox", { name: "Server" }).selectOption("other");
    await page.getByRole("textbox", { name: "URL" }).fill(everything.url);
    await page.getByRole("combobox", { name: "Revision" }).selectOption("2025-11-25");
    await press(page, "Connect");
    await status(page, "ready · 2025-11-25");
    await view(page, "Tools");
    const dialog = page.getByRole("dialog");

    const elicit = page.locator(".tool", { hasText: "trigger-elicitation-request" });
    await elicit.locator("summary").first().click();
    await elicit.getByRole("button", { name: "Call" }).click();
    await dialog.getByLabel("String", { exact: true }).fill("Ada");
    await dialog.getByRole("button", { name: "Send" }).click();
    await announced(page, "trigger-elicitation-request is done.");
    expect(await elicit.locator(".events").textContent()).toContain("Ada");

    const sample = page.locator(".tool", { hasText: "trigger-sampling-request" });
    await sample.locator("summary").first().click();
    await sample.getByLabel("prompt").fill("Say hi");
    await sample.getByRole("button", { name: "Call" }).click();
    await dialog.getByText("Say hi").waitFor();
    await dialog.getByLabel("Answer").fill("Hi from a person");
    await dialog.getByRole("button", { name: "Send" }).click();
    await announced(page, "trigger-sampling-request is done.");
    expect(await sample.locator(".events").textContent()).toContain("Hi from a person");
    expect(complaints).toEqual([]);
  });
});

describe("the accessibility check", () => {
  const looks = [375, 1280].flatMap((width) =>
    (["light", "dark"] as const).map((colorScheme) => ({ width, colorScheme })),
  );

  it.each(looks)("finds nothing serious at $width px, $colorScheme", async (look) => {
    const page = await open({ ...look, axe: true });
    const check = async () => {
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
        const { violations } = await axe.run();
        return violations.map(({ id, impact, nodes }) => ({
          id,
          impact,
          where: nodes.map(({ target }) => target.join(" ")).join(", "),
        }));
      });
      expect(found.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
    };

    const completion = await ask(page, "Hello?");
    completion.say("One");
    await lastAnswer(page).getByText("One").waitFor();
    await check();
    await press(page, "Stop");
    await announced(page, "Stopped.");
    await view(page, "Search");
    await press(page, "Search");
    await announced(page, "hits.");
    await check();
    await view(page, "Progress");
    await page.getByLabel("How many").fill("3");
    await press(page, "Generate");
    await announced(page, "3 numbers.");
    await page.getByLabel("Pause in ms a book").fill("10");
    await press(page, "Start");
    await announced(page, "Done.");
    await check();
    await view(page, "Tools");
    await using other = await connect(`${server.url}/mcp`);
    await other.callTool("invite_guest");
    await page.locator(".badge:visible").waitFor();
    for (const summary of await page.locator(".tool > summary").all()) await summary.click();
    await check();
    await other.callTool("invite_guest", { here: false });
    await page.locator(".badge:visible").waitFor({ state: "detached" });
    for (const [tool, label] of [
      ["book_visit", "Decline"],
      ["find_title", "Refuse"],
    ] as const) {
      const asking = page.locator(".tool", { hasText: tool });
      for (const field of await asking.getByLabel("text").all()) await field.fill("a river");
      await asking.getByRole("button", { name: "Call" }).click();
      await page.getByRole("dialog").getByRole("button", { name: label }).waitFor();
      await check();
      await page.getByRole("dialog").getByRole("button", { name: label }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    if (look.width < 1100) await view(page, "Wire");
    await page.locator(".group > summary").first().click();
    await page.locator(".message-row > summary").first().click();
    await check();
  });
});

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}
