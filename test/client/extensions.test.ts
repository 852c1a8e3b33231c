import {
  around,
  type Extension,
  isMcpError,
  type JsonObject,
  type RpcNotification,
  type StandardSchema,
} from "mcp-rivulet";
import { describe, expect, it } from "vitest";
import { all, deferred, eras, meet, outcome, text, tick } from "./support.ts";

const progress: RpcNotification = {
  jsonrpc: "2.0",
  method: "notifications/progress",
  params: { progress: 1, message: "from an extension" },
};

/** Puts a member into `_meta`. */
const mark = (name: string): Extension => ({
  attach: (_client, host) =>
    around(host, (_call, params, next) => {
      const meta = (params?._meta ?? {}) as { marks?: string[] };
      return next({ ...params, _meta: { ...meta, marks: [...(meta.marks ?? []), name] } });
    }),
});

describe("an extension that only declares something", () => {
  const ui = { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } };
  const extensions = [{ declares: ui }, { declares: { "com.example/feature": {} } }];
  const declared = { extensions: { ...ui, "com.example/feature": {} } };

  it("is in initialize", async () => {
    const { client, of } = meet("2025-11-25", { extensions });
    await client.connect();
    expect(of("initialize")[0]?.params?.capabilities).toEqual(declared);
  });

  // requires: versioning/extension-ids
  it("is in every request of 2026-07-28", async () => {
    const { client, sent } = meet("2026-07-28", { extensions }, { "tools/call": () => text("done") });
    await client.callTool("any");
    const said = sent.map((each) => ("params" in each ? each.params?._meta : undefined) as JsonObject);
    for (const meta of said) expect(meta["io.modelcontextprotocol/clientCapabilities"]).toEqual(declared);
    expect(said).toHaveLength(2);
  });
});

describe.each(eras)("an extension around requests, on %s", (version) => {
  it("changes what is sent, the first being outermost", async () => {
    const { client, next } = meet(version, { extensions: [mark("outer"), mark("inner")] });
    const call = client.callTool("any", { a: 1 });
    const asked = await next();
    expect(asked.params).toMatchObject({ name: "any", arguments: { a: 1 } });
    expect(asked.meta).toMatchObject({ marks: ["outer", "inner"], progressToken: asked.token });
    asked.reply(text("done"));
    expect((await call).text).toBe("done");
  });

  it("answers without asking the server", async () => {
    const own: Extension = { attach: (_, host) => around(host, async () => text("mine")) };
    const { client, of } = meet(version, { extensions: [own] });
    const events = await all(client.callTool("any"));
    expect(events.map(({ type }) => type)).toEqual(["text", "result"]);
    expect(events[1]).toMatchObject({ result: { text: "mine" } });
    expect(of("tools/call")).toEqual([]);
  });

  it("asks twice, and takes the failure of a request", async () => {
    const again: Extension = {
      attach: (_, host) =>
        around(host, (_call, _params, next) => next().catch(() => next({ name: "second" }))),
    };
    const { client, next } = meet(version, { extensions: [again] });
    const call = client.callTool("first");
    (await next()).refuse(-32000);
    const second = await next();
    expect(second.params.name).toBe("second");
    second.reply(text("done"));
    expect((await call).text).toBe("done");
  });

  it("follows up an answer of a kind that only it knows, with requests and events of its own", async () => {
    const handle: Extension = {
      attach: (client, host) =>
        around(host, async (call, _params, next) => {
          const raw = await next();
          if (raw.handle === undefined) return raw;
          call.hear(progress);
          return client.request("com.example/follow", { handle: raw.handle }, { signal: call.signal });
        }),
    };
    const { client, next } = meet(version, { extensions: [handle] });
    const events = all(client.callTool("any"));
    (await next()).reply({ resultType: "handle", handle: 7 });
    const follow = await next();
    expect(follow).toMatchObject({ method: "com.example/follow", params: { handle: 7 } });
    follow.reply(text("at last"));
    expect(await events).toMatchObject([
      { type: "progress", message: "from an extension" },
      { type: "text", delta: "at last", source: "result" },
      { type: "result", result: { text: "at last" } },
    ]);
  });

  it("fails a request with what it throws", async () => {
    const reason = new Error("not today");
    const no: Extension = { attach: (_, host) => around(host, () => Promise.reject(reason)) };
    const { client } = meet(version, { extensions: [no] });
    await expect(client.listTools()).rejects.toBe(reason);
  });

  it("fails a request with what an inner one throws at once, which an outer one may catch", async () => {
    const outer: Extension = {
      attach: (_, host) => around(host, (_call, params, next) => next(params).catch(() => text("caught"))),
    };
    const inner: Extension = {
      attach: (_, host) =>
        around(host, () => {
          throw new Error("not today");
        }),
    };
    const { client } = meet(version, { extensions: [outer, inner] });
    expect((await client.callTool("any")).text).toBe("caught");
  });

  it.each([
    ["at once", (next: () => Promise<unknown>) => void next()],
    ["later", async (next: () => Promise<unknown>) => void (await next())],
  ])(
    "fails a request that an extension forgot to answer, %s, and has it sent once",
    async (_when, forget) => {
      const own: Extension = {
        attach: (_, host) => around(host, (_call, _params, next) => forget(next) as never),
      };
      const { client, of } = meet(version, { extensions: [own] }, { "tools/call": () => text("done") });
      await expect(client.callTool("any")).rejects.toMatchObject({ code: "invalid_message" });
      expect(of("tools/call").length).toBeLessThan(2);
    },
  );

  it("lets a typed tool fail whose result does not conform", async () => {
    const { client } = meet(version, { extensions: [mark("x")] }, { "tools/call": () => text("7") });
    const validate = async () => ({ issues: [{ message: "is no text" }] });
    const output: StandardSchema<unknown, string> = { "~standard": { version: 1, vendor: "test", validate } };
    const call = client.tool("any", { output })({});
    await expect(call).rejects.toMatchObject({ code: "invalid_message", data: { text: "7" } });
  });

  it("hears that a call is cancelled, also while it does something else", async () => {
    const heard = deferred<unknown>();
    const stuck: Extension = {
      attach: (_, host) =>
        around(host, async (call, _params, next) => {
          const raw = await next();
          call.signal.addEventListener("abort", () => heard.resolve(call.signal.reason));
          return new Promise(() => raw);
        }),
    };
    const { client, next, of } = meet(version, { extensions: [stuck] });
    const call = client.callTool("any");
    (await next()).reply(text("done"));
    await tick();
    const reason = new Error("enough");
    call.cancel(reason);
    await expect(call).rejects.toBe(reason);
    expect(await heard.promise).toBe(reason);
    // The server has answered: there is nothing to tell it to stop.
    expect(of("notifications/cancelled")).toEqual([]);
  });

  it("has the server told of a cancelled request that it passed on", async () => {
    const { client, next, sent } = meet(version, { extensions: [mark("a")] });
    const call = client.callTool("any");
    const { id } = await next();
    call.cancel();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    await tick();
    expect(sent.at(-1)).toMatchObject({ method: "notifications/cancelled", params: { requestId: id } });
  });

  it("sees the server, and what listeners of the client see", async () => {
    const seen: unknown[] = [];
    const watch: Extension = {
      attach(client, host) {
        client.on("notification", ({ method }) => seen.push(method));
        around(host, (call, _params, next) => {
          seen.push(client.server?.protocolVersion, call.method, call.options.meta);
          return next();
        });
      },
    };
    const { client, next, tell } = meet(version, { extensions: [watch] });
    const call = client.request("com.example/any", {}, { meta: { a: 1 } });
    const asked = await next();
    tell("notifications/tools/list_changed");
    asked.reply({});
    await call;
    expect(seen).toEqual([version, "com.example/any", { a: 1 }, "notifications/tools/list_changed"]);
  });
});

