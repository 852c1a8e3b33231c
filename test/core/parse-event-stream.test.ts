import { describe, expect, it } from "vitest";
import { parseEventStream } from "../../src/adapters/parse-event-stream.ts";

describe("parseEventStream", () => {
  it.each([
    ["nothing", "", []],
    ["events", "data: 1\n\ndata: 2\n\n", [{ data: "1" }, { data: "2" }]],
    ["an event that no empty line ends", "data: 1\n\ndata: 2", [{ data: "1" }, { data: "2" }]],
    ["types and ids", "event: token\nid: 7\ndata: Hi\n\n", [{ event: "token", id: "7", data: "Hi" }]],
    ["several lines of data", 'data: {\r\ndata: "a":1}\r\n\r\n', [{ data: '{\n"a":1}' }]],
    ["a byte order mark", "\ufeffdata: 1\n\n", [{ data: "1" }]],
    ["comments and retries", ": ping\n\nretry: 5\n\ndata: 1\n\n", [{ data: "1" }]],
    ["text that is no event stream", "Hello, world", []],
  ])("reads %s", (_, text, events) => {
    expect(parseEventStream(text)).toEqual(events.map((event) => expect.objectContaining(event)));
  });
});
