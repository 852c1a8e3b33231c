import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../servers/child.ts";
import { type Browser, type Driver, type Person, Tab } from "./browser.ts";

/** What an element is called in an answer. https://www.w3.org/TR/webdriver2/#elements */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

type Command = <T = unknown>(method: string, path: string, body?: object) => Promise<T>;

/** WebKit, over the WebDriver protocol of its GTK port, on a display that nobody sees. */
export async function openWebDriver(program: string): Promise<Browser> {
  const home = await mkdtemp(join(tmpdir(), "webkit-"));
  const processes: ChildProcess[] = [];
  const kill = () => {
    for (const child of processes) child.kill("SIGKILL");
  };
  process.once("exit", kill);
  const start = (command: string, args: readonly string[], env = process.env): ChildProcess => {
    const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "ignore", "pipe"] });
    processes.push(child);
    return child;
  };

  // It picks a free display and says which.
  const display = start("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]);
  const number = await firstLine(display);
  /** A driver of its own, and how to talk to it. */
  const drive = async (): Promise<{ driver: ChildProcess; command: Command }> => {
    const port = await freePort();
    const driver = start(program, [`--port=${port}`, "--host=127.0.0.1"], {
      PATH: process.env.PATH,
      DISPLAY: `:${number}`,
      // Nothing of whoever runs the tests, and nothing left to them.
      HOME: home,
      XDG_RUNTIME_DIR: home,
      GDK_BACKEND: "x11",
      NO_AT_BRIDGE: "1",
    });
    const command: Command = async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(method === "POST" && { body: JSON.stringify(body ?? {}) }),
        // On a busy machine a browser now and then does not start, and the driver waits for it for ever.
        ...(path === "/session" && { signal: AbortSignal.timeout(20_000) }),
      });
      const { value } = (await response.json()) as { value: never };
      if (!response.ok) throw new WebDriverError(method, path, value);
      return value;
    };
    await until(() => command("GET", "/status"));
    return { driver, command };
  };
  let { driver, command } = await drive();

  const people = new Set<Person>();
  return {
    engine: "webkit",
    async newPerson() {
      const open = () => openSession(command, () => people.delete(person));
      const person: Person = await open().catch(async (error: Error) => {
        if (error.name !== "TimeoutError" || people.size > 0) throw error;
        driver.kill("SIGKILL");
        ({ driver, command } = await drive());
        return open();
      });
      people.add(person);
      return person;
    },
    async close() {
      for (const person of people) await person.close();
      process.removeListener("exit", kill);
      await Promise.all(processes.reverse().map(end));
      await rm(home, { recursive: true, force: true });
    },
  };
}

class WebDriverError extends Error {
  readonly code: string;
  constructor(method: string, path: string, { error, message }: { error: string; message: string }) {
    super(`${method} ${path.replace(/\/session\/[^/]+/, "")}: ${error}: ${message}`);
    this.code = error;
  }
}

/** A session is a browser of its own, with nothing stored. */
async function openSession(command: Command, ended: () => void): Promise<Person> {
  const { sessionId } = await command<{ sessionId: string }>("POST", "/session", { capabilities: {} });
  const session = `/session/${sessionId}`;
  await command("POST", `${session}/timeouts`, { script: 60_000, pageLoad: 30_000 });
  await command("POST", `${session}/window/rect`, { width: 1280, height: 900 });
  let current = await command<string>("GET", `${session}/window`);
  const handles = () => command<string[]>("GET", `${session}/window/handles`);
  const known = new Set([current]);
  let first: string | undefined = current;

  /** Commands go to the window that was switched to last, so one at a time. */
  let last: Promise<unknown> = Promise.resolve();
  function inWindow<T>(handle: string, run: () => Promise<T>): Promise<T> {
    const next = last.then(async () => {
      if (current !== handle) await command("POST", `${session}/window`, { handle });
      current = handle;
      return run();
    });
    last = next.catch(() => {});
    return next;
  }

  function tabOf(handle: string): Tab {
    let count = 0;
    const send: Command = (method, path, body) =>
      inWindow(handle, () => command(method, session + path, body));
    const find = async (selector: string) => {
      const body = { using: "css selector", value: selector };
      return `/element/${(await send<{ [ELEMENT]: string }>("POST", "/element", body))[ELEMENT]}`;
    };
    const driver: Driver = {
      goto: async (url) => void (await send("POST", "/url", { url })),
      reload: async () => void (await send("POST", "/refresh")),
      // What takes long must not hold up other commands, so it is started and then asked about.
      async evaluate(expression) {
        const slot = `evaluated${count++}`;
        const ask = (script: string) => send<string | null>("POST", "/execute/sync", { script, args: [] });
        // In a task of the page: called by the driver, WebKit runs microtasks in the middle of a function.
        let value = await ask(
          `const slot = (window.${slot} = {});` +
            `const done = new Promise((resolve) => setTimeout(resolve)).then(() => ${expression}).then((value) => { slot.value = value; });` +
            `return Promise.race([done, new Promise((resolve) => setTimeout(resolve, 20))]).then(() => slot.value ?? null);`,
        );
        while (value === null) {
          await sleep(20);
          value = await ask(
            `if (!window.${slot}) throw new Error("The page went away"); return window.${slot}.value ?? null;`,
          );
        }
        return value;
      },
      click: async (selector) => void (await send("POST", `${await find(selector)}/click`)),
      async fill(selector, text) {
        const element = await find(selector);
        await send("POST", `${element}/clear`);
        await send("POST", `${element}/value`, { text });
      },
      screenshot: async () => Buffer.from(await send<string>("GET", "/screenshot"), "base64"),
      isClosed: async () => !(await handles()).includes(handle),
      close: async () => void (await send("DELETE", "/window")),
    };
    return new Tab(driver);
  }

  return {
    async newTab() {
      // A browser starts with one.
      let handle = first;
      first = undefined;
      if (handle === undefined) {
        ({ handle } = await command<{ handle: string }>("POST", `${session}/window/new`, { type: "tab" }));
        known.add(handle);
      }
      return tabOf(handle);
    },
    async nextPopup() {
      const handle = await until(async () => (await handles()).find((handle) => !known.has(handle)));
      known.add(handle);
      return tabOf(handle);
    },
    countTabs: async () => (await handles()).length,
    async close() {
      await last;
      await command("DELETE", session);
      ended();
    },
  };
}

async function until<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await attempt().catch((error) => {
      if (Date.now() > deadline) throw error;
      return undefined;
    });
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error("It never happened");
    await sleep(20);
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${child.spawnfile} ended at once`)));
    (child.stdio[3] as Readable).once("data", (data: Buffer) => resolve(data.toString().trim()));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const patience = setTimeout(() => child.kill("SIGKILL"), 3000);
  await exited;
  clearTimeout(patience);
}
