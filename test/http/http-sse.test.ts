import { connect, listen, type Message } from "mcp-rivulet";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { capabilities, json, ORIGIN, own, type Seen, serve, serverInfo, text } from "./support.ts";

/** Another for each test: what negotiation finds is remembered by URL. */
let SSE = "";
let tests = 0;
beforeEach(() => {
  SSE = `${ORIGIN}/sse/${++tests}`;
});

/** A server of 2024-11-05. What `answer` returns goes out on the stream, and then what `accept` says to the POST. */
function legacy(
  endpoint: string,
  answer: (seen: Seen) => object | undefined = () => undefined,
  accept: (seen: Seen) => Promise<Response> | undefined = () => undefined,
) {
  let say: (chunk: string) => void = () => {};
  let end: () => void = () => {};
  const seen = serve((asked) => {
    if (asked.method === "GET" && asked.url === SSE) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const encoder = new TextEncoder();
          say = (chunk) => controller.enqueue(encoder.encode(chunk));
          end = () => controller.close();
          say(`event: endpoint\ndata: ${endpoint}\n\n`);
        },
      });
      return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
    }
    if (asked.url === SSE) return new HttpResponse(null, { status: 405 });
    const { id, method } = asked.message;
    const result =
      method === "initialize" ? { protocolVersion: "2024-11-05", capabilities, serverInfo } : answer(asked);
    if (id !== undefined && result) tell({ jsonrpc: "2.0", id, result } as Message);
    return accept(asked) ?? new HttpResponse("Accepted", { status: 202 });
  });
  const tell = (message: Message) => say(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  return { seen, tell, drop: () => end() };
}

