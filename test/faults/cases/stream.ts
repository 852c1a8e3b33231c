import type { Case, Piece } from "../types.ts";
import { ALL, call, each, event, OK, ok, progress, STREAMABLE, sse } from "./lib.ts";

const NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"é🎈"}}';
const BOM = "\ufeff";

/** Streams that all say one log entry and the answer, however they are written. */
const sound: readonly (readonly [string, string])[] = [
  ["LF", `data: ${NOTE}\n\ndata: ${ok}\n\n`],
  ["CR", `data: ${NOTE}\r\rdata: ${ok}\r\r`],
  ["CRLF", `data: ${NOTE}\r\n\r\ndata: ${ok}\r\n\r\n`],
  ["all three mixed", `data: ${NOTE}\r\n\rdata: ${ok}\n\r\n`],
  ["a BOM", `${BOM}data: ${NOTE}\n\ndata: ${ok}\n\n`],
  ["a BOM, then a comment with CR", `${BOM}:\r\rdata: ${NOTE}\r\rdata: ${ok}\r\r`],
  ["no space after the colon", `data:${NOTE}\n\ndata:${ok}\n\n`],
  ["two spaces after the colon", `data:  ${NOTE}\n\ndata:  ${ok}\n\n`],
  [
    "data over several lines",
    `data: ${NOTE}\n\ndata: {"jsonrpc":"2.0",\ndata:\ndata: "id":$id,\ndata:"result":{"content":[{"type":"text","text":"ok"}]}}\n\n`,
  ],
  ["event: message", `event: message\ndata: ${NOTE}\n\ndata: ${ok}\nevent:message\n\n`],
  ["event: without a name", `event:\ndata: ${NOTE}\n\nevent\ndata: ${ok}\n\n`],
  [
    "other event types, which do not stick",
    `event: other\ndata: {"jsonrpc":"2.0","id":$id,"result":{}}\n\ndata: ${NOTE}\n\nevent: ping\ndata: x\n\ndata: ${ok}\n\n`,
  ],
  ["a type whose event has no data does not stick", `event: other\n\ndata: ${NOTE}\n\ndata: ${ok}\n\n`],
  [
    "comments and unknown fields between the lines",
    `: hi\nfoo: bar\nbaz\n:\ndata: ${NOTE}\n: mid\n\ndatas: x\n data: y\ndata: ${ok}\n:\n\n`,
  ],
  ["fields in other letters are not fields", `Data: x\nDATA: y\ndata: ${NOTE}\n\nID: 3\ndata: ${ok}\n\n`],
  ["empty events", `\n\n\ndata\n\ndata:\n\ndata: ${NOTE}\n\n\n\n\ndata: ${ok}\n\n`],
  ["ids with NUL", `id: a\0b\ndata: ${NOTE}\n\nid: \0\ndata: ${ok}\n\n`],
  ["the same empty id each time", `id:\ndata: ${NOTE}\n\nid\ndata: ${ok}\n\n`],
  [
    "bogus retry",
    `retry: soon\nretry: -1\nretry: 1e3\nretry\nretry: 99999999999999999999\ndata: ${NOTE}\n\ndata: ${ok}\n\n`,
  ],
];

/** Rule 7: Server-Sent Events exactly as WHATWG has them, however the bytes are cut. */
export const cases: readonly Case[] = [
  ...sound.flatMap(([name, body]) =>
    [body, { bytes: body }].flatMap((piece: Piece) =>
      each(typeof piece === "string" && !body.startsWith(BOM) ? ALL : STREAMABLE, (revision) => ({
        name: `${name}${typeof piece === "string" ? "" : ", byte by byte"}`,
        server: { "tools/call": sse(revision, piece, "hang") },
        client: async (bench) => {
          const client = await bench.connect();
          const logs: unknown[] = [];
          client.on("log", ({ data }) => logs.push(data));
          const { text } = await client.callTool("echo");
          return [text, logs];
        },
        expect: { value: ["ok", ["é🎈"]], requests: { "GET resume": 0 } },
      })),
    ),
  ),
  ...["\n\n", "\r\r", "\r\n\r\n", "\n\r", "\r\n\r"].flatMap((end) =>
    each(ALL, (revision) => ({
      name: `an event ended by ${JSON.stringify(end)} is delivered without another byte`,
      server: { "tools/call": sse(revision, [`data: ${ok}${end}`], "hang") },
      client: call(),
      expect: { value: OK },
    })),
  ),
  ...each(STREAMABLE, (revision) => ({
    name: "a CR and its LF in two pieces end one line, not two",
    server: {
      "tools/call": sse(revision, [
        `${progress()}data: {"jsonrpc":"2.0",\r`,
        { until: "read" },
        '\ndata: "id":$id,\r\ndata: "result":{"content":[]}}\r\n\r\n',
      ]),
    },
    client: async (bench) => {
      const client = await bench.connect();
      client.on("message", ({ message }) => {
        if ("method" in message && message.method === "notifications/progress") bench.go("read");
      });
      return client.callTool("echo");
    },
    expect: { value: { content: [] } },
  })),
  ...each(["2024-11-05"], () => ({
    name: "the endpoint event in bytes and with CR",
    server: {
      GET: {
        as: "sse" as const,
        body: { bytes: "event: endpoint\rdata: /messages\r\r" },
        then: "hang" as const,
      },
    },
    client: async (bench) => (await bench.connect()).server?.protocolVersion,
    expect: { value: "2024-11-05" },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "an event that the end of the stream cuts off is not one",
    server: { "tools/call": sse(revision, [progress(), `data: ${ok}\n`]) },
    client: call(),
    expect: { code: "connection_lost" },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "one UTF-8 letter in two chunks",
    server: { "tools/call": sse(revision, { bytes: event(ok.replace('"ok"', '"é🎈"')) }) },
    client: call(),
    expect: { value: { text: "é🎈" } },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "a hundred thousand empty lines and comments",
    server: { "tools/call": sse(revision, [{ repeat: "\n\n:x\r\n", times: 100_000 }, event(ok)]) },
    client: call(),
    expect: { value: OK },
  })),
  ...each(STREAMABLE, (revision) => ({
    name: "one event of 15 000 chunks takes no longer than its bytes",
    server: {
      "tools/call": sse(revision, [
        'data: {"jsonrpc":"2.0",',
        { bytes: " ".repeat(15_000) },
        '"id":$id,"result":{"content":[{"type":"text","text":"ok"}]}}\n\n',
      ]),
    },
    client: call(),
    deadline: 15_000,
    expect: { value: OK },
  })),
];
