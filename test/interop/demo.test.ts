import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { startServer } from "../../demo/server.mjs";
import { showCalls } from "../../demo/show-calls.mjs";

it("the demo prints what its page in docs says", async () => {
  const page = readFileSync(new URL("../../docs/demo.md", import.meta.url), "utf8");
  const promised = /```text\n(.*?)```/s.exec(page)?.[1] ?? "";
  let printed = "";
  vi.spyOn(console, "log").mockImplementation((line) => {
    printed += `${line}\n`;
  });
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
  const server = await startServer();
  try {
    expect(await showCalls(server.url)).toBe(0);
  } finally {
    await server.close();
    vi.restoreAllMocks();
  }
  // What the page leaves out is an ellipsis.
  const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = promised.trim().replaceAll("http://127.0.0.1:8000", server.url).split("\n");
  // That the parts and the text are read in a loop is written with one too.
  const pattern = lines.map((line) => literally(line).replaceAll(/^( +)…$| …$/gm, "$1.*")).join("\n");
  expect(printed.trim()).toMatch(new RegExp(`^${pattern}$`, "s"));
});
