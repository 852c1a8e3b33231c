import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { completable, McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import * as z from "zod";
import { answer, chatOptionsFromEnv } from "./lib/chat.mjs";
import { corpus, findBooks } from "./lib/corpus.mjs";
import { addLiveTools } from "./lib/live-tools.mjs";
import { addLongTask } from "./lib/long-task.mjs";
import { progress, stream, text } from "./lib/say.mjs";

/**
 * The demo's MCP server: the same tools, prompts and resources whatever revision it is served over.
 *
 * @param {object} [options]
 * @param {string[]} [options.protocolVersions] handshake revisions it agrees to
 * @param {import("./lib/chat.mjs").ChatOptions} [options.chat]
 * @param {import("./lib/guest.mjs").Guest} [options.guest] a tool that comes and goes; with it come those that ask
 * @param {import("./lib/long-task.mjs").Tasks} [options.tasks] where what takes long goes on by itself
 */
export function createDemoServer({ protocolVersions, chat = chatOptionsFromEnv(), guest, tasks } = {}) {
  const server = new McpServer(
    { name: "rivulet-demo", title: "Rivulet demo server", version: "1.0.0" },
    {
      capabilities: { logging: {}, ...tasks?.capabilities },
      instructions: "Call chat for streamed text, search for streamed hits, process for progress.",
      ...(protocolVersions && { supportedProtocolVersions: protocolVersions }),
    },
  );
  addTools(server, chat);
  addPrompts(server);
  addResources(server);
  if (guest) addLiveTools(server, guest);
  addLongTask(server, tasks);
  return server;
}

/**
 * @param {McpServer} server
 * @param {import("./lib/chat.mjs").ChatOptions} chat
 */
function addTools(server, chat) {
  server.registerTool(
    "echo",
    {
      description: "Returns the message",
      inputSchema: z.object({ message: z.string() }),
      annotations: { readOnlyHint: true },
    },
    async ({ message }) => text(message),
  );

  server.registerTool(
    "generate_numbers",
    {
      description: "Counts to a number, one progress notification each",
      inputSchema: z.object({
        count: z.int().min(1).max(10_000),
        delayMs: z.int().min(0).max(10_000).default(100),
      }),
    },
    async ({ count, delayMs }, ctx) => {
      const numbers = [];
      for (let n = 1; n <= count; n++) {
        await sleep(delayMs, undefined, { signal: ctx.mcpReq.signal });
        numbers.push(n);
        await progress(ctx, n, count, String(n));
      }
      return { ...text(numbers.join(" ")), structuredContent: { numbers } };
    },
  );

  server.registerTool(
    "chat",
    {
      description: "Answers a prompt, token by token",
      inputSchema: z.object({ prompt: z.string() }),
    },
    async ({ prompt }, ctx) => {
      let whole = "";
      for await (const token of answer(prompt, ctx.mcpReq.signal, chat)) {
        whole += token;
        await stream(ctx, "chat", token);
      }
      return text(whole);
    },
  );

  server.registerTool(
    "search",
    {
      description: "Searches opening lines of books; hits are sent as they are found",
      inputSchema: z.object({ query: z.string() }),
      outputSchema: z.object({
        query: z.string(),
        hits: z.array(z.object({ title: z.string(), author: z.string(), year: z.int(), text: z.string() })),
      }),
      annotations: { readOnlyHint: true },
    },
    async ({ query }, ctx) => {
      const hits = [];
      let whole = "";
      for (const { title, author, year, text: line } of findBooks(query)) {
        await sleep(60, undefined, { signal: ctx.mcpReq.signal });
        hits.push({ title, author, year, text: line });
        const hit = `${hits.length}. ${title} (${author}, ${year}): ${line}\n`;
        whole += hit;
        await stream(ctx, "search", hit);
      }
      return { ...text(whole || `Nothing found for “${query}”.`), structuredContent: { query, hits } };
    },
  );

  server.registerTool(
    "process",
    {
      description: "Measures and hashes each item, reporting progress per item",
      inputSchema: z.object({ items: z.array(z.string()).max(1000) }),
    },
    async ({ items }, ctx) => {
      const lines = [];
      for (const [index, item] of items.entries()) {
        await sleep(100, undefined, { signal: ctx.mcpReq.signal });
        const digest = createHash("sha256").update(item).digest("hex").slice(0, 12);
        lines.push(`${item}: ${item.length} characters, sha256 ${digest}…`);
        await progress(ctx, index + 1, items.length, `Processed ${item} (${index + 1} of ${items.length})`);
      }
      return text(lines.join("\n"));
    },
  );

  server.registerTool(
    "slow",
    {
      description: "Says nothing for a while, then answers",
      inputSchema: z.object({ ms: z.int().min(0).max(3_600_000) }),
    },
    async ({ ms }, ctx) => {
      await sleep(ms, undefined, { signal: ctx.mcpReq.signal });
      return text(`Waited ${ms} ms`);
    },
  );

  server.registerTool(
    "fail",
    {
      description: "Returns the message as a tool error",
      inputSchema: z.object({ message: z.string().default("This tool always fails") }),
    },
    async ({ message }) => ({ ...text(message), isError: true }),
  );
}

/** @param {McpServer} server */
function addPrompts(server) {
  server.registerPrompt(
    "summarize",
    {
      description: "Asks for a summary",
      argsSchema: z.object({
        text: z.string(),
        length: completable(z.string(), (typed) =>
          ["one sentence", "one paragraph", "five bullet points"].filter((it) => it.startsWith(typed)),
        ).optional(),
      }),
    },
    ({ text: source, length = "one paragraph" }) => ({
      messages: [{ role: "user", content: { type: "text", text: `Summarize in ${length}:\n\n${source}` } }],
    }),
  );
  server.registerPrompt("introduce", { description: "Asks what this server can do" }, () => ({
    messages: [{ role: "user", content: { type: "text", text: "What can you help me with?" } }],
  }));
}

/** @param {McpServer} server */
function addResources(server) {
  server.registerResource(
    "catalog",
    "books://catalog",
    { title: "All books", description: "The books that search knows", mimeType: "application/json" },
    (uri) => ({
      contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(corpus, null, 2) }],
    }),
  );
  server.registerResource(
    "book",
    new ResourceTemplate("books://by-id/{id}", {
      list: undefined,
      complete: { id: (typed) => corpus.map((it) => it.id).filter((id) => id.startsWith(typed)) },
    }),
    { title: "One book", description: "The opening line of one book", mimeType: "text/plain" },
    (uri, { id }) => {
      const found = corpus.find((it) => it.id === id);
      if (!found) throw new Error(`No book ${id}`);
      return { contents: [{ uri: uri.href, mimeType: "text/plain", text: found.text }] };
    },
  );
}
