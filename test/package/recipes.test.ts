import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect, parseEventStream } from "mcp-rivulet";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DemoServer, startServer } from "../../demo/server.mjs";
import { bundle, root } from "./bundle.ts";
import { extractBlocks } from "./readme-blocks.ts";

let server: DemoServer;
let client: Client;

beforeAll(async () => {
  server = await startServer({ chat: {} });
  client = await connect(`${server.url}/mcp`);
});

afterAll(async () => {
  await client?.close();
  await server?.close();
});

interface Recipes {
  chat: {
    chat(client: Client, prompt: string, show: (token: string) => void, stop?: AbortSignal): Promise<string>;
  };
  search: {
    createSearch(client: Client, show: (line: string) => void): (query: string) => Promise<readonly object[]>;
  };
  generation: {
    generate(
      client: Client,
      count: number,
      show: (fraction?: number, message?: string) => void,
    ): Promise<unknown>;
  };
  route: { answer(request: Request, server: string): Promise<Response> };
  pipeline: {
    pipeline(client: Client, items: readonly string[]): Promise<{ text?: string; error?: unknown }[]>;
  };
}

/** The code of a recipe, as it stands there. */
async function load<K extends keyof Recipes>(name: K): Promise<Recipes[K]> {
  const [block] = extractBlocks(readFileSync(join(root, `docs/recipes/${name}.md`), "utf8"));
  const { code } = await bundle(block?.code ?? "");
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`);
}

it("the recipe of a chat shows tokens, and stops when told to", async () => {
  const { chat } = await load("chat");
  const tokens: string[] = [];
  expect(await chat(client, "Does it stream?", (token) => tokens.push(token))).toBe("complete");
  expect(tokens.length).toBeGreaterThan(10);
  expect(tokens.join("")).toContain("a question of 3 words");

  const stop = new AbortController();
  expect(await chat(client, "Does it stop?", () => stop.abort(), stop.signal)).toBe("stopped");
});

it("the recipe of a search shows hits as they come, and gives up the search before", async () => {
  const { createSearch } = await load("search");
  const lines: string[] = [];
  const search = createSearch(client, (line) => lines.push(line));
  const abandoned = expect(search("a")).rejects.toMatchObject({ name: "AbortError" });
  const hits = await search("Ishmael");
  await abandoned;
  expect(hits.length).toBeGreaterThan(0);
  expect(lines.length).toBe(hits.length);
});

it("the recipe of generation shows progress, and resolves with the data", async () => {
  const { generate } = await load("generation");
  const fractions: (number | undefined)[] = [];
  expect(await generate(client, 4, (fraction) => fractions.push(fraction))).toEqual({
    numbers: [1, 2, 3, 4],
  });
  expect(fractions).toEqual([0.25, 0.5, 0.75, 1]);
});

it("the recipe of a pipeline carries each item through, whatever becomes of the others", async () => {
  const { pipeline } = await load("pipeline");
  const outcomes = await pipeline(client, ["one", "three"]);
  expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined]);
  expect(outcomes.map(({ text }) => text?.slice(0, 8))).toEqual(["one: 3 c", "three: 5"]);
});

it("the recipe of a route streams tokens on, and stops the tool when the page goes away", async () => {
  const { answer } = await load("route");
  const ask = (signal?: AbortSignal) => {
    const body = JSON.stringify({ prompt: "Does it stream?" });
    return answer(new Request("https://app.example.com/chat", { method: "POST", body, signal }), server.url);
  };
  const events = parseEventStream(await (await ask()).text());
  expect(events.length).toBeGreaterThan(10);
  expect(events.map(({ data }) => JSON.parse(data)).join("")).toContain("a question of 3 words");

  const page = new AbortController();
  const reader = (await ask(page.signal)).body?.getReader();
  await reader?.read();
  page.abort();
  await expect(
    (async () => {
      while (!(await reader?.read())?.done);
    })(),
  ).rejects.toMatchObject({ name: "AbortError" });
});
