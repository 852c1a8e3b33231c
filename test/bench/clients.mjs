// The contenders: each knows how to import itself, connect at a revision, call a tool, stream one, and list.
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../support/set-up.mjs";
import { tool } from "../support/tools.mjs";

/**
 * @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch
 * @typedef {object} Session
 * @property {(name: string) => Promise<unknown>} call a whole result
 * @property {((name: string, count: number, seen: (message: string) => void) => Promise<unknown>) | undefined} stream
 *   every event of a stream handed on
 * @property {() => Promise<unknown[]>} list
 * @property {() => Promise<unknown>} [close]
 * @property {unknown} [client] what a program would keep, where that is not the session itself
 * @typedef {object} Contender
 * @property {string} name
 * @property {readonly string[]} revisions
 * @property {(origin: string, revision: string, fetch?: Fetch) => Promise<Session>} connect
 * @property {() => Promise<string>} [module] what it is imported from
 * @property {string} [source] a page that connects and streams, as a bundler gets it
 * @property {string} [names] a page that only has what that takes
 */

const legacy = ["2025-11-25", "2024-11-05"];
const every = ["2026-07-28", ...legacy];
const info = { name: "bench", version: "1.0.0" };
const path = (/** @type {string} */ revision) => (revision === "2024-11-05" ? "/sse" : "/mcp");

/** What nobody can go below: bare fetch, a minimal split of events, JSON.parse. @type {Contender} */
const floor = {
  name: "floor",
  revisions: every,
  module: async () => join(root, "test/bench/floor.mjs"),
  names: `export { connect } from ${JSON.stringify(join(root, "test/bench/floor.mjs"))};`,
  async connect(origin, revision, fetch = globalThis.fetch) {
    const { connect } = await import("./floor.mjs");
    return connect(origin + path(revision), revision, fetch);
  },
};

/** @type {Contender} */
const ours = {
  name: "mcp-rivulet",
  revisions: every,
  module: async () => join(root, "dist/index.js"),
  source: `import { connect } from "mcp-rivulet";
    const client = await connect("https://api.example.com/mcp");
    for await (const event of client.callTool("generate", { count: 5 })) console.log(event);`,
  names: 'export { connect } from "mcp-rivulet";',
  async connect(origin, revision, fetch) {
    const { connect } = await import("../../dist/index.js");
    const client = await connect(origin + path(revision), {
      fetch,
      protocolVersion: revision,
      transport: revision === "2024-11-05" ? "http-sse" : "streamable-http",
    });
    return {
      client,
      call: (name) => client.callTool(name, { message: "hello" }).result,
      async stream(name, count, seen) {
        for await (const event of client.callTool(name, { count })) {
          if (event.type === "progress") seen(event.message);
        }
      },
      list: () => client.listTools().result,
      close: () => client.close(),
    };
  },
};

/**
 * The official clients, of 1.x and 2.x.
 *
 * @param {string} name
 * @param {readonly string[]} revisions
 * @param {() => Promise<any>} load
 * @param {string} imports
 * @param {() => Promise<string>} module
 * @returns {Contender}
 */
const official = (name, revisions, load, imports, module) => ({
  name,
  module,
  revisions,
  source: `${imports}
    const client = new Client({ name: "page", version: "1.0.0" });
    await client.connect(new StreamableHTTPClientTransport(new URL("https://api.example.com/mcp")));
    const onprogress = (event) => console.log(event);
    console.log(await client.callTool({ name: "generate", arguments: { count: 5 } }, undefined, { onprogress }));`,
  names: `${imports} export { Client, StreamableHTTPClientTransport };`,
  async connect(origin, revision, fetch) {
    const { Client, StreamableHTTPClientTransport, SSEClientTransport } = await load();
    const modern = revision === "2026-07-28";
    const client = new Client(info, modern ? { versionNegotiation: { mode: { pin: revision } } } : {});
    const Transport = revision === "2024-11-05" ? SSEClientTransport : StreamableHTTPClientTransport;
    await client.connect(new Transport(new URL(origin + path(revision)), { fetch }));
    const second = name.endsWith("/client");
    return {
      client,
      call: (name) => client.callTool({ name, arguments: { message: "hello" } }),
      stream(name, count, seen) {
        const options = {
          onprogress: (/** @type {any} */ event) => seen(event.message),
          timeout: 600_000,
          resetTimeoutOnProgress: true,
        };
        const params = { name, arguments: { count } };
        return second ? client.callTool(params, options) : client.callTool(params, undefined, options);
      },
      list: async () => (await client.listTools()).tools,
      close: () => client.close(),
    };
  },
});

/** A module of what is compared with, and where its package is. */
const peer = async (/** @type {string} */ file) => join(dirname(await tool("peers")), "../..", file);
const load = async (/** @type {string} */ file) => import(pathToFileURL(await peer(file)).href);

const second = "@modelcontextprotocol/client/dist/index.mjs";
const first = "@modelcontextprotocol/sdk/dist/esm/client";
const vercel = "@ai-sdk/mcp/dist/index.mjs";

/** @type {Contender} */
const aiSdk = {
  name: "@ai-sdk/mcp",
  revisions: legacy,
  module: () => peer(vercel),
  source: `import { createMCPClient } from "@ai-sdk/mcp";
    const client = await createMCPClient({ transport: { type: "http", url: "https://api.example.com/mcp" } });
    const tools = await client.tools();
    console.log(await tools.generate.execute({ count: 5 }, { messages: [], toolCallId: "1" }));`,
  names: 'export { createMCPClient } from "@ai-sdk/mcp";',
  async connect(origin, revision, fetch) {
    const { createMCPClient } = await load(vercel);
    const type = revision === "2024-11-05" ? "sse" : "http";
    const client = await createMCPClient({ transport: { type, url: origin + path(revision), fetch } });
    const tools = /** @type {any} */ (await client.tools());
    return {
      client,
      call: (name) => tools[name].execute({ message: "hello" }, { messages: [], toolCallId: "1" }),
      // It drops what a tool streams.
      stream: undefined,
      list: async () => (await client.listTools()).tools,
      close: () => client.close(),
    };
  },
};

export const contenders = [
  floor,
  ours,
  official(
    "@modelcontextprotocol/client",
    every,
    () => load(second),
    'import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";',
    () => peer(second),
  ),
  official(
    "@modelcontextprotocol/sdk",
    legacy,
    async () => ({
      ...(await load(`${first}/index.js`)),
      ...(await load(`${first}/streamableHttp.js`)),
      ...(await load(`${first}/sse.js`)),
    }),
    `import { Client } from "@modelcontextprotocol/sdk/client/index.js";
     import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";`,
    () => peer(`${first}/index.js`),
  ),
  aiSdk,
];
