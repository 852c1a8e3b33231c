import { type Client, connect, expandTemplate, schemas } from "mcp-rivulet";
import { outputSchemas } from "mcp-rivulet/json-schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { startEverything } from "../servers/everything.ts";
import type { TestServer } from "../servers/http.ts";
import { startFastMcp } from "../servers/python.ts";
import { startSdkV2 } from "../servers/sdk-v2.ts";
import { all, own } from "./support.ts";

/** A client that checks outputs, with the tools listed. */
async function checking(url: string): Promise<Client> {
  const client = own(await connect(url, { validate: outputSchemas(schemas) }));
  const tools = await client.listTools();
  expect(tools.flatMap(({ issues = [] }) => issues)).toEqual([]);
  return client;
}

describe("server-everything", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startEverything("streamableHttp");
  });
  afterAll(() => server?.close());

  it("has structured content that is as its outputSchema, and as a typed tool has it", async () => {
    const client = await checking(server.url);
    const weather = client.tool("get-structured-content", {
      input: z.object({ location: z.enum(["New York", "Chicago", "Los Angeles"]) }),
      output: z.object({ temperature: z.number(), conditions: z.string(), humidity: z.number() }),
    });
    const { data } = await weather({ location: "Chicago" });
    expect(data.temperature).toBeTypeOf("number");
    expect(Object.keys(data).sort()).toEqual(["conditions", "humidity", "temperature"]);
    await expect(weather({ location: "Oslo" as never })).rejects.toMatchObject({ code: "invalid_message" });
  });

  it("has resource templates that lead to resources", async () => {
    const client = await checking(server.url);
    const templates = await client.listResourceTemplates();
    expect(templates.length).toBeGreaterThan(0);
    for (const template of templates) {
      const uri = expandTemplate(template, { resourceId: "7" });
      const [contents] = (await client.readResource(uri)).contents;
      expect(contents?.uri).toBe(uri);
    }
  });
});

it("an official 2.x server's results are as its schemas, and its templates lead to resources", async () => {
  const server = own(await startSdkV2());
  const client = await checking(server.url);
  expect(client.server?.protocolVersion).toBe("2026-07-28");
  const hit = z.object({ title: z.string(), year: z.number() });
  const search = client.tool("search", {
    input: z.object({ query: z.string() }),
    output: z.object({ hits: z.array(hit) }),
  });
  const events = await all(search({ query: "truth" }));
  expect(events.map(({ type }) => type)).toEqual(["text", "result"]);
  expect((await search({ query: "truth" })).data.hits).toEqual([
    { title: "Pride and Prejudice", year: 1813 },
  ]);
  const [book] = await client.listResourceTemplates();
  const { contents } = await client.readResource(expandTemplate(book as never, { id: "moby-dick" }));
  expect(contents[0]?.text).toBe("Call me Ishmael.");
});

describe("FastMCP", () => {
  let started: Awaited<ReturnType<typeof startFastMcp>>;
  beforeAll(async () => {
    started = await startFastMcp();
  });
  afterAll(() => started.server?.close());

  it("has results that are as the schemas it makes of annotations", async ({ skip }) => {
    const { server, reason } = started;
    if (!server) return skip(reason ?? "");
    const client = await checking(`${server.origin}/mcp`);
    const generate = client.tool("generate_numbers", {
      input: z.object({ count: z.int() }),
      output: z.object({ result: z.array(z.number()) }).transform(({ result }) => result),
    });
    expect((await generate({ count: 3 })).data).toEqual([1, 2, 3]);
    expect((await client.callTool("fail")).isError).toBe(true);
  });
});
