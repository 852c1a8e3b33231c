import { isMcpError } from "mcp-rivulet";
import { describe, expect, it, vi } from "vitest";
import { all, eras, meet, outcome, text, tick } from "./support.ts";

describe.each(eras)("on %s, a tool call", (era) => {
  it("starts at once, before anybody asks for anything of it", async () => {
    const { client, next } = meet(era);
    client.callTool("echo", { message: "Hi" });
    const asked = await next();
    expect(asked).toMatchObject({
      method: "tools/call",
      params: { name: "echo", arguments: { message: "Hi" } },
    });
    expect(asked.token).toEqual(expect.any(String));
    asked.reply(text("Hi"));
  });

  it("sends an empty object where no arguments are given", async () => {
    const { client, next } = meet(era);
    client.callTool("echo");
    expect((await next()).params.arguments).toEqual({});
  });

  it("is one promise by every name, and one result", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("echo");
    const onFinally = vi.fn();
    const ways = [
      call.result,
      call.then((value) => value),
      call.catch(() => "no"),
      call.finally(onFinally),
      call,
    ];
    (await next()).reply(text("Hi"));
    const [first, ...others] = await Promise.all(ways);
    expect(first).toMatchObject({ text: "Hi", isError: false });
    for (const other of others) expect(other).toBe(first);
    expect(onFinally).toHaveBeenCalledTimes(1);
  });

  it("rejects by every name with one reason", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("echo");
    const onFinally = vi.fn();
    const ways = [
      call.result,
      call.then(() => "no"),
      call.finally(onFinally),
      (async () => await call)(),
      all(call),
      all(call.text()),
    ].map((way) => Promise.resolve(way).catch((reason: unknown) => reason));
    const caught = call.catch((reason: unknown) => reason);
    const handled = call.then(undefined, (reason: unknown) => reason);
    (await next()).refuse(-32602, "Unknown tool");
    const reason = await caught;
    expect(reason).toMatchObject({ code: "rpc_error", rpcCode: -32602 });
    expect(isMcpError(reason, "rpc_error")).toBe(true);
    expect(await handled).toBe(reason);
    expect(await ways[0]).toBe(reason);
    expect(await ways[1]).toBe(reason);
    expect(await ways[2]).toBe(reason);
    expect(await ways[3]).toBe(reason);
    expect(onFinally).toHaveBeenCalledTimes(1);
  });

  // requires: cancellation/races
  it("settles once: what comes after the answer changes nothing", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("echo");
    const asked = await next();
    asked.reply(text("first"));
    asked.reply(text("second"));
    asked.refuse(-1);
    expect((await call).text).toBe("first");
    call.cancel();
    await tick();
    expect(await call).toBe(await call.result);
  });

  // requires: cancellation/races, cancellation/late-answer, cancellation/late-answer-ignored
  it("stays cancelled when the answer comes after all", async () => {
    const { client, next } = meet(era);
    const call = client.callTool("echo");
    const asked = await next();
    const reason = new Error("enough");
    call.cancel(reason);
    asked.reply(text("late"));
    await expect(call).rejects.toBe(reason);
  });

  // requires: tools/errors-to-model
  it("resolves with a result that says it is an error, and rejects with throwOnError", async () => {
    const { client, next } = meet(era);
    const failed = { ...text("No such file"), isError: true };
    const call = client.callTool("read");
    const strict = client.callTool("read", {}, { throwOnError: true });
    (await next()).reply(failed);
    (await next()).reply(failed);
    expect(await call).toMatchObject({ isError: true, text: "No such file" });
    await expect(strict).rejects.toMatchObject({
      code: "tool_error",
      message: expect.stringContaining("No such file"),
      data: { isError: true },
    });
  });

  it("runs side by side with others, whose answers come in any order", async () => {
    const { client, next } = meet(era);
    const [a, b] = [client.callTool("a"), client.callTool("b")];
    const [first, second] = [await next(), await next()];
    second.reply(text("two"));
    expect((await b).text).toBe("two");
    expect(await outcome(a)).toBeUndefined();
    first.reply(text("one"));
    expect((await a).text).toBe("one");
  });

  it("sends the caller's meta beside the token, which wins", async () => {
    const { client, next } = meet(era);
    client.callTool("a", {}, { meta: { "com.example/x": 1, progressToken: "mine" } });
    const { meta, token } = await next();
    expect(meta["com.example/x"]).toBe(1);
    expect(token).not.toBe("mine");
  });

  // requires: base/request-id, base/request-id-not-null, base/request-id-never-again
  // requires: base/request-id-unique-in-flight, progress/token-type, progress/token-unique
  // requires: progress/token-unique-stateless
  it("uses a token and an id of its own each time", async () => {
    const { client, next } = meet(era);
    for (let n = 0; n < 3; n++) client.callTool("a");
    const asked = [await next(), await next(), await next()];
    expect(new Set(asked.map(({ id }) => id)).size).toBe(3);
    expect(new Set(asked.map(({ token }) => token)).size).toBe(3);
  });
});

describe("the answer of a tool call", () => {
  // requires: tools/results-validated
  it("is checked by validate, which says what is wrong with it", async () => {
    const { client, next } = meet("2026-07-28", { validate: () => "content: is odd" });
    const call = client.callTool("a");
    (await next()).reply(text("x"));
    await expect(call).rejects.toMatchObject({
      code: "invalid_message",
      message: expect.stringContaining("content: is odd"),
    });
  });

  it("rejects the call with whatever validate throws", async () => {
    const reason = new Error("bug");
    const validate = vi.fn((shape: string) => {
      if (shape === "CallToolResult") throw reason;
      return undefined;
    });
    const { client, next } = meet("2025-11-25", { validate });
    const call = client.callTool("a");
    (await next()).reply(text("x"));
    await expect(call).rejects.toBe(reason);
  });

  // requires: base/result-type-unknown-invalid
  it("is refused when its resultType is unknown", async () => {
    const { client, next } = meet("2026-07-28");
    const call = client.callTool("a");
    (await next()).reply({ resultType: "telepathy", content: [] });
    await expect(call).rejects.toMatchObject({
      code: "invalid_message",
      message: expect.stringContaining("telepathy"),
    });
  });
});

it("request is the same dual object for any method", async () => {
  const { client, next } = meet("2025-11-25");
  const call = client.request<{ answer: number }>("x/y", { a: 1 });
  const events = all(call);
  const asked = await next();
  expect(asked).toMatchObject({ method: "x/y", params: { a: 1 } });
  asked.progress(1);
  asked.reply({ answer: 42 });
  expect((await events).map(({ type }) => type)).toEqual(["progress", "result"]);
  expect(await call).toEqual({ answer: 42 });
});
