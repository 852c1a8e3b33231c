// What a server of the bench says, to every contender alike, and two ways of saying it: a `fetch` that answers
// from memory, so that only the client's own work is left, and a server on loopback.
import { createServer } from "node:http";

const encoder = new TextEncoder();
const json = { "content-type": "application/json" };
const stream = { "content-type": "text/event-stream" };

/** Nanoseconds on a clock that processes of one machine share. */
export const now = () => process.hrtime.bigint();

/** When the stream that was asked for last began to flow: making it is not what is measured. */
export const began = { at: 0 };

/** Microseconds, for differences. */
export const micros = () => Number(now()) / 1000;

/** @param {unknown} message */
const event = (message) => `event: message\ndata: ${JSON.stringify(message)}\n\n`;

const megabytes = "x".repeat(10_000_000);
const tools = Array.from({ length: 1000 }, (_, i) => ({
  name: ["echo", "big"][i] ?? `tool_${i}`,
  description: `The tool number ${i} of a long list, with a sentence that says what it is good for.`,
  inputSchema: { type: "object", properties: { query: { type: "string" }, limit: { type: "integer" } } },
}));

/** How the events of a streaming tool are cut into chunks. */
const cuts = {
  burst: (/** @type {string[]} */ events) => {
    const chunks = [];
    for (let i = 0; i < events.length; i += 100)
      chunks.push(encoder.encode(events.slice(i, i + 100).join("")));
    return chunks;
  },
  lone: (/** @type {string[]} */ events) => events.map((each) => encoder.encode(each)),
  bytes: (/** @type {string[]} */ events) => {
    const all = encoder.encode(events.join(""));
    return Array.from(all, (_, i) => all.subarray(i, i + 1));
  },
};

/**
 * The answer to one message.
 *
 * @param {any} message
 * @returns {{ headers?: Record<string, string>, body?: string, chunks?: Uint8Array[], pace?: number, token?: unknown }}
 */
export function answer({ id, method, params }) {
  const reply = (/** @type {object} */ result) => ({
    headers: json,
    body: JSON.stringify({ jsonrpc: "2.0", id, result }),
  });
  if (id === undefined) return {};
  if (method === "server/discover") {
    return reply({
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities: { tools: {} },
      serverInfo: { name: "bench", version: "1.0.0" },
      ttlMs: 0,
      cacheScope: "private",
    });
  }
  if (method === "initialize") {
    return reply({
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "bench", version: "1.0.0" },
    });
  }
  if (method === "tools/list")
    return reply({ resultType: "complete", tools, ttlMs: 0, cacheScope: "private" });
  if (method !== "tools/call") return reply({ resultType: "complete" });
  const { name, arguments: given } = params;
  const result = { resultType: "complete", content: [{ type: "text", text: "hello" }] };
  if (name === "echo") return reply(result);
  if (name === "big") return reply({ ...result, content: [{ type: "text", text: megabytes }] });
  const token = params._meta?.progressToken;
  const last = event({ jsonrpc: "2.0", id, result });
  if (name === "paced") return { headers: stream, chunks: [encoder.encode(last)], pace: given.count, token };
  const events = Array.from({ length: given.count }, (_, i) => progress(token, i + 1, `token number ${i}`));
  return { headers: stream, chunks: cuts[/** @type {keyof typeof cuts} */ (name)]([...events, last]) };
}

/**
 * @param {unknown} progressToken
 * @param {number} progress
 * @param {string} message
 */
function progress(progressToken, progress, message) {
  return event({
    jsonrpc: "2.0",
    method: "notifications/progress",
    params: { progressToken, progress, message },
  });
}

/** A `fetch` that answers from memory. 2024-11-05 has a stream that all answers share. */
export function fetchFromMemory() {
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
  let shared;
  return async (/** @type {string | URL} */ url, /** @type {RequestInit} */ init) => {
    const sse = String(url).includes("/sse");
    if (init?.method === "DELETE") return new Response(null, { status: 200 });
    if (!init?.body) {
      if (!sse) return new Response(null, { status: 405 });
      const body = new ReadableStream({
        start(controller) {
          shared = controller;
          controller.enqueue(encoder.encode("event: endpoint\ndata: /sse/messages\n\n"));
        },
      });
      return new Response(body, { headers: stream });
    }
    const { headers, body, chunks } = answer(JSON.parse(String(init.body)));
    if (!headers) return new Response(null, { status: 202 });
    if (sse) {
      began.at = micros();
      for (const chunk of chunks ?? [encoder.encode(`event: message\ndata: ${body}\n\n`)])
        shared?.enqueue(chunk);
      return new Response(null, { status: 202 });
    }
    if (!chunks) return new Response(body, { headers });
    let i = 0;
    began.at = micros();
    const flow = new ReadableStream(
      {
        pull(controller) {
          const chunk = chunks[i++];
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(flow, { headers });
  };
}

/** The same on loopback. Resolves with its origin. */
export async function listen() {
  /** @type {import("node:http").ServerResponse[]} the streams of 2024-11-05, one a session */
  const streams = [];
  const server = createServer(async (request, response) => {
    const sse = request.url?.startsWith("/sse");
    if (request.method === "GET") {
      if (!sse) return response.writeHead(405).end();
      const session = streams.push(response) - 1;
      response.writeHead(200, stream).write(`event: endpoint\ndata: /sse/messages?session=${session}\n\n`);
      return;
    }
    if (request.method !== "POST") return response.writeHead(200).end();
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const { headers, body, chunks, pace, token } = answer(JSON.parse(text));
    if (!headers) return response.writeHead(202).end();
    const session = Number(request.url?.split("session=")[1]);
    const to = sse ? streams[session] : response.writeHead(200, headers);
    if (sse) response.writeHead(202).end();
    if (!chunks) to?.[sse ? "write" : "end"](sse ? `event: message\ndata: ${body}\n\n` : body);
    else if (pace) {
      let left = pace;
      const timer = setInterval(() => {
        if (left-- > 0) to?.write(progress(token, pace - left, String(now())));
        else {
          clearInterval(timer);
          to?.write(chunks[0]);
          if (!sse) to?.end();
        }
      }, 5);
    } else {
      for (const chunk of chunks) {
        if (!to?.write(chunk)) await new Promise((resolve) => to?.once("drain", resolve));
      }
      if (!sse) to?.end();
    }
  });
  // Contenders take turns for longer than a server usually keeps an idle connection.
  server.keepAliveTimeout = 600_000;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}`;
}
