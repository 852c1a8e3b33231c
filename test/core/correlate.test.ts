import { beforeEach, describe, expect, it } from "vitest";
import { correlate, type Pending, remove } from "../../src/core/session/correlate.ts";
import type { JsonObject, Message, RequestId } from "../../src/core/types.ts";

function pending(id: RequestId, more: Partial<Pending> = {}): Pending {
  return { live: true, id, token: `t${id}`, deliver() {}, ...more };
}

function told(params?: JsonObject, method = "notifications/x"): Message {
  return { jsonrpc: "2.0", method, params };
}

function answer(id: unknown): Message {
  return { jsonrpc: "2.0", id: id as RequestId, result: {} };
}

let list: Pending[];
const find = (message: Message, shared?: boolean) => correlate(list, message, undefined, shared);
const add = <P extends Pending>(one: P): P => {
  list.push(one);
  return one;
};

beforeEach(() => {
  list = [];
});

describe("a response", () => {
  it("belongs to the request with its id", () => {
    const [first, second] = [add(pending(1)), add(pending(2))];
    expect(find(answer(1))).toBe(first);
    expect(find(answer(2))).toBe(second);
  });

  it.each([["1"], [2], [null], [undefined], [true]])("with the id %j does not belong to request 1", (id) => {
    add(pending(1));
    expect(find(answer(id))).toBeUndefined();
  });

  it('tells the ids 3 and "3" apart', () => {
    const [number, text] = [add(pending(3)), add(pending("3", { token: "other" }))];
    expect(find(answer(3))).toBe(number);
    expect(find(answer("3"))).toBe(text);
  });

  it("with an error belongs by its id, and without one to the only request under way on that channel", () => {
    add(pending(0, { live: false }));
    const one = add(pending(1));
    const error = { code: 1, message: "" };
    expect(find({ jsonrpc: "2.0", id: 1, error })).toBe(one);
    expect(find({ jsonrpc: "2.0", id: null, error }, true)).toBe(one);
    expect(find({ jsonrpc: "2.0", error }, true)).toBe(one);
    expect(find({ jsonrpc: "2.0", id: null, error })).toBeUndefined();
    add(pending(2));
    expect(find({ jsonrpc: "2.0", id: null, error }, true)).toBeUndefined();
  });

  it("belongs to nobody while the request is not sent, or waits to be sent again", () => {
    add(pending(1, { live: false, tool: "a" }));
    expect(find(answer(1))).toBeUndefined();
    expect(find(told({ progressToken: "t1" }))).toBeUndefined();
    const other = add(pending(2, { tool: "a" }));
    expect(find(told({ toolName: "a" }))).toBe(other);
  });

  it("belongs to nobody once the request is deleted", () => {
    const one = add(pending(1));
    remove(list, one);
    expect(find(answer(1))).toBeUndefined();
    expect(find(told({ progressToken: "t1" }))).toBeUndefined();
  });
});

describe("a notification", () => {
  // requires: progress/tokens-tracked, progress/tokens-tracked-stateless
  it("belongs by its progress token, of the same type", () => {
    const one = add(pending(1, { token: "7" }));
    expect(find(told({ progressToken: "7" }))).toBe(one);
    expect(find(told({ progressToken: 7 }))).toBeUndefined();
  });

  it("with a token of nobody belongs to nobody, even when something else fits", () => {
    add(pending(1, { tool: "a" }));
    expect(find(told({ progressToken: "x", requestId: 1, toolName: "a" }))).toBeUndefined();
  });

  it("about a task belongs to nobody here, even when something else fits", () => {
    add(pending(1, { tool: "a" }));
    const related = { "io.modelcontextprotocol/related-task": { taskId: "task" } };
    expect(find(told({ taskId: "task", requestId: 1 }))).toBeUndefined();
    expect(find(told({ _meta: related, toolName: "a" }))).toBeUndefined();
    expect(find(told({ _meta: "x", toolName: "a" }))).toMatchObject({ id: 1 });
  });

  it("belongs by its request id", () => {
    const one = add(pending(1));
    expect(find(told({ requestId: 1 }))).toBe(one);
    expect(find(told({ requestId: "1" }))).toBeUndefined();
  });

  it("belongs by the name of the tool when exactly one call of it is in flight", () => {
    const a = add(pending(1, { tool: "a" }));
    add(pending(2, { tool: "b" }));
    expect(find(told({ toolName: "a" }))).toBe(a);
    expect(find(told({ toolName: "c" }))).toBeUndefined();
    add(pending(3, { tool: "a" }));
    expect(find(told({ toolName: "a" }))).toBeUndefined();
  });

  it("belongs to none of several calls of a tool ever after: what one missed would be a gap", () => {
    const [a, b] = [add(pending(1, { tool: "a" })), add(pending(2, { tool: "a" }))];
    expect(find(told({ toolName: "a" }))).toBeUndefined();
    remove(list, a);
    expect(find(told({ toolName: "a" }))).toBeUndefined();
    remove(list, b);
    const c = add(pending(3, { tool: "a" }));
    expect(find(told({ toolName: "a" }))).toBe(c);
  });

  it("that names no tool does not belong to the one request that calls none", () => {
    add(pending(1));
    expect(find(told({}))).toBeUndefined();
    expect(find(told())).toBeUndefined();
    expect(find(told({ toolName: null }))).toBeUndefined();
  });

  it("prefers token to request id, request id to tool", () => {
    const byToken = add(pending(1));
    const byId = add(pending(3));
    const byTool = add(pending(4, { tool: "a" }));
    const params: JsonObject = { progressToken: "t1", requestId: 3, toolName: "a" };
    const found = ["progressToken", "requestId", "toolName"].map((key) => {
      const pending = find(told({ ...params }));
      delete params[key];
      return pending;
    });
    expect(found).toEqual([byToken, byId, byTool]);
  });
});

it("a request of the server that carries a token of ours is found like a notification", () => {
  const one = add(pending(1));
  const asked: Message = { jsonrpc: "2.0", id: 1, method: "ping", params: { progressToken: "t1" } };
  expect(find(asked)).toBe(one);
});

it("a name such as __proto__ finds nothing", () => {
  add(pending(1));
  expect(find(told({ progressToken: "__proto__" }))).toBeUndefined();
  expect(find(answer("constructor"))).toBeUndefined();
});

describe("remove", () => {
  it("says whether what is taken out of a list was in it", () => {
    const some = ["a", "b"];
    expect([remove(some, "a"), remove(some, "a"), some]).toEqual([true, false, ["b"]]);
  });
});
