import type { Client, JsonObject } from "mcp-rivulet";
import { isMcpError, schemas } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { type Asked, all, meet, tick } from "./support.ts";

const tool = (name: string): JsonObject => ({ name, inputSchema: { type: "object" } });

/** Two pages of two tools. */
const paged = {
  "tools/list": ({ params }: Asked): JsonObject =>
    params.cursor === undefined
      ? { tools: [tool("a"), tool("b")], nextCursor: "" }
      : { tools: [tool("c"), tool("d")] },
};

const names = (tools: readonly { name: string }[]) => tools.map(({ name }) => name);

it("a listing of any length leaves time for other things, and does not report each of its bad entries", async () => {
  const tools = Array.from({ length: 400_000 }, (_, i) => (i % 2 ? tool(`t${i}`) : null));
  const errors: unknown[] = [];
  const { client } = meet("2026-07-28", {}, { "tools/list": () => ({ tools }) });
  client.on("error", (error) => errors.push(error));
  let turns = 0;
  let done = false;
  const turn = () => {
    turns++;
    if (!done) setImmediate(turn);
  };
  await client.connect();
  const listing = client.listTools().finally(() => {
    done = true;
  });
  await tick();
  turn();
  expect(await listing).toHaveLength(200_000);
  expect(turns).toBeGreaterThan(2);
  expect(errors).toHaveLength(100);
});

describe("a listing", () => {
  it("is the full array when it is awaited, all pages of it", async () => {
    const { client, of } = meet("2025-11-25", {}, paged);
    expect(names(await client.listTools())).toEqual(["a", "b", "c", "d"]);
    expect(of("tools/list").map(({ params }) => params?.cursor)).toEqual([undefined, ""]);
  });

  it("is one entry after the other when it is iterated, pages fetched as needed", async () => {
    const { client, of } = meet("2026-07-28", {}, paged);
    const seen: string[] = [];
    for await (const { name } of client.listTools()) {
      seen.push(name);
      expect(of("tools/list")).toHaveLength(seen.length > 2 ? 2 : 1);
    }
    expect(seen).toEqual(["a", "b", "c", "d"]);
  });

  it("is not asked for before somebody wants it, nor further than somebody reads", async () => {
    const { client, of } = meet("2025-11-25", {}, paged);
    await client.connect();
    const listing = client.listTools();
    await tick();
    expect(of("tools/list")).toHaveLength(0);
    for await (const _ of listing) break;
    await tick();
    expect(of("tools/list")).toHaveLength(1);
  });

  it("can be awaited often and is fetched once, and iterated beside that", async () => {
    const { client, of } = meet("2025-11-25", {}, paged);
    const listing = client.listTools();
    const [first, second] = await Promise.all([listing, listing]);
    expect(first).toBe(second);
    expect(await listing).toBe(first);
    expect(of("tools/list")).toHaveLength(2);
    expect(names(await all(listing))).toEqual(names(first));
  });

  it("has catch and finally like a promise", async () => {
    const { client } = meet("2025-11-25", {}, { "tools/list": (asked) => asked.refuse(-32601) });
    const listing = client.listTools();
    let finished = 0;
    await expect(listing.finally(() => finished++)).rejects.toMatchObject({ rpcCode: -32601 });
    expect(await listing.catch((reason) => isMcpError(reason, "rpc_error"))).toBe(true);
    expect(finished).toBe(1);
  });

  it("stops at limits.pages", async () => {
    let n = 0;
    const { client, of } = meet(
      "2025-11-25",
      { limits: { pages: 3 } },
      { "tools/list": () => ({ tools: [], nextCursor: `${n++}` }) },
    );
    await expect(client.listTools()).rejects.toMatchObject({ code: "limit_exceeded" });
    expect(of("tools/list")).toHaveLength(3);
  });

  it("is cancelled by its signal", async () => {
    const { client, next } = meet("2025-11-25");
    const controller = new AbortController();
    const listing = client.listTools({ signal: controller.signal }).then();
    await next();
    controller.abort("enough");
    await expect(listing).rejects.toBe("enough");
  });

  it.each<[string, (client: Client) => PromiseLike<unknown[]>, string, JsonObject]>([
    ["tools/list", (client) => client.listTools(), "tools", tool("a")],
    ["resources/list", (client) => client.listResources(), "resources", { name: "a", uri: "a:b" }],
    [
      "resources/templates/list",
      (client) => client.listResourceTemplates(),
      "resourceTemplates",
      { name: "a", uriTemplate: "a:{b}" },
    ],
    ["prompts/list", (client) => client.listPrompts(), "prompts", { name: "a" }],
  ])("of %s is what the server sent", async (method, list, key, entry) => {
    const { client } = meet("2026-07-28", { validate: schemas }, { [method]: () => ({ [key]: [entry] }) });
    expect(await list(client)).toEqual([entry]);
  });
});