describe("HTTP+SSE", () => {
  it("whose stream breaks while nobody calls, and is not to be had again, ends listening by name", async () => {
    let down = false;
    let broken = () => {};
    const { tell } = legacy("/messages");
    const through = async (url: string | URL | Request, init?: RequestInit) => {
      if (down) throw new TypeError("refused");
      const response = await fetch(url, init);
      if (init?.method !== "GET") return response;
      // What a socket that is reset does to the body.
      const body = response.body?.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          start: (controller) => {
            broken = () => controller.error(new TypeError("terminated"));
          },
        }),
      );
      return new Response(body, response);
    };
    const reconnect = { attempts: 2, delay: 1 };
    const client = own(await connect(SSE, { protocolVersion: "2024-11-05", fetch: through, reconnect }));
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const changes = listen(client, { toolsListChanged: true });
    const reading = changes[Symbol.asyncIterator]();
    await changes.ready;
    tell({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    expect((await reading.next()).value).toEqual({ type: "toolsChanged" });
    down = true;
    broken();
    await expect(reading.next()).rejects.toMatchObject({ code: "connection_lost" });
    expect(errors).toEqual([expect.objectContaining({ code: "connect_failed" })]);
  });

  // requires: http-sse/posts-to-endpoint
  it("sends to the endpoint that the stream names, with the caller's headers and none of later revisions", async () => {
    const { seen } = legacy("/messages?session_id=1", () => text("x"));
    const client = own(
      await connect(SSE, { transport: "http-sse", headers: { "x-api-key": "k" }, auth: "t" }),
    );
    expect((await client.callTool("a")).text).toBe("x");
    expect(client.server).toMatchObject({ protocolVersion: "2024-11-05", transport: "http-sse" });
    const own_ = { "x-api-key": "k", authorization: "Bearer t" };
    const [stream, ...posts] = seen;
    expect(stream?.headers).toEqual({ accept: "text/event-stream", ...own_ });
    expect(posts.map(({ message }) => message.method)).toEqual([
      "initialize",
      "notifications/initialized",
      "tools/call",
    ]);
    for (const { url, headers } of posts) {
      expect(url).toBe(`${ORIGIN}/messages?session_id=1`);
      expect(headers).toEqual({
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        ...own_,
      });
    }
  });

  it("is found by itself behind a URL that takes no POST", async () => {
    const { seen } = legacy("/messages");
    const client = own(await connect(SSE));
    expect(client.server?.transport).toBe("http-sse");
    expect(seen[0]).toMatchObject({ method: "POST", url: SSE });
  });

  it("is found by itself behind a URL that opens the stream for a POST as well, without waiting for an answer there", async () => {
    const opened: string[] = [];
    serve(({ method, message, url }) => {
      if (url !== SSE) return new HttpResponse(null, { status: 202 });
      opened.push(method === "POST" ? `${message.method}` : method);
      const first = "event: endpoint\ndata: /messages\n\n";
      const answer = { protocolVersion: "2024-11-05", capabilities, serverInfo };
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const say = (chunk: string) => controller.enqueue(new TextEncoder().encode(chunk));
          say(first);
          if (method === "GET") say(`data: ${JSON.stringify({ jsonrpc: "2.0", id: 3, result: answer })}\n\n`);
        },
      });
      return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
    });
    const client = own(await connect(SSE, { timeout: 2000 }));
    expect(client.server).toMatchObject({ protocolVersion: "2024-11-05", transport: "http-sse" });
    expect(opened).toEqual(["server/discover", "initialize", "GET"]);
  });

  it("gives a call what belongs to it by its token", async () => {
    const server = legacy("/messages", ({ message }) => {
      if (message.method !== "tools/call") return undefined;
      const progressToken = (message.params?._meta as { progressToken: string } | undefined)?.progressToken;
      server.tell({
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken, progress: 1 },
      });
      return text("x");
    });
    const client = own(await connect(SSE, { transport: "http-sse" }));
    const types: string[] = [];
    for await (const { type } of client.callTool("a")) types.push(type);
    expect(types).toEqual(["progress", "text", "result"]);
  });

  it("gives no call what only names its tool while another may be running that was lost", async () => {
    let posts = 0;
    const { tell } = legacy(
      "/messages",
      ({ message }) => {
        if (message.method !== "tools/call" || posts++ === 0) return undefined;
        const params = { toolName: "chat", content: [{ type: "text", text: "of the lost one" }] };
        tell({ jsonrpc: "2.0", method: "notifications/tool/streamContent", params });
        return text("own");
      },
      ({ message }) =>
        message.method === "tools/call" && posts === 1 ? Promise.resolve(HttpResponse.error()) : undefined,
    );
    const client = own(await connect(SSE, { transport: "http-sse" }));
    await expect(client.callTool("chat")).rejects.toMatchObject({ code: "connect_failed" });
    const heard: string[] = [];
    for await (const token of client.callTool("chat").text()) heard.push(token);
    expect(heard).toEqual(["own"]);
  });

  it("fails the one call that waits with an error of a server that could not read its id", async () => {
    const { tell } = legacy("/messages", ({ message }) => {
      const error = { code: -32602, message: "Invalid request parameters" };
      if (message.method === "tools/call") tell({ jsonrpc: "2.0", id: null, error });
      return undefined;
    });
    const client = own(await connect(SSE, { transport: "http-sse" }));
    await expect(client.callTool("a")).rejects.toMatchObject({ code: "rpc_error", rpcCode: -32602 });
  });

  it("gives an error without an id to none of two calls", async () => {
    const { tell } = legacy("/messages", () => undefined);
    const client = own(await connect(SSE, { transport: "http-sse" }));
    const errors: unknown[] = [];
    client.on("error", (error) => errors.push(error));
    const reported = new Promise((resolve) => client.on("error", resolve));
    const sent = new Promise<void>((resolve) => {
      let posts = 0;
      client.on("message", ({ direction }) => direction === "out" && ++posts === 2 && resolve());
    });
    const closed = (call: PromiseLike<unknown>) => expect(call).rejects.toMatchObject({ code: "closed" });
    const both = Promise.all([closed(client.callTool("a")), closed(client.callTool("b"))]);
    await sent;
    tell({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error" } });
    await reported;
    await client.close();
    await both;
    expect(errors).toEqual([expect.objectContaining({ code: "invalid_message" })]);
  });

  it("fails calls as soon as the stream ends", async () => {
    const server = legacy("/messages", ({ message }) => {
      if (message.method === "tools/call") server.drop();
      return undefined;
    });
    const client = own(await connect(SSE, { transport: "http-sse", reconnect: false }));
    await expect(client.callTool("a")).rejects.toMatchObject({ code: "connection_lost" });
  });

  describe("when a call is answered while its POST is open", () => {
    /** Keeps the POST of the first call open until `end`; `cut` resolves when the client gives it up. */
    async function held() {
      let end: (response: Response) => void = () => {};
      let held: Promise<Response> | undefined = new Promise((resolve) => {
        end = resolve;
      });
      let give: (how: string) => void = () => {};
      const cut = new Promise<string>((resolve) => {
        give = resolve;
      });
      legacy(
        "/messages",
        ({ message }) => (message.method === "tools/call" ? text("x") : undefined),
        ({ message, request }) => {
          if (message.method !== "tools/call") return undefined;
          const response = held;
          held = undefined;
          if (response) request.signal.addEventListener("abort", () => give("cut"));
          return response;
        },
      );
      const client = own(await connect(SSE, { transport: "http-sse" }));
      const errors: unknown[] = [];
      client.on("error", (error) => errors.push(error));
      return { client, end, cut, errors };
    }

    it("resolves it at once, and gives the POST up only later", async () => {
      const { client, cut } = await held();
      const call = client.callTool("a").then(({ text }) => text);
      expect(await Promise.race([call, cut])).toBe("x");
      // Nobody ends it, so the client has to.
      expect(await cut).toBe("cut");
      expect((await client.callTool("a")).text).toBe("x");
    });

    it.each([
      ["a refusal", new HttpResponse("no", { status: 500 })],
      ["a lost session", new HttpResponse(null, { status: 404 })],
      ["a redirect", new HttpResponse(null, { status: 302, headers: { location: "https://evil.example" } })],
      ["another answer", json({ jsonrpc: "2.0", id: 2, error: { code: -32603, message: "no" } })],
    ])("does not mind that the POST ends with %s", async (_, response) => {
      const { client, end, errors } = await held();
      expect((await client.callTool("a")).text).toBe("x");
      end(response);
      expect((await client.callTool("a")).text).toBe("x");
      expect(errors).toEqual([]);
      expect(client.status).toBe("ready");
    });
  });

  it.each([
    ["another origin", "https://evil.example/messages"],
    ["another port", "https://mcp.example.com:8443/messages"],
    ["another scheme", "http://mcp.example.com/messages"],
    ["credentials", "https://user:s3cret@mcp.example.com/messages"],
    ["no URL", "https://"],
    ["a script", "javascript:alert(1)"],
  ])("does not send anything to an endpoint with %s", async (_, endpoint) => {
    const { seen } = legacy(endpoint);
    const failure = await connect(SSE, { transport: "http-sse" }).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: "insecure_endpoint" });
    expect(String(failure)).not.toContain("s3cret");
    expect(seen.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("is not what answers with something else", async () => {
    serve(() => json({ hello: 1 }));
    await expect(connect(SSE, { transport: "http-sse" })).rejects.toMatchObject({ code: "content_type" });
  });
});
