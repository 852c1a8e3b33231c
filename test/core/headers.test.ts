import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  corsHeaders,
  headerValue,
  LAST_EVENT_ID,
  METHOD_HEADER,
  NAME_HEADER,
  SESSION_HEADER,
  VERSION_HEADER,
} from "../../src/core/wire/headers.ts";

/** What a server makes of a header value. */
function decoded(value: string): string {
  const inner = /^=\?base64\?(.*)\?=$/s.exec(value)?.[1];
  return inner === undefined ? value : Buffer.from(inner, "base64").toString("utf8");
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#value-encoding */
describe('headerValue writes the examples of "Value Encoding"', () => {
  // requires: headers/values-encoded, headers/base64, headers/markers, headers/sentinel-encoded
  it.each([
    ["us-west1", "us-west1"],
    ["Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
    [" padded ", "=?base64?IHBhZGRlZCA=?="],
    ["line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
    ["=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
  ])("%j as %s", (value, encoded) => {
    expect(headerValue(value)).toBe(encoded);
    expect(decoded(encoded)).toBe(value);
  });
});

describe("headerValue leaves as they are", () => {
  it.each([
    "",
    "a",
    "get_weather",
    "tools/call",
    "two words",
    "a  b",
    "file:///projects/my%20app/config.json",
    "https://example.com/a?b=c&d=%2F#e",
    "42",
    "-7",
    "true",
    "=?base64?",
    "?=",
    "=?base64?unfinished",
    "=?BASE64?QQ==?=",
    "x=?base64?QQ==?=",
    "~!@#$%^&*()",
  ])("%j", (value) => {
    expect(headerValue(value)).toBe(value);
  });
});

describe("headerValue encodes", () => {
  it.each([
    " ",
    " a",
    "a ",
    "\ta",
    "a\tb",
    "a\rb",
    "a\r\nX-Evil: 1",
    "\u0000",
    "\u007f",
    "é",
    "ÿ",
    "日本語",
    "😀",
    "=?base64??=",
    "=?base64?QQ==?=",
    "=?base64?two\nlines?=",
    "a\u2028b",
  ])("%j so that it comes back as it was", (value) => {
    const encoded = headerValue(value);
    expect(encoded).toMatch(/^=\?base64\?[A-Za-z0-9+/]*={0,2}\?=$/);
    expect(decoded(encoded)).toBe(value);
  });

  it.each([
    ["\ud800", "\ufffd"],
    ["\udc00", "\ufffd"],
    ["a\ud83d", "a\ufffd"],
    ["\ude00\ud83d", "\ufffd\ufffd"],
    ["\ud83d\ude00\ud83d", "😀\ufffd"],
  ])("the lone surrogate of %j as U+FFFD, like every encoder", (value, read) => {
    expect(decoded(headerValue(value))).toBe(read);
    expect(Buffer.from(value, "utf8").toString("utf8")).toBe(read);
  });
});

// requires: headers/values-encoded
it("headerValue makes any text a legal header value that comes back as it was", () => {
  const text = fc.oneof(
    fc.string(),
    // Pairs and lone surrogates among them; fast-check makes tables for seconds for a unit of its own.
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    fc.string().map((inner) => `=?base64?${inner}?=`),
  );
  fc.assert(
    fc.property(text, (value) => {
      const encoded = headerValue(value);
      expect(encoded).toMatch(/^([!-~]([ -~]*[!-~])?)?$/);
      expect(new Headers({ "mcp-name": encoded }).get("mcp-name")).toBe(encoded);
      expect(decoded(encoded)).toBe(Buffer.from(value, "utf8").toString("utf8"));
    }),
  );
});

const own = [VERSION_HEADER, SESSION_HEADER, METHOD_HEADER, NAME_HEADER, LAST_EVENT_ID];

it("the header names are lower-case, as HeaderMap wants them", () => {
  for (const name of own) expect(name).toBe(name.toLowerCase());
});

it("corsHeaders allows every header the library sends, and exposes each it reads", () => {
  const allowed = corsHeaders.allow.map((name) => name.toLowerCase());
  expect(allowed).toEqual(expect.arrayContaining(own));
  expect(allowed).toEqual(expect.arrayContaining(["accept", "authorization", "content-type"]));
  expect(corsHeaders.expose).toEqual(
    expect.arrayContaining(["Mcp-Session-Id", "WWW-Authenticate", "Retry-After"]),
  );
});