describe("a bad entry of a listing", () => {
  const bad = { name: "bad", description: "x" };

  async function listed(entries: unknown[], validate = true) {
    const errors: unknown[] = [];
    const { client } = meet("2025-11-25", validate ? { validate: schemas } : {}, {
      "tools/list": () => ({ tools: entries }),
    });
    client.on("error", (error) => errors.push(error));
    return { tools: await client.listTools(), errors };
  }

  it("says on itself what is wrong with it, and does not cost the others", async () => {
    const { tools, errors } = await listed([tool("a"), bad, tool("b")]);
    expect(names(tools)).toEqual(["a", "bad", "b"]);
    expect(tools[1]).toEqual({ ...bad, issues: [expect.stringMatching(/^inputSchema: /)] });
    expect(tools[0]).not.toHaveProperty("issues");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: "invalid_message",
      message: expect.stringContaining("(bad)"),
      data: bad,
    });
  });

  it.each([[null], [7], ["x"], [[]], [{}], [{ inputSchema: {} }], [{ name: 7 }]])(
    "that cannot even be named, %j, is left out and reported",
    async (entry) => {
      const { tools, errors } = await listed([entry, tool("a")]);
      expect(names(tools)).toEqual(["a"]);
      expect(errors).toHaveLength(1);
      expect(await listed([entry, tool("a")], false)).toMatchObject({
        errors: [{ code: "invalid_message" }],
      });
    },
  );

  it("passes as it is where nothing validates", async () => {
    const { tools, errors } = await listed([bad], false);
    expect(tools).toEqual([bad]);
    expect(errors).toEqual([]);
  });
});

describe("what is not a listing has the result as it came", () => {
  it.each<[string, (client: Client) => Promise<unknown>, JsonObject, JsonObject]>([
    [
      "resources/read",
      (client) => client.readResource("a:b"),
      { uri: "a:b" },
      { contents: [{ uri: "a:b", text: "x" }] },
    ],
    ["prompts/get", (client) => client.getPrompt("p"), { name: "p" }, { messages: [] }],
    [
      "prompts/get",
      (client) => client.getPrompt("p", { lang: "en" }),
      { name: "p", arguments: { lang: "en" } },
      { messages: [{ role: "user", content: { type: "text", text: "x" } }] },
    ],
    [
      "completion/complete",
      (client) => client.complete({ type: "ref/prompt", name: "p" }, { name: "a", value: "x" }),
      { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "x" } },
      { completion: { values: ["xy"] } },
    ],
    [
      "completion/complete",
      (client) =>
        client.complete(
          { type: "ref/resource", uri: "a:{b}" },
          { name: "a", value: "x" },
          { context: { arguments: { c: "d" } } },
        ),
      {
        ref: { type: "ref/resource", uri: "a:{b}" },
        argument: { name: "a", value: "x" },
        context: { arguments: { c: "d" } },
      },
      { completion: { values: [] } },
    ],
  ])("%s", async (method, ask, params, answer) => {
    const { client, next } = meet("2026-07-28", { validate: schemas });
    const asked = ask(client);
    const request = await next();
    expect(request.method).toBe(method);
    const { _meta, ...sent } = request.params;
    expect(sent).toEqual(params);
    request.reply(answer);
    expect(await asked).toEqual(answer);
  });

  it("and is refused when it is not the shape it must be", async () => {
    const { client, next } = meet("2026-07-28", { validate: schemas });
    const reading = client.readResource("a:b");
    (await next()).reply({ contents: "x" });
    await expect(reading).rejects.toMatchObject({ code: "invalid_message", data: { contents: "x" } });
  });
});
