import { connect } from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { type Asked, count, own, startHandMade } from "./support.ts";

const PAGES = 3;

/** Lists two entries a page; its cursors are not to be understood, and one is the empty string. */
const CURSORS = ["", "=%&?"];

function page({ method, params, json }: Asked): unknown {
  const key = { "tools/list": "tools", "prompts/list": "prompts", "resources/list": "resources" }[method];
  if (!key) return json({ result: { resourceTemplates: [{ uriTemplate: "r://{id}", name: "t" }] } });
  const at = params.cursor === undefined ? 0 : CURSORS.indexOf(String(params.cursor)) + 1;
  const entries = [0, 1].map((n) => {
    const name = `${key}-${at * 2 + n}`;
    return key === "tools" ? { name, inputSchema: { type: "object" } } : { name, uri: `r://${name}` };
  });
  return json({ result: { resultType: "complete", [key]: entries, nextCursor: CURSORS[at] } });
}

describe.each(["2025-11-25", "2026-07-28"] as const)("a listing over %s", (revision) => {
  const names = (key: string) => Array.from({ length: PAGES * 2 }, (_, n) => `${key}-${n}`);

  // requires: prompts/paginated
  it("is awaited for all of its pages", async () => {
    const server = own(await startHandMade(revision, page));
    await using client = await connect(server.url);
    expect((await client.listTools()).map(({ name }) => name)).toEqual(names("tools"));
    expect((await client.listPrompts()).map(({ name }) => name)).toEqual(names("prompts"));
    expect((await client.listResources()).map(({ name }) => name)).toEqual(names("resources"));
    expect((await client.listResourceTemplates()).map(({ name }) => name)).toEqual(["t"]);
    expect(count(server.requests, "tools/list")).toBe(PAGES);
  });

  it("is iterated entry by entry, and fetches a page when it is needed", async () => {
    const server = own(await startHandMade(revision, page));
    await using client = await connect(server.url);
    const listing = client.listTools();
    expect(count(server.requests, "tools/list")).toBe(0);
    const fetched: number[] = [];
    for await (const { name } of listing) {
      expect(name).toBe(`tools-${fetched.length}`);
      fetched.push(count(server.requests, "tools/list"));
    }
    expect(fetched).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it("that is left early asks for no more", async () => {
    const server = own(await startHandMade(revision, page));
    await using client = await connect(server.url);
    for await (const { name } of client.listTools()) if (name === "tools-2") break;
    await client.callTool("x").catch(() => {});
    expect(count(server.requests, "tools/list")).toBe(2);
  });

  it("that is awaited twice is asked for once", async () => {
    const server = own(await startHandMade(revision, page));
    await using client = await connect(server.url);
    const listing = client.listTools();
    expect(await listing).toEqual(await listing);
    expect(count(server.requests, "tools/list")).toBe(PAGES);
  });

  it("stops at limits.pages, and where a cursor comes twice", async () => {
    const server = own(await startHandMade(revision, page));
    await using client = await connect(server.url, { limits: { pages: 2 } });
    await expect(client.listTools()).rejects.toMatchObject({ code: "limit_exceeded" });
    const round = own(
      await startHandMade(revision, ({ json }) => json({ result: { tools: [], nextCursor: "again" } })),
    );
    await using other = await connect(round.url);
    await expect(other.listTools()).rejects.toMatchObject({ code: "invalid_message" });
    expect(count(round.requests, "tools/list")).toBe(2);
  });

  it("does not lose good entries to a bad one, which says what is wrong with it", async () => {
    const tools = [
      { name: "good", inputSchema: { type: "object" } },
      { name: "bad", inputSchema: "none" },
      "ugly",
      { name: "fine", inputSchema: { type: "object" } },
    ];
    const server = own(await startHandMade(revision, ({ json }) => json({ result: { tools } })));
    await using client = await connect(server.url);
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const listed = await client.listTools();
    expect(listed.map(({ name, issues }) => [name, issues?.length])).toEqual([
      ["good", undefined],
      ["bad", 1],
      ["fine", undefined],
    ]);
    expect(errors).toMatchObject([{ code: "invalid_message" }, { code: "invalid_message" }]);
  });
});
