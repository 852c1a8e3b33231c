import { auto, type ConnectOptions, cache, connect, type JsonObject, resumeTask, tasks } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { json, mcp, own, refuse, reply, type Seen, text, URL_ } from "./support.ts";

const lists = (seen: readonly Seen[]) => seen.filter(({ message }) => message.method === "tools/list");

/** Lists prompts three times, with `between` after each; how often the server was asked. */
async function listed(options: ConnectOptions, between: () => void = () => {}): Promise<number> {
  const result: JsonObject = { ttlMs: 60_000, cacheScope: "private", tools: [] };
  const seen = mcp("2026-07-28", (each) => reply(each, result));
  const client = own(await connect(URL_, { extensions: [cache()], ...options }));
  for (let count = 0; count < 3; count++) {
    await client.listTools();
    between();
  }
  return lists(seen).length;
}

describe("a private result over HTTP is served again", () => {
  it.each<[string, ConnectOptions]>([
    ["without credentials", {}],
    ["with the same token", { auth: "secret" }],
    ["with the same headers", { headers: () => ({ "x-user": "ann" }) }],
    [
      "with the same token, whatever proves possession of it",
      { auth: { headers: () => ({ authorization: "DPoP abc", dpop: String(Math.random()) }) } },
    ],
    ["over one way of travelling", { transport: "streamable-http" }],
  ])("%s", async (_title, options) => {
    expect(await listed(options)).toBe(1);
  });
});

describe("a private result over HTTP is not served again", () => {
  it("with another token, even to whom it was sent before", async () => {
    let token = "first";
    const auth = { headers: () => ({ authorization: `Bearer ${token}` }) };
    const swap = () => {
      token = token === "first" ? "second" : "first";
    };
    expect(await listed({ auth }, swap)).toBe(3);
  });

  it("with other headers", async () => {
    let user = 0;
    expect(await listed({ headers: () => ({ "x-user": String(user) }) }, () => user++)).toBe(3);
  });

  it.each<[string, ConnectOptions]>([
    ["where the browser may send cookies", { credentials: "include" }],
    ["where a fetch of the application may add more", { fetch: (url, init) => fetch(url, init) }],
  ])("%s", async (_title, options) => {
    expect(await listed(options)).toBe(3);
  });

  it("unless the application says who asks", async () => {
    const extensions = [cache({ caller: () => "ann" })];
    expect(await listed({ extensions, credentials: "include" })).toBe(1);
  });
});

it("says who asks by what it would send", async () => {
  const transport = auto(URL_, { auth: "secret" });
  expect(await transport.credentials?.()).toEqual({ authorization: "Bearer secret" });
  expect(await auto(URL_, { credentials: "include" }).credentials?.()).toBeUndefined();
});

describe("a task over HTTP", () => {
  const taskId = "tâche-1";
  const task = { taskId, pollIntervalMs: 50 };

  it("is looked at with its id in Mcp-Name, so that the server that has it is found", async () => {
    const seen = mcp("2026-07-28", (each) => {
      const { method } = each.message;
      if (method === "tools/call") return reply(each, { resultType: "task", status: "working", ...task });
      if (method === "tasks/get") return reply(each, { status: "completed", ...task, result: text("done") });
      return undefined;
    });
    const client = own(await connect(URL_, { extensions: [tasks()] }));
    expect((await client.callTool("any")).text).toBe("done");
    const { headers } = seen.at(-1) as Seen;
    expect(headers["mcp-method"]).toBe("tasks/get");
    expect(headers["mcp-name"]).toBe(`=?base64?${btoa(unescape(encodeURIComponent(taskId)))}?=`);
  });

  it("outlives a server that is away, or asked too often, for a while", async () => {
    let looks = 0;
    mcp("2026-07-28", (each) => {
      const { method } = each.message;
      if (method !== "tasks/get") return undefined;
      looks++;
      if (looks === 1) return new Response(null, { status: 502 });
      if (looks === 2) return Response.error();
      if (looks === 3) return json({}, { status: 429, headers: { "retry-after": "0" } });
      if (looks === 4) return json({}, { status: 429 });
      return reply(each, { status: "completed", ...task, result: text("done") });
    });
    const reconnect = { delay: 50, maxDelay: 50 };
    const client = own(await connect(URL_, { extensions: [tasks()], reconnect }));
    expect((await resumeTask(client, taskId)).text).toBe("done");
    expect(looks).toBe(5);
  });

  it("that the server does not know is looked at once", async () => {
    const seen = mcp("2026-07-28", (each) => refuse(each, 400, -32602));
    const client = own(await connect(URL_, { extensions: [tasks()] }));
    await expect(resumeTask(client, taskId)).rejects.toMatchObject({
      code: "rpc_error",
      message: expect.stringContaining("does not know the task"),
    });
    expect(seen.filter(({ message }) => message.method === "tasks/get")).toHaveLength(1);
  });
});
