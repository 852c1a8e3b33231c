import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { connect } from "mcp-rivulet";
import { chromium } from "playwright-core";
import { expect, it } from "vitest";
import { startServer } from "../../demo/server.mjs";
import { root } from "../package/bundle.ts";
import { extractBlocks } from "../package/readme-blocks.ts";
import { chromiumArgs, findChromium } from "../support/chromium.mjs";
import { tool } from "../support/tools.mjs";

it("a client and its calls work from the state of Vue, which makes proxies of objects", async () => {
  const { ref, reactive, isReactive } = createRequire(import.meta.url)(await tool("reactivity"));
  const server = await startServer();
  try {
    const client = ref(await connect(server.url));
    const state = reactive({ call: client.value.callTool("echo", { message: "Hello" }), tools: undefined });
    expect((await state.call).text).toBe("Hello");
    state.call = client.value.callTool("slow", { ms: 60_000 });
    state.call.cancel();
    await expect(state.call).rejects.toMatchObject({ name: "AbortError" });
    state.tools = client.value.listTools();
    expect(await state.tools).not.toEqual([]);
    expect(isReactive(state), "the check").toBe(true);
    await client.value.close();
  } finally {
    await server.close();
  }
});

/** The recipe as it stands there, on a page in strict mode. */
async function reactPage(server: string): Promise<string> {
  const [block] = extractBlocks(readFileSync(join(root, "docs/recipes/react.md"), "utf8"));
  const modules = dirname(dirname(await tool("react")));
  const app = `${block?.code}
    import { StrictMode } from "react";
    import { createRoot } from "react-dom/client";
    function Book() {
      const { client, question } = useMcp(${JSON.stringify(server)});
      const [text, setText] = useState("");
      const book = async () => setText((await client.callTool("book_visit")).text);
      return <section>
        <button id="book" disabled={!client} onClick={book}>Book</button><output>{text}</output>
        {question && <Ask question={question} />}
      </section>;
    }
    const root = createRoot(document.getElementById("root"));
    const chat = <Chat url=${JSON.stringify(server)} />;
    root.render(<StrictMode>{chat}<Book /></StrictMode>);
    globalThis.unmount = () => root.unmount();`;
  const { outputFiles } = await build({
    stdin: { contents: app, resolveDir: root, loader: "tsx" },
    bundle: true,
    format: "iife",
    jsx: "automatic",
    alias: { "mcp-rivulet": join(root, "src/index.ts") },
    nodePaths: [modules],
    define: { "process.env.NODE_ENV": '"development"' },
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

it("the recipe for React streams, stops, asks and leaves nothing behind, in strict mode", async ({
  skip,
}) => {
  const executablePath = findChromium();
  skip(!executablePath, "Chromium is not installed");
  const server = await startServer({ chat: {} });
  const script = await reactPage(`${server.url}/mcp`);
  const site = createServer((req, res) => {
    const isScript = req.url === "/app.js";
    res.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    res.end(isScript ? script : '<!doctype html><div id="root"></div><script src="/app.js"></script>');
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);

    await page.getByLabel("Prompt").fill("Does it stream?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("This is the built-in", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
    expect(await page.locator("main p").textContent()).not.toContain("OPENAI_MODEL) set.");
    expect(await page.getByRole("alert").count(), "to stop is no failure").toBe(0);

    await page.locator("#book:enabled").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("name").fill("Ada");
    await dialog.getByRole("button", { name: "Send" }).click();
    await page.locator("output", { hasText: "Booked for Ada: 2." }).waitFor();
    await page.locator("#book").click();
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await page.locator("output", { hasText: "Nothing is booked." }).waitFor();

    await page.getByLabel("Prompt").fill("Does it end with the page?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("This is the built-in", { exact: false }).waitFor();
    const cancelled = page.waitForEvent("requestfailed");
    await page.evaluate("unmount()");
    await cancelled;
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
    site.closeAllConnections();
    site.close();
  }
});
