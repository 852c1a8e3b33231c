import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/types.ts";
import { Codec, type Identity, LOG_LEVEL } from "../../src/core/wire/eras.ts";

const identity: Identity = { clientInfo: { name: "test", version: "1" }, capabilities: { roots: {} } };
const modern = new Codec("2026-07-28", identity);
const legacyVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

const envelope = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": identity.clientInfo,
  "io.modelcontextprotocol/clientCapabilities": identity.capabilities,
};

describe("the modern codec", () => {
  // requires: base/meta-required-fields, base/meta-client-info, base/meta-on-every-request
  it("says version, identity and capabilities on every request, beside the progress token", () => {
    expect(modern.request(1, "tools/list", undefined, "t1", undefined)).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/list",
      params: { _meta: { progressToken: "t1", ...envelope } },
    });
  });

  it("keeps the params and the caller's meta, wherever the caller put it", () => {
    const params = { cursor: "", _meta: { "com.example/a": 1, "com.example/b": 1 } };
    expect(modern.request("a", "tools/list", params, "t1", { "com.example/b": 2 }).params).toEqual({
      cursor: "",
      _meta: { "com.example/a": 1, "com.example/b": 2, progressToken: "t1", ...envelope },
    });
  });

  it("lets what the protocol reserves win over the caller's meta, wherever the caller put it", () => {
    const evil = {
      ...Object.fromEntries(Object.keys(envelope).map((key) => [key, "evil"])),
      progressToken: "evil",
      "com.example/mine": 1,
    };
    const expected = { ...envelope, progressToken: "t1", "com.example/mine": 1 };
    expect(modern.request(1, "m", { _meta: evil }, "t1", undefined).params?._meta).toEqual(expected);
    expect(modern.request(1, "m", {}, "t1", evil).params?._meta).toEqual(expected);
  });

  it("keeps the caller's log level, which is nobody else's", () => {
    const meta = { [LOG_LEVEL]: "debug" };
    expect(modern.request(1, "m", {}, "t1", meta).params?._meta).toEqual({
      ...meta,
      progressToken: "t1",
      ...envelope,
    });
  });

  it("replaces a _meta that is no object", () => {
    expect(modern.request(1, "m", { _meta: "x" }, "t1", undefined).params?._meta).toEqual({
      progressToken: "t1",
      ...envelope,
    });
  });

  // requires: http/standard-headers, http/name-encoded
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

  // requires: base/result-type-known-set, base/result-type-unknown-invalid
  // requires: base/result-type-absent-complete
  it.each<[JsonObject, unknown]>([
    [{}, "complete"],
    [{ resultType: "complete" }, "complete"],
    [{ resultType: "input_required" }, "input_required"],
    [{ resultType: "task" }, "task"],
    [{ resultType: null }, null],
    [{ resultType: "toString" }, "toString"],
  ])("reads the result %j as %s", (result, outcome) => {
    expect(modern.outcome(result)).toBe(outcome);
  });
});

describe.each(legacyVersions)("the codec of %s", (version) => {
  const legacy = new Codec(version, identity);

  it("adds nothing to a request but the progress token", () => {
    expect(legacy.request(1, "tools/call", { name: "a" }, "t1", undefined)).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "a", _meta: { progressToken: "t1" } },
    });
  });

  it("lets the progress token win over the caller's", () => {
    const given = { progressToken: "mine", "com.example/mine": 1 };
    const expected = { progressToken: "t1", "com.example/mine": 1 };
    expect(legacy.request(1, "m", { _meta: given }, "t1", undefined).params?._meta).toEqual(expected);
    expect(legacy.request(1, "m", {}, "t1", given).params?._meta).toEqual(expected);
  });

  it("replaces a _meta that is no object", () => {
    expect(legacy.request(1, "m", { _meta: "x" }, "t1", undefined).params?._meta).toEqual({
      progressToken: "t1",
    });
  });

  // requires: lifecycle/version-header, http/version-header, http/version-header-negotiated
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
    expect(legacy).toMatchObject({ modern: false, version });
  });
});

it("a codec does not change the params it is given", () => {
  const params = Object.freeze({ name: "a", _meta: Object.freeze({ x: 1 }) });
  const meta = Object.freeze({ y: 1 });
  modern.request(1, "tools/call", params, "t1", meta);
  new Codec("2025-11-25", identity).request(1, "tools/call", params, "t1", meta);
  expect(params).toEqual({ name: "a", _meta: { x: 1 } });
});

it("no two requests share their reserved meta", () => {
  const [one, two] = ["t1", "t2"].map((token) => modern.request(1, "m", undefined, token, undefined));
  expect(one?.params?._meta).not.toBe(two?.params?._meta);
});
