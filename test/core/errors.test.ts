import { describe, expect, it } from "vitest";
import { isMcpError, McpError, quote } from "../../src/core/errors.ts";

describe("McpError", () => {
  it("is an Error whose message begins with its code", () => {
    const error = new McpError("timeout", "It took too long.");
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe("[timeout] It took too long.");
    expect(String(error)).toBe("McpError: [timeout] It took too long.");
    expect(error).toMatchObject({ code: "timeout", name: "McpError", retryable: false });
    expect(error.stack).toContain("[timeout]");
  });

  it("carries its details, and the cause where Error has it", () => {
    const cause = new TypeError("fetch failed");
    const details = {
      status: 429,
      rpcCode: -1,
      data: { a: 1 },
      url: "https://a.example/",
      retryAfterMs: 5,
      retryable: true,
    };
    const error = new McpError("rate_limited", "x", { cause, ...details });
    expect(error).toMatchObject(details);
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain("cause");
  });

  it("does not show its brand", () => {
    expect(Object.keys(new McpError("closed", "x")).sort()).toEqual(["code", "name", "retryable"]);
  });
});

describe("isMcpError", () => {
  const error = new McpError("closed", "x");

  it("knows an error, and its code", () => {
    expect(isMcpError(error)).toBe(true);
    expect(isMcpError(error, "closed")).toBe(true);
    expect(isMcpError(error, "timeout")).toBe(false);
  });

  it.each([
    undefined,
    null,
    0,
    "",
    "closed",
    {},
    [],
    new Error("[closed] x"),
    { code: "closed" },
    Symbol("x"),
    () => {},
  ])("does not take %s for one", (other) => {
    expect(isMcpError(other)).toBe(false);
    expect(isMcpError(other, "closed")).toBe(false);
  });

  it("knows an error of another copy of the library, and that one ours", async () => {
    const url = new URL("../../src/core/errors.ts?another-copy", import.meta.url).href;
    const other: typeof import("../../src/core/errors.ts") = await import(/* @vite-ignore */ url);
    expect(other.McpError).not.toBe(McpError);
    const theirs = new other.McpError("timeout", "x");
    expect(theirs).not.toBeInstanceOf(McpError);
    expect(isMcpError(theirs, "timeout")).toBe(true);
    expect(other.isMcpError(error, "closed")).toBe(true);
  });
});

describe("quote", () => {
  it.each<[string, unknown, string]>([
    ["keeps plain text", "Method not found", "Method not found"],
    ["puts a space for line ends", "a\r\nb\nc", "a b c"],
    ["puts a space for other control characters", "a\u0000\u001b[31mb\u007f\u0085c", "a [31mb c"],
    ["puts a space for the line separators of Unicode", "a\u2028b\u2029c", "a b c"],
    ["cuts what is long", "x".repeat(500), "x".repeat(200)],
    ["shows no object", { secret: 1 }, "an object"],
    ["shows no array", ["secret"], "an object"],
    ["shows nothing", undefined, "undefined"],
    ["shows a number", -32601, "-32601"],
    ["shows a symbol", Symbol("x"), "Symbol(x)"],
  ])("%s", (_, text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});