it("has handlers of the application answer, with the clock stopped", async () => {
  const answered = deferred();
  const asking: Extension = {
    attach: (_, host) =>
      around(host, async (call, _params, next) => {
        const { roots } = await call.ask("roots/list", {});
        return next({ name: "any", arguments: { roots } });
      }),
  };
  const onRoots = () => answered.promise.then(() => [{ uri: "file:///a" }]);
  const { client, next } = meet("2026-07-28", { extensions: [asking], onRoots, timeout: 20 });
  const call = client.callTool("any");
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await outcome(call)).toBeUndefined();
  answered.resolve();
  const asked = await next();
  expect(asked.params.arguments).toEqual({ roots: [{ uri: "file:///a" }] });
  asked.reply(text("done"));
  expect((await call).text).toBe("done");
});

it("is told how many rounds of input a request took", async () => {
  const rounds: number[] = [];
  const counting: Extension = {
    attach: (_, host) =>
      around(host, async (call, _params, next) => {
        const raw = await next();
        rounds.push(call.rounds);
        return raw;
      }),
  };
  const { client, next } = meet("2026-07-28", { extensions: [counting], onRoots: () => [] });
  const call = client.readResource("a://b");
  (await next()).reply({
    resultType: "input_required",
    inputRequests: { roots: { method: "roots/list", params: {} } },
  });
  (await next()).reply({ contents: [] });
  await call;
  expect(rounds).toEqual([1]);
});

it("leaves a kind of result that no extension knows as an invalid answer", async () => {
  const { client, next } = meet("2026-07-28", { extensions: [mark("a")] });
  const call = client.callTool("any");
  (await next()).reply({ resultType: "handle" });
  const error = await call.catch((reason: unknown) => reason);
  expect(isMcpError(error, "invalid_message")).toBe(true);
});

it("keeps the limits of a call that an extension works on, and moves them when it says so", async () => {
  const patient: Extension = {
    attach: (_, host) =>
      around(host, async (call, _params, next) => {
        const raw = await next();
        call.deadline.touch(60_000);
        return new Promise(() => raw);
      }),
  };
  const { client, next } = meet("2026-07-28", { extensions: [patient], timeout: 20, maxTotalTimeout: 80 });
  const call = client.callTool("any");
  (await next()).reply(text("done"));
  await expect(call).rejects.toMatchObject({ code: "timeout", message: expect.stringContaining("total") });
});
