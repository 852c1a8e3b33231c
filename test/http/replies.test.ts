import { httpSse, streamableHttp } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import { event, URL_ } from "./support.ts";

const { signal } = new AbortController();
const request = { jsonrpc: "2.0", id: 1, method: "tools/call" } as const;
const answer = `id: e1\n${event({ jsonrpc: "2.0", id: 1, result: {} })}`;

/** A body that says this, and ends when it is told to. */
function bodyOf(text = "") {
  const cancel = vi.fn();
  let ends!: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      ends = controller;
      if (text) controller.enqueue(new TextEncoder().encode(text));
    },
    cancel,
  });
  return { stream, cancel, ends };
}

async function all(messages: AsyncIterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const message of messages) read.push(message);
  return read;
}

// Whoever reads it, its own end is all that tells it to let go: a signal may belong to more than one request.
describe("a reply channel", () => {
  it.each([
    ["a page", 200, "text/html", "content_type"],
    ["an error page", 500, "text/html", "http_error"],
    ["a 202", 202, "text/plain", "connection_lost"],
  ] as const)("lets go of %s where an answer was due", async (_, status, type, code) => {
    const { stream, cancel } = bodyOf();
    const headers = { "content-type": type };
    const transport = streamableHttp(URL_, { fetch: async () => new Response(stream, { status, headers }) });
    await expect(all(transport.send(request, { signal }))).rejects.toMatchObject({ code });
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("of HTTP+SSE says why the session is gone, when its stream ends before the refusal", async () => {
    const { stream, ends } = bodyOf("event: endpoint\ndata: /messages\n\n");
    let refuse!: (response: Response) => void;
    const refused = new Promise<Response>((done) => {
      refuse = done;
    });
    const headers = { "content-type": "text/event-stream" };
    const transport = httpSse(URL_, {
      fetch: async (_, { method }) => (method === "GET" ? new Response(stream, { headers }) : refused),
    });
    const inbound = all(transport.inbound?.({ signal }) as AsyncIterable<unknown>);
    const reply = all(transport.send(request, { signal }));
    ends.close();
    await inbound;
    refuse(new Response(null, { status: 404 }));
    await expect(reply).rejects.toMatchObject({ code: "session_expired" });
  });

  it("of HTTP+SSE lets go of what is no event stream", async () => {
    const { stream, cancel } = bodyOf();
    const headers = { "content-type": "text/html" };
    const transport = httpSse(URL_, { fetch: async () => new Response(stream, { headers }) });
    const inbound = transport.inbound?.({ signal }) as AsyncIterable<unknown>;
    await expect(all(inbound)).rejects.toMatchObject({ code: "content_type" });
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("lets go of what a notification is answered with", async () => {
    const { stream, cancel } = bodyOf();
    const transport = streamableHttp(URL_, { fetch: async () => new Response(stream, { status: 202 }) });
    expect(await all(transport.send({ jsonrpc: "2.0", method: "x" }, { signal }))).toEqual([]);
    expect(cancel).toHaveBeenCalledOnce();
  });

  it.each([
    ["a redirect", { status: 307, headers: { location: "/there" } }],
    ["a 401 that has been seen to", { status: 401 }],
  ])("lets go of %s", async (_, refused) => {
    const { stream, cancel } = bodyOf();
    const answers = [new Response(stream, refused), new Response(null, { status: 202 })];
    const transport = streamableHttp(URL_, {
      fetch: async () => answers.shift() as Response,
      auth: { headers: () => ({}), challenged: async () => true },
    });
    await all(transport.send({ jsonrpc: "2.0", method: "x" }, { signal }));
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("ends after the answer, though its stream drops", async () => {
    const { stream, ends } = bodyOf(answer);
    const fetch = vi.fn(
      async () => new Response(stream, { headers: { "content-type": "text/event-stream" } }),
    );
    const read: unknown[] = [];
    for await (const message of streamableHttp(URL_, { fetch }).send(request, { signal, reconnect: {} })) {
      read.push(message);
      ends.error(new Error("reset"));
    }
    expect(read).toMatchObject([{ id: 1 }]);
    expect(fetch).toHaveBeenCalledOnce();
  });

  it("reads an answered stream to its end, which keeps the connection", async () => {
    const { stream, cancel, ends } = bodyOf(answer);
    const headers = { "content-type": "text/event-stream" };
    const transport = streamableHttp(URL_, { fetch: async () => new Response(stream, { headers }) });
    for await (const _ of transport.send(request, { signal })) break;
    ends.close();
    expect(cancel).not.toHaveBeenCalled();
  });

  it("throws the reason of its signal, as it is", async () => {
    const { stream, ends } = bodyOf();
    const asked = new AbortController();
    const fetch = async () => new Response(stream, { headers: { "content-type": "text/event-stream" } });
    const read = all(streamableHttp(URL_, { fetch }).send(request, { signal: asked.signal }));
    const reason = new Error("mine");
    asked.abort(reason);
    ends.error(reason);
    await expect(read).rejects.toBe(reason);
  });
});

it("nobody waits for the answer to DELETE", async () => {
  const transport = streamableHttp(URL_, {
    fetch: (_, { method }) =>
      method === "DELETE"
        ? new Promise(() => {})
        : Promise.resolve(Response.json({ ...request, result: {} }, { headers: { "mcp-session-id": "s" } })),
  });
  await all(transport.send({ ...request, method: "initialize" }, { signal }));
  await transport.close();
});
