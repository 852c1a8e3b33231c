import { portable } from "./packed.ts";

/** Imports every entry that pages can have, and does with the first what an application does; prints what came of it as JSON. */
const work = `
  const [, , url] = globalThis.process.argv;
  const { connect, isMcpError } = modules["mcp-rivulet"];
  const client = await connect(url);
  const whole = await client.callTool("echo", { message: "Hello" });
  const parts = [];
  for await (const event of client.callTool("generate_numbers", { count: 3, delayMs: 0 })) parts.push(event.type);
  const refused = await client.request("no/such/method").catch((error) => error);
  await client.close();
  const names = Object.entries(modules).map(([entry, module]) => [entry, Object.keys(module).sort()]);
  console.log(JSON.stringify({ text: whole.text, parts, refused: isMcpError(refused), names }));
`;

const list = portable.map((entry, index) => `${JSON.stringify(entry)}: entry${index}`).join(", ");

const imports = portable.map((entry, index) => `import * as entry${index} from "${entry}";`).join("\n");

export const esm = `${imports}
const modules = { ${list} };
${work}`;

/** A module with those entries. */
export const modules = `${imports}
export const modules = { ${list} };
`;

export const cjs = `const modules = { ${portable.map((entry) => `"${entry}": require("${entry}")`).join(", ")} };
(async () => {${work}})();`;

/** What a program in TypeScript writes, with the mistakes that the declarations must find. */
export const typed = `
import { type Client, connect, createClient, isMcpError, listen, streamableHttp, type ToolEvent } from "mcp-rivulet";
import { loopback } from "mcp-rivulet/loopback";
import { type OAuthProvider, oauth } from "mcp-rivulet/oauth";
${imports}

export const modules = { ${list} };

export async function use(url: string): Promise<string> {
  const auth: OAuthProvider = oauth({ redirectUri: "/callback", authorize: loopback({ open: note }) });
  const client: Client = await connect(url, { auth, headers: async () => ({ "x-tenant": "acme" }) });
  const tools = await client.listTools();
  const { text, structuredContent } = await client.callTool(tools[0]?.name ?? "echo", { message: "Hello" });
  for await (const event of client.callTool("chat")) note(event);
  for await (const token of client.callTool("chat", {}, { timeout: 1000 }).text({ from: "progress" })) note(token);
  for await (const change of listen(client, { toolsListChanged: true })) note(change.type);
  client.on("status", (status) => note(status));
  createClient({ transport: streamableHttp(url), timeout: 1 });
  await client.close();
  await given(client, {});
  note(structuredContent);
  return text;
}

interface Search {
  query: string;
}

/** Arguments of an interface, which has no index signature, and options that may be there and undefined. */
async function given(client: Client, { signal, headers }: { signal?: AbortSignal; headers?: Headers }): Promise<void> {
  const search: Search = { query: "rivers" };
  await client.callTool("search", search, { signal, timeout: undefined, onElicit: undefined });
  await client.request("vendor/search", search);
  await client.notify("notifications/vendor/search", search);
  await connect("https://example.com", { signal, headers, limits: { pages: undefined }, reconnect: { delay: undefined } });
  createClient({ transport: streamableHttp("https://example.com", { headers, fetch: undefined }), validate: undefined });
  oauth({ redirectUri: "/callback", store: undefined, scope: undefined });
}

function note(value: ToolEvent | unknown): void {
  if (isMcpError(value, "timeout")) note(value.retryAfterMs?.toFixed());
}

export async function misuse(client: Client): Promise<void> {
  // @ts-expect-error A number is no URL.
  connect(1);
  // @ts-expect-error There is no such option.
  connect("https://example.com", { timeOut: 1 });
  // @ts-expect-error A tool has a name.
  client.callTool();
  // @ts-expect-error Arguments have names.
  client.callTool("echo", "Hello");
  // @ts-expect-error There is no such code.
  isMcpError(1, "time_out");
  // @ts-expect-error A result has no such member.
  (await client.callTool("echo")).texts;
  // @ts-expect-error Where it redirects to must be known.
  oauth({});
}
`;
