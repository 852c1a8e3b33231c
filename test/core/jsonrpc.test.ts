import { describe, expect, it } from "vitest";
import type { Message, RpcResponse } from "../../src/core/types.ts";
import {
  HEADER_MISMATCH,
  INTERNAL_ERROR,
  INVALID_PARAMS,
  isFailure,
  isMessage,
  isNotification,
  isObject,
  isRequest,
  isResponse,
  isSound,
  METHOD_NOT_FOUND,
  MISSING_CAPABILITY,
  notification,
  UNSUPPORTED_VERSION,
} from "../../src/core/wire/jsonrpc.ts";

const kinds: readonly [string, Message, "request" | "notification" | "response"][] = [
  ["a request", { jsonrpc: "2.0", id: 1, method: "ping" }, "request"],
  ["a request with a string id", { jsonrpc: "2.0", id: "a", method: "ping", params: {} }, "request"],
  ["a request with the id 0", { jsonrpc: "2.0", id: 0, method: "ping" }, "request"],
  ["a notification", { jsonrpc: "2.0", method: "notifications/progress" }, "notification"],
  ["a result", { jsonrpc: "2.0", id: 1, result: {} }, "response"],
  ["an error", { jsonrpc: "2.0", id: 1, error: { code: -1, message: "no" } }, "response"],
  ["an error without an id", { jsonrpc: "2.0", error: { code: -1, message: "no" } }, "response"],
  ["an error with a null id", { jsonrpc: "2.0", id: null, error: { code: -1, message: "" } }, "response"],
];

describe("the guards", () => {
  it.each(kinds)("take %s for what it is, and for nothing else", (_, message, kind) => {
    expect(isMessage(message)).toBe(true);
    expect({
      request: isRequest(message),
      notification: isNotification(message),
      response: isResponse(message),
    }).toEqual({ request: false, notification: false, response: false, [kind]: true });
  });
});

describe("isMessage refuses", () => {
  const bad: readonly [string, unknown][] = [
    ["undefined", undefined],
    ["null", null],
    ["a string", "ping"],
    ["a number", 2],
    ["an array of messages", [{ jsonrpc: "2.0", method: "ping" }]],
    ["another version", { jsonrpc: "1.0", id: 1, method: "ping" }],
    ["no version", { id: 1, method: "ping" }],
    ["a method that is no string", { jsonrpc: "2.0", id: 1, method: 7 }],
    ["a null method beside a result", { jsonrpc: "2.0", id: 1, method: null, result: {} }],
    ["a request with a null id", { jsonrpc: "2.0", id: null, method: "ping" }],
    ["a request with an object as its id", { jsonrpc: "2.0", id: {}, method: "ping" }],
    ["params that are an array", { jsonrpc: "2.0", method: "ping", params: [] }],
    ["params that are null", { jsonrpc: "2.0", method: "ping", params: null }],
    ["a result without an id", { jsonrpc: "2.0", result: {} }],
    ["an error whose id is an object", { jsonrpc: "2.0", id: {}, error: { code: 1, message: "" } }],
  ];
  // requires: base/json-rpc
  it.each(bad)("%s", (_, value) => {
    expect(isMessage(value)).toBe(false);
  });
});

describe("isSound refuses an answer that is one by its id:", () => {
  const bad: readonly [string, unknown][] = [
    ["a result that is no object", { jsonrpc: "2.0", id: 1, result: "ok" }],
    ["a result that is null", { jsonrpc: "2.0", id: 1, result: null }],
    ["a result that is an array", { jsonrpc: "2.0", id: 1, result: [] }],
    ["an error that is no object", { jsonrpc: "2.0", id: 1, error: "no" }],
    ["an error without a code", { jsonrpc: "2.0", id: 1, error: { message: "no" } }],
    ["an error without a message", { jsonrpc: "2.0", id: 1, error: { code: 1 } }],
    ["neither result nor error", { jsonrpc: "2.0", id: 1 }],
    ["a result of another version", { jsonrpc: "1.0", id: 1, result: {} }],
    ["a result of no version", { id: 1, result: {} }],
    ["an error of no version", { id: 1, error: { code: 1, message: "" } }],
    ["an error whose code is no number", { jsonrpc: "2.0", id: 1, error: { code: "E", message: "" } }],
  ];
  // requires: base/json-rpc
  it.each(bad)("%s", (_, value) => {
    expect(isMessage(value)).toBe(true);
    expect(isSound(value as RpcResponse)).toBe(false);
  });

  it.each(kinds.filter(([, , kind]) => kind === "response"))("but not %s", (_, message) => {
    expect(isSound(message as RpcResponse)).toBe(true);
  });
});

describe("isFailure", () => {
  it.each<[string, unknown, boolean]>([
    ["an error", { id: 1, error: { code: 1, message: "" } }, true],
    ["a result", { id: 1, result: {} }, false],
    ['a result beside "error": null', { id: 1, result: {}, error: null }, false],
  ])("says of %s: %j is %s", (_, message, is) => {
    expect(isFailure(message as RpcResponse)).toBe(is);
  });

  it('agrees with isMessage about a result beside "error": null', () => {
    expect(isMessage({ jsonrpc: "2.0", id: 1, result: {}, error: null })).toBe(true);
  });
});

describe("isObject", () => {
  it.each<[unknown, boolean]>([
    [{}, true],
    [Object.create(null), true],
    [[], false],
    [null, false],
    [undefined, false],
    ["", false],
    [0, false],
  ])("says of %j: %s", (value, is) => {
    expect(isObject(value)).toBe(is);
  });
});

// requires: base/notification-without-id
it("notification leaves out params on the wire when there are none", () => {
  expect(JSON.stringify(notification("notifications/initialized"))).toBe(
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
  );
});

it("the codes are those of the specification", () => {
  expect([METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR]).toEqual([-32601, -32602, -32603]);
  expect([HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION]).toEqual([-32020, -32021, -32022]);
});
