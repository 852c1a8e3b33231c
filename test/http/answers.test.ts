import { connect, type JsonObject, type ToolEvent } from "mcp-rivulet";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import {
  event,
  json,
  mcp,
  own,
  reply,
  type Seen,
  sse,
  text,
  URL_,
  type Version,
  versions,
} from "./support.ts";

async function call(version: Version, answer: (seen: Seen) => Response | undefined) {
  mcp(version, (seen) => (seen.method === "POST" ? answer(seen) : undefined));
  const client = own(await connect(URL_, { protocolVersion: version }));
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  const events: ToolEvent[] = [];
  const call = client.callTool("a");
  for await (const event of call) events.push(event);
  return { result: await call, types: events.map(({ type }) => type), errors };
}

const progress = {
  jsonrpc: "2.0",
  method: "notifications/progress",
  params: { progressToken: "x", progress: 1 },
};
const done = ({ message }: Seen): JsonObject => ({ jsonrpc: "2.0", id: message.id, result: text("done") });

describe.each(versions)("on %s an answer may be", (version) => {
  it.each<[string, (seen: Seen) => Response, string[]]>([
    // requires: http/json-and-stream, http/json-and-stream-stateless
    ["one JSON body", (seen) => reply(seen, text("done")), ["text", "result"]],
    [
      "JSON with parameters in its type",
      (seen) => reply(seen, text("done"), { headers: { "content-type": "Application/JSON; charset=utf-8" } }),
      ["text", "result"],
    ],
    // requires: base/receives-batches
    [
      "a batch of notifications and the answer",
      (seen) => json([progress, done(seen)]),
      ["progress", "text", "result"],
    ],
    // requires: http/json-and-stream, http/json-and-stream-stateless
    ["an event stream", (seen) => sse(event(progress), event(done(seen))), ["progress", "text", "result"]],
    [
      "an event stream whose first event is empty",
      (seen) => sse("id: 1\ndata:\n\n", event(done(seen))),
      ["text", "result"],
    ],
    [
      "an event stream with comments, names and other events",
      (seen) => sse(": hi\n\n", "event: ping\ndata: {}\n\n", `event: message\n${event(done(seen))}`),
      ["text", "result"],
    ],
    // requires: base/receives-batches
    [
      "an event that is a batch",
      (seen) => sse(event([progress, done(seen)])),
      ["progress", "text", "result"],
    ],
    [
      "an event of many lines, ended by CR LF",
      (seen) =>
        sse(
          JSON.stringify(done(seen), null, 1)
            .split("\n")
            .map((line) => `data: ${line}\r\n`)
            .join(""),
          "\r\n",
        ),
      ["text", "result"],
    ],
    [
      "an event stream that begins with a byte order mark",
      (seen) => sse("\ufeff", event(done(seen))),
      ["text", "result"],
    ],
  ])("%s", async (_, answer, types) => {
    const got = await call(version, answer);
    expect(got.result.text).toBe("done");
    expect(got.types).toEqual(types);
    expect(got.errors).toEqual([]);
  });

  it("preceded by a malformed event, which is reported and does not cost it", async () => {
    const { result, errors } = await call(version, (seen) =>
      sse("data: {oops\n\n", event({ hello: 1 }), event(done(seen))),
    );
    expect(result.text).toBe("done");
    expect(errors).toMatchObject([{ code: "invalid_message" }, { code: "invalid_message" }]);
  });

  it("in a batch with something malformed, which is reported", async () => {
    const { result, errors } = await call(version, (seen) => json([{ hello: 1 }, done(seen)]));
    expect(result.text).toBe("done");
    expect(errors).toMatchObject([{ code: "invalid_message" }]);
  });

  it.each<[string, (seen: Seen) => Response, string]>([
    ["a page", () => HttpResponse.html("<p>secret</p>"), "content_type"],
    ["no type at all", () => new HttpResponse("x"), "content_type"],
    [
      "JSON that is none",
      () => new HttpResponse("{", { headers: { "content-type": "application/json" } }),
      "invalid_message",
    ],
    ["JSON that is no message", () => json({ hello: "secret" }), "invalid_message"],
    ["an empty batch", () => json([]), "invalid_message"],
    ["the answer to another request", () => json({ jsonrpc: "2.0", id: 999, result: {} }), "invalid_message"],
    ["the id as text", (seen) => json({ ...done(seen), id: String(seen.message.id) }), "invalid_message"],
    [
      "nothing",
      () => new HttpResponse("", { headers: { "content-type": "application/json" } }),
      "connection_lost",
    ],
    ["202", () => new HttpResponse(null, { status: 202 }), "connection_lost"],
    ["204", () => new HttpResponse(null, { status: 204 }), "connection_lost"],
    ["a stream without the answer", () => sse(event(progress)), "connection_lost"],
    ["a stream without anything", () => sse(), "connection_lost"],
  ])("not %s", async (_, answer, code) => {
    mcp(version, (seen) => (seen.method === "POST" ? answer(seen) : undefined));
    const client = own(await connect(URL_, { protocolVersion: version }));
    const failure = await client.callTool("a").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toContain("secret");
  });

  it("an error without an id, which can only be about this request", async () => {
    mcp(version, () => json({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "bad" } }));
    const client = own(await connect(URL_, { protocolVersion: version }));
    await expect(client.callTool("a")).rejects.toMatchObject({ code: "rpc_error", rpcCode: -32600 });
  });
});

it("a message past limits.messageBytes is not read on", async () => {
  mcp("2026-07-28", (seen) => reply(seen, text("x".repeat(2000))));
  const client = own(await connect(URL_, { limits: { messageBytes: 1000 } }));
  await expect(client.callTool("a")).rejects.toMatchObject({ code: "limit_exceeded" });
});

it("200 with an empty result and no id in answer to initialized is no error", async () => {
  const errors: unknown[] = [];
  mcp("2025-11-25", (seen) => reply(seen, text("x")));
  const client = own(
    await connect(URL_, {
      fetch: async (url, init) =>
        String(init.body).includes("notifications/initialized")
          ? json({ jsonrpc: "2.0", result: {} })
          : fetch(url, init),
    }),
  );
  client.on("error", (error) => errors.push(error));
  expect((await client.callTool("a")).text).toBe("x");
  expect(errors).toEqual([]);
});
