import { randomBytes } from "node:crypto";
import {
  completable,
  createMcpHandler,
  createRequestStateCodec,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { type Client, type ConnectOptions, connect, listen } from "mcp-rivulet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type SdkV2Server, serveSdkV2 } from "../servers/sdk-v2.ts";
import { all, own } from "./support.ts";

/** A server on the official package, which checks what it is sent: the state that comes back, headers, arguments. */
function startOfficial(): Promise<SdkV2Server> {
  const state = createRequestStateCodec<{ name: string }>({ key: randomBytes(32) });
  const handler = createMcpHandler(
    () => {
      const server = new McpServer(
        { name: "official", version: "1.0.0" },
        {
          capabilities: { logging: {}, resources: { subscribe: true } },
          requestState: { verify: state.verify },
        },
      );
      const say = (text: string) => ({ content: [{ type: "text" as const, text }] });
      const asked = (ctx: ServerContext, key: string) => inputResponse(ctx.mcpReq.inputResponses, key);
      const form = (message: string, property: string) =>
        inputRequired.elicit({
          message,
          requestedSchema: { type: "object", properties: { [property]: { type: "string", default: "?" } } },
        });
      server.registerTool("two_rounds", {}, async (ctx) => {
        const kept = ctx.mcpReq.requestState<{ name: string }>();
        const name = asked(ctx, "name");
        if (!kept && name.kind !== "elicit") {
          return inputRequired({ inputRequests: { name: form("Who?", "name") } });
        }
        if (!kept && name.kind === "elicit") {
          if (name.action !== "accept") return say(`Nobody: ${name.action}`);
          const requestState = await state.mint({ name: String(name.content?.name) }, ctx);
          return inputRequired({ inputRequests: { where: form("Where?", "place") }, requestState });
        }
        const where = asked(ctx, "where");
        const place = where.kind === "elicit" && where.action === "accept" && where.content?.place;
        return say(`${kept?.name} in ${place}`);
      });
      server.registerTool("all_at_once", {}, async (ctx) => {
        if (!ctx.mcpReq.inputResponses) {
          return inputRequired({
            inputRequests: {
              roots: inputRequired.listRoots(),
              title: inputRequired.createMessage({
                messages: [{ role: "user", content: { type: "text", text: "A title" } }],
                maxTokens: 5,
              }),
              visit: inputRequired.elicitUrl({ message: "Sign here", url: "https://example.com/sign" }),
            },
          });
        }
        return say(JSON.stringify(ctx.mcpReq.inputResponses));
      });
      server.registerTool(
        "routed",
        {
          inputSchema: fromJsonSchema({
            type: "object",
            // `x-mcp-header` is no word of JSON Schema.
            properties: {
              region: { type: "string", "x-mcp-header": "Region" },
              shard: { type: "integer", "x-mcp-header": "Shard" },
              dry: { type: "boolean", "x-mcp-header": "Dry" },
            } as Record<string, object>,
          }),
        },
        async (args) => say(JSON.stringify(args)),
      );
      server.registerTool("chatty", {}, async (ctx) => {
        await ctx.mcpReq.log("debug", "unimportant");
        await ctx.mcpReq.log("warning", { msg: "important" });
        return say("done");
      });
      server.registerPrompt(
        "greet",
        {
          argsSchema: z.object({
            name: completable(z.string(), (typed) =>
              ["Ada", "Alan", "Bo"].filter((n) => n.startsWith(typed)),
            ),
          }),
        },
        ({ name }) => ({ messages: [{ role: "user", content: { type: "text", text: `Greet ${name}` } }] }),
      );
      server.registerResource("note", "note://1", {}, async ({ href }) => ({
        contents: [{ uri: href, text: "A note" }],
      }));
      return server;
    },
    { legacy: "reject" },
  );
  return serveSdkV2(handler);
}

describe("the official server of 2026-07-28", () => {
  let server: Awaited<ReturnType<typeof startOfficial>>;
  beforeAll(async () => {
    server = await startOfficial();
  });
  afterAll(() => server?.close());
  const meet = async (options: ConnectOptions = {}): Promise<Client> => {
    const client = own(await connect(server.url, options));
    expect(client.server?.protocolVersion).toBe("2026-07-28");
    return client;
  };

  it("asks in rounds, and takes back the state that it signed", async () => {
    const asked: string[] = [];
    const client = await meet({
      onElicit({ message }) {
        asked.push(message);
        return { action: "accept", content: message === "Who?" ? { name: "Ada" } : {} };
      },
    });
    expect((await client.callTool("two_rounds")).text).toBe("Ada in ?");
    expect(asked).toEqual(["Who?", "Where?"]);
    const declined = client.callTool("two_rounds", {}, { onElicit: () => ({ action: "decline" }) });
    expect((await declined).text).toBe("Nobody: decline");
  });

  it("asks for roots, a sample and a visit at once", async () => {
    const client = await meet({
      onRoots: () => [{ uri: "file:///home/ada" }],
      onSample: () => ({ role: "assistant", model: "tiny", content: { type: "text", text: "Untitled" } }),
      onElicit: ({ mode }) => ({ action: mode === "url" ? "accept" : "cancel" }),
    });
    expect((await client.callTool("all_at_once")).data).toMatchObject({
      roots: { roots: [{ uri: "file:///home/ada" }] },
      title: { content: { text: "Untitled" } },
      visit: { action: "accept" },
    });
  });

  it("does not ask a client without handlers", async () => {
    const client = await meet();
    await expect(client.callTool("two_rounds")).rejects.toMatchObject({
      rpcCode: -32021,
    });
  });

  it("finds arguments in the headers of a call that it compares them with", async () => {
    const client = await meet();
    await client.listTools();
    const args = { region: "zürich ", shard: 7, dry: false };
    expect((await client.callTool("routed", args)).data).toEqual(args);
    expect(server.requests.at(-1)?.headers).toMatchObject({
      "mcp-param-region": `=?base64?${Buffer.from("zürich ").toString("base64")}?=`,
      "mcp-param-shard": "7",
      "mcp-param-dry": "false",
    });
  });

  it("refuses a call without its headers, upon which the tools are listed and the call goes again", async () => {
    const client = await meet();
    const before = server.requests.length;
    expect((await client.callTool("routed", { region: "eu" })).data).toEqual({ region: "eu" });
    const methods = server.requests.slice(before).map(({ method }) => method);
    expect(methods).toEqual(["tools/call", "tools/list", "tools/call"]);
  });

  it("logs to a call that asks for it, from the level on that it asks for", async () => {
    const client = await meet();
    const logs = async () =>
      (await all(client.callTool("chatty"))).flatMap((event) => (event.type === "log" ? [event.data] : []));
    expect(await logs()).toEqual([]);
    await client.setLogLevel("info");
    expect(await logs()).toEqual([{ msg: "important" }]);
    await client.setLogLevel("debug");
    expect(await logs()).toEqual(["unimportant", { msg: "important" }]);
  });

  it("tells of changes, of lists and of a resource", async () => {
    const client = await meet();
    const changes = listen(client, {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ["note://1"],
    });
    await changes.ready;
    server.notify.toolsChanged();
    server.notify.promptsChanged();
    server.notify.resourcesChanged();
    server.notify.resourceUpdated("note://1");
    const heard = [];
    for await (const change of changes) if (heard.push(change) === 4) break;
    expect(heard).toEqual([
      { type: "toolsChanged" },
      { type: "promptsChanged" },
      { type: "resourcesChanged" },
      { type: "resourceUpdated", uri: "note://1" },
    ]);
  });

  it("has prompts with completion, resources, and errors for what it has not", async () => {
    const client = await meet();
    const { completion } = await client.complete(
      { type: "ref/prompt", name: "greet" },
      { name: "name", value: "A" },
    );
    expect(completion.values).toEqual(["Ada", "Alan"]);
    expect((await client.getPrompt("greet", { name: "Bo" })).messages[0]?.content).toMatchObject({
      text: "Greet Bo",
    });
    expect((await client.readResource("note://1")).contents[0]?.text).toBe("A note");
    await expect(client.readResource("note://2")).rejects.toMatchObject({ rpcCode: -32602 });
    await expect(client.getPrompt("nobody")).rejects.toMatchObject({ rpcCode: -32602 });
    await expect(client.callTool("nobody")).rejects.toMatchObject({ rpcCode: -32602 });
  });
});
