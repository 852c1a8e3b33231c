import { connect, type JsonObject } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import { mcp, own, refuse, reply, type Seen, text, URL_, type Version } from "./support.ts";

const tool = (name: string, header: unknown): JsonObject => ({
  name,
  inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": header } } },
});

/** A server that lists `tools()` and answers calls by `called`. */
function meet(
  version: Version,
  tools: () => readonly JsonObject[],
  called: (seen: Seen) => Response = (seen) => reply(seen, text("ok")),
) {
  return mcp(version, (seen) => {
    if (seen.message.method === "tools/list") return reply(seen, { tools: tools() as never });
    return seen.message.method === "tools/call" ? called(seen) : undefined;
  });
}

const calls = (seen: readonly Seen[]) => seen.filter(({ message }) => message.method === "tools/call");
const lists = (seen: readonly Seen[]) => seen.filter(({ message }) => message.method === "tools/list");

describe("arguments that a tool wants in headers", () => {
  // requires: headers/mirrored, headers/absent-omitted
  it("travel in them once the tool is known, whoever listed it", async () => {
    const seen = meet("2026-07-28", () => [tool("query", "Region")]);
    const client = own(await connect(URL_));
    await client.listTools();
    await client.callTool("query", { region: "us-west1" });
    await client.callTool("query", {});
    await client.callTool("other", { region: "us-west1" });
    expect(calls(seen).map(({ headers }) => headers["mcp-param-region"])).toEqual([
      "us-west1",
      undefined,
      undefined,
    ]);
  });

  // requires: tools/names-case-sensitive
  it("are those of the tool with just that name, in capitals or not", async () => {
    const seen = meet("2026-07-28", () => [tool("query", "Region"), tool("Query", "Area")]);
    const client = own(await connect(URL_));
    expect((await client.listTools()).map(({ name }) => name)).toEqual(["query", "Query"]);
    await client.callTool("query", { region: "a" });
    await client.callTool("Query", { region: "b" });
    const sent = calls(seen).map(({ headers }) => [
      headers["mcp-name"],
      headers["mcp-param-region"],
      headers["mcp-param-area"],
    ]);
    expect(sent).toEqual([
      ["query", "a", undefined],
      ["Query", undefined, "b"],
    ]);
  });

  it("do not travel so before 2026-07-28, where nobody reads them", async () => {
    const seen = meet("2025-11-25", () => [tool("query", "Region"), tool("odd", "")]);
    const client = own(await connect(URL_));
    expect(await client.listTools()).toHaveLength(2);
    await client.callTool("query", { region: "us-west1" });
    expect(calls(seen)[0]?.headers["mcp-param-region"]).toBeUndefined();
  });
});

describe("a tool that wants a header which cannot be", () => {
  // requires: headers/invalid-tool-rejected, headers/invalid-tool-logged
  it("is left out and reported by name, and the others are listed", async () => {
    meet("2026-07-28", () => [tool("good", "Region"), tool("bad", "My Region")]);
    const warn = vi.fn();
    const client = own(await connect(URL_, { logger: { warn } }));
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    expect((await client.listTools()).map(({ name }) => name)).toEqual(["good"]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/bad.*x-mcp-header/)]]);
    expect(errors).toMatchObject([
      { code: "invalid_message", message: expect.stringMatching(/bad.*x-mcp-header/) },
    ]);
  });
});

describe("a call refused because its headers do not match", () => {
  // requires: headers/relist-on-mismatch
  it("goes again once, with the headers that the tool wants by now", async () => {
    const seen = meet(
      "2026-07-28",
      () => [tool("query", "Region")],
      (each) => (each.headers["mcp-param-region"] ? reply(each, text("ok")) : refuse(each, 400, -32020)),
    );
    const client = own(await connect(URL_));
    expect((await client.callTool("query", { region: "us-west1" })).text).toBe("ok");
    expect(calls(seen)).toHaveLength(2);
    expect(lists(seen)).toHaveLength(1);
  });

  it("is not sent again before 2026-07-28, where that code may mean anything, and the call may have run", async () => {
    const seen = meet(
      "2025-11-25",
      () => [],
      (each) => refuse(each, 200, -32020),
    );
    const client = own(await connect(URL_));
    await expect(client.callTool("query", {})).rejects.toMatchObject({ code: "rpc_error", rpcCode: -32020 });
    expect(calls(seen)).toHaveLength(1);
    expect(lists(seen)).toHaveLength(0);
  });

  it("fails with what the server said when that does not help", async () => {
    const seen = meet(
      "2026-07-28",
      () => [],
      (each) => refuse(each, 400, -32020),
    );
    const client = own(await connect(URL_));
    await expect(client.callTool("query", {})).rejects.toMatchObject({
      code: "http_error",
      status: 400,
      rpcCode: -32020,
    });
    expect(calls(seen)).toHaveLength(2);
  });
});
