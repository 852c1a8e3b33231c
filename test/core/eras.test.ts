import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/types.ts";
import { codecFor, type Identity, META } from "../../src/core/wire/eras.ts";

const identity: Identity = { clientInfo: { name: "test", version: "1" }, capabilities: { roots: {} } };
const modern = codecFor("2026-07-28", identity);
const legacyVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

const envelope = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": identity.clientInfo,
  "io.modelcontextprotocol/clientCapabilities": identity.capabilities,
};

describe("the modern codec", () => {
  it("says version, identity and capabilities on every request", () => {
    expect(modern.request(1, "tools/list", undefined, { progressToken: "t1" })).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/list",
      params: { _meta: { progressToken: "t1", ...envelope } },
    });
  });

  it("does so without any meta of the caller", () => {
    expect(modern.request("a", "tools/list", { cursor: "" }, undefined).params).toEqual({
      cursor: "",
      _meta: envelope,
    });
  });

  it("lets what the protocol reserves win over the caller's meta, wherever the caller put it", () => {
    const evil = {
      [META.version]: "1900-01-01",
      [META.clientInfo]: "evil",
      [META.capabilities]: "evil",
      "com.example/mine": 1,
    };
    const expected = { ...envelope, "com.example/mine": 1 };
    expect(modern.request(1, "m", { _meta: evil }, {}).params?._meta).toEqual(expected);
    expect(modern.request(1, "m", {}, evil).params?._meta).toEqual(expected);
  });

  it("keeps the caller's log level, which is nobody else's", () => {
    const meta = { [META.logLevel]: "debug" };
    expect(modern.request(1, "m", {}, meta).params?._meta).toEqual({ ...meta, ...envelope });
  });

  it.each<[string, JsonObject | undefined, string | undefined]>([
    ["tools/call", { name: "get_weather" }, "get_weather"],
    ["tools/call", { name: "wetter für morgen" }, "=?base64?d2V0dGVyIGbDvHIgbW9yZ2Vu?="],
    ["prompts/get", { name: "review" }, "review"],
    ["resources/read", { uri: "file:///a%20b" }, "file:///a%20b"],
    ["resources/read", { uri: "file:///a", name: "other" }, "file:///a"],
    ["tools/call", { uri: "file:///a" }, undefined],
    ["tools/call", { name: 7 }, undefined],
    ["tools/call", undefined, undefined],
    ["resources/subscribe", { uri: "file:///a" }, undefined],
    ["completion/complete", { name: "x" }, undefined],
    ["tools/list", { name: "x" }, undefined],
    ["x/tools/call", { name: "x" }, undefined],
  ])("mirrors %s %j as Mcp-Name %s", (method, params, name) => {
    const expected: JsonObject = { "mcp-protocol-version": "2026-07-28", "mcp-method": method };
    if (name !== undefined) expected["mcp-name"] = name;
    expect(modern.headers(method, params)).toEqual(expected);
  });

  it("encodes a method that is no header value", () => {
    expect(modern.headers("a\nb", undefined)["mcp-method"]).toBe("=?base64?YQpi?=");
  });

  it.each<[JsonObject, string | undefined]>([
    [{}, "complete"],
    [{ resultType: "complete" }, "complete"],
    [{ resultType: "input_required" }, "input_required"],
    [{ resultType: "task" }, undefined],
    [{ resultType: null }, undefined],
    [{ resultType: "toString" }, undefined],
  ])("reads the result %j as %s", (result, outcome) => {
    expect(modern.outcome(result)).toBe(outcome);
  });
});

describe.each(legacyVersions)("the codec of %s", (version) => {
  const legacy = codecFor(version, identity);

  it("adds nothing to a request but the meta it is given", () => {
    expect(legacy.request(1, "tools/call", { name: "a" }, { progressToken: "t1" })).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "a", _meta: { progressToken: "t1" } },
    });
  });

  it("lets the progress token win over the caller's", () => {
    const given = { progressToken: "mine", "com.example/mine": 1 };
    expect(legacy.request(1, "m", { _meta: given }, { progressToken: "t1" }).params?._meta).toEqual({
      progressToken: "t1",
      "com.example/mine": 1,
    });
  });

  it("replaces a _meta that is no object", () => {
    expect(legacy.request(1, "m", { _meta: "x" }, { progressToken: "t1" }).params?._meta).toEqual({
      progressToken: "t1",
    });
  });

  it("sends the version header since 2025-06-18, and never with initialize", () => {
    const expected = version >= "2025-06-18" ? { "mcp-protocol-version": version } : {};
    expect(legacy.headers("tools/call", { name: "a" })).toEqual(expected);
    expect(legacy.headers("", undefined)).toEqual(expected);
    expect(legacy.headers("initialize", undefined)).toEqual({});
  });

  it("takes every result as complete", () => {
    expect(legacy.outcome({ resultType: "input_required" })).toBe("complete");
  });

  it("knows its era and version", () => {
    expect(legacy).toMatchObject({ era: "legacy", version });
  });
});

it("a codec does not change the params it is given", () => {
  const params = Object.freeze({ name: "a", _meta: Object.freeze({ x: 1 }) });
  const meta = Object.freeze({ progressToken: "t1" });
  modern.request(1, "tools/call", params, meta);
  codecFor("2025-11-25", identity).request(1, "tools/call", params, meta);
  expect(params).toEqual({ name: "a", _meta: { x: 1 } });
});
