import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  acceptedContent,
  type CallToolResult,
  inputRequired,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { endpointOf, type Revision } from "../servers/gated.ts";
import { listen, refuse } from "../servers/http.ts";
import { BIG, type CallArguments } from "./work.ts";

/**
 * The server of the soak, in a process that is killed at any moment: one revision, served by the official
 * packages. Each execution is a line on stdout before the tool does anything, so that none is forgotten.
 */
const revision = process.argv[2] as Revision;

function createServer(): Server {
  const server = new Server(
    { name: "soak", version: "1.0.0" },
    { capabilities: { tools: {} }, supportedProtocolVersions: [revision] },
  );
  server.setRequestHandler("tools/list", () => ({
    tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: "object" as const } })),
  }));
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const tool = tools[params.name];
    if (!tool) throw new Error(`No tool ${params.name}`);
    return tool(params.arguments as unknown as CallArguments, context);
  });
  return server;
}

type Tool = (
  args: CallArguments,
  context: ServerContext,
) => Promise<CallToolResult | ReturnType<typeof inputRequired>>;

const tools: { readonly [name: string]: Tool } = {
  async work({ id, ms }, { mcpReq }) {
    executed(id);
    await sleep(ms, undefined, { signal: mcpReq.signal });
    return text(`work ${id}`);
  },
  async big({ id }) {
    executed(id);
    return text(`${BIG}${id}`);
  },
  async stream({ id, ms, count }, { mcpReq }) {
    executed(id);
    const progressToken = mcpReq._meta?.progressToken;
    for (let n = 1; progressToken !== undefined && n <= count; n++) {
      const params = { progressToken, progress: n, message: id };
      await mcpReq.notify({ method: "notifications/progress", params });
      await sleep(ms / count, undefined, { signal: mcpReq.signal });
    }
    return text(`stream ${id}`);
  },
  async chat({ id, ms, count }, { mcpReq }) {
    executed(id);
    let whole = "";
    for (let n = 1; n <= count; n++) {
      const delta = `${id}-${n} `;
      whole += delta;
      const params = { content: [{ type: "text", text: delta }], toolName: "chat" };
      await mcpReq.notify({ method: "notifications/tool/streamContent", params } as never);
      await sleep(ms / count, undefined, { signal: mcpReq.signal });
    }
    return text(whole);
  },
  async ask({ id }, { mcpReq }) {
    const content = acceptedContent(mcpReq.inputResponses, "name");
    if (!content) {
      const requestedSchema = { type: "object" as const, properties: { name: { type: "string" as const } } };
      return inputRequired({
        inputRequests: { name: inputRequired.elicit({ message: id, requestedSchema }) },
      });
    }
    executed(id);
    return text(`ask ${id} ${content.name}`);
  },
};

function executed(id: string): void {
  writeSync(1, `run ${id}\n`);
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}

const { path, handle } = endpointOf(revision, createServer, { eventStore: true });
const { origin } = await listen((req, res, body, at) =>
  at.split("?")[0] === path || at.startsWith("/messages?")
    ? handle(req, res, body, at)
    : refuse(res, 404, -32000, "Not found"),
);
writeSync(1, `at ${new URL(origin).port} ${path}\n`);
