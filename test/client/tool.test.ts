import { type } from "arktype";
import {
  isMcpError,
  type JsonObject,
  type RequestCall,
  type StandardSchema,
  type ToolResult,
} from "mcp-rivulet";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { all, deferred, eras, meet, outcome, text } from "./support.ts";

interface Reading {
  celsius: number;
  at: string;
}

/** The same two schemas, by each library. */
const libraries = {
  zod: {
    input: z.object({ city: z.string(), days: z.optional(z.number()) }),
    output: z.object({ celsius: z.number(), at: z.string() }),
  },
  "zod/mini": {
    input: mini.object({ city: mini.string(), days: mini.optional(mini.number()) }),
    output: mini.object({ celsius: mini.number(), at: mini.string() }),
  },
  valibot: {
    input: v.object({ city: v.string(), days: v.optional(v.number()) }),
    output: v.object({ celsius: v.number(), at: v.string() }),
  },
  arktype: {
    input: type({ city: "string", "days?": "number" }),
    output: type({ celsius: "number", at: "string" }),
  },
} satisfies {
  [library: string]: {
    input: StandardSchema<{ city: string; days?: number | undefined }, object>;
    output: StandardSchema<unknown, Reading>;
  };
};

const structured = (structuredContent: unknown): JsonObject => ({ ...text("…"), structuredContent });

describe.each(Object.entries(libraries))("a tool typed with %s", (_library, shape) => {
  it.each(eras)("sends arguments that conform, and resolves with data that does, on %s", async (era) => {
    const { client, next } = meet(era);
    const weather = client.tool("weather", shape);
    const call = weather({ city: "Oslo" });
    const asked = await next();
    expect(asked.params).toMatchObject({ name: "weather", arguments: { city: "Oslo" } });
    asked.reply(structured({ celsius: 4, at: "noon" }));
    const result = await call;
    expect(result.data).toEqual({ celsius: 4, at: "noon" });
    expect(result).toMatchObject({ isError: false, text: "…", raw: structured({ celsius: 4, at: "noon" }) });
  });

  it("sends nothing when the arguments do not conform, and says which", async () => {
    const { client, sent } = meet("2026-07-28");
    const args = { city: 7 } as never;
    const error = await client
      .tool(
        "weather",
        shape,
      )(args)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "invalid_message", data: args, retryable: false });
    expect((error as Error).message).toMatch(/weather, arguments city: .*string/i);
    expect((error as { cause: unknown[] }).cause[0]).toHaveProperty("message");
    expect(sent).toEqual([]);
  });

  it("rejects when the data does not conform, and keeps the result", async () => {
    const { client, next } = meet("2026-07-28");
    const call = client.tool("weather", shape)({ city: "Oslo" });
    (await next()).reply(structured({ celsius: "warm", at: "noon" }));
    const error = await call.catch((reason: unknown) => reason);
    expect(isMcpError(error, "invalid_message") && error.data).toMatchObject({
      data: { celsius: "warm", at: "noon" },
      text: "…",
    });
    expect((error as Error).message).toMatch(/weather, data celsius: .*number/i);
  });
});

describe("a typed tool", () => {
  const numbers = { output: z.object({ sum: z.number() }) };

  it("sends what the schema makes of the arguments, and has as data what the schema makes of that", async () => {
    const { client, next } = meet("2025-11-25");
    const at = client.tool("at", {
      input: z.object({
        when: z.date().transform((date) => date.toISOString()),
        zone: z.string().default("UTC"),
      }),
      output: z.string().transform((text) => new Date(text)),
    });
    const call = at({ when: new Date(0) });
    const asked = await next();
    expect(asked.params.arguments).toEqual({ when: "1970-01-01T00:00:00.000Z", zone: "UTC" });
    asked.reply(structured("1970-01-02T00:00:00Z"));
    expect((await call).data).toEqual(new Date(86_400_000));
  });

  it("waits for schemas that take their time", async () => {
    const [known, right] = [deferred(), deferred()];
    const { client, next, of } = meet("2026-07-28");
    const add = client.tool("add", {
      input: z.object({ a: z.number() }).refine(() => known.promise.then(() => true)),
      output: z.object({ sum: z.number() }).refine(() => right.promise.then(() => true)),
    });
    const call = add({ a: 1 });
    expect(await outcome(call)).toBeUndefined();
    expect(of("tools/call")).toEqual([]);
    known.resolve();
    (await next()).reply(structured({ sum: 2 }));
    expect(await outcome(call)).toBeUndefined();
    right.resolve();
    expect((await call).data).toEqual({ sum: 2 });
  });

  it("sends nothing when it is cancelled while its arguments are checked", async () => {
    const known = deferred();
    const { client, sent } = meet("2026-07-28");
    const add = client.tool("add", { input: z.object({}).refine(() => known.promise.then(() => true)) });
    const call = add({});
    call.cancel("enough");
    await expect(call).rejects.toBe("enough");
    known.resolve();
    await outcome(known.promise);
    expect(sent).toEqual([]);
  });

  it("is iterated for its parts, and the last has the data that was checked", async () => {
    const { client, next } = meet("2026-07-28");
    const parts = all(client.tool("add", { output: z.object({ sum: z.string().transform(Number) }) })());
    const asked = await next();
    asked.progress(1);
    asked.delta("two");
    asked.reply(structured({ sum: "2" }));
    const events = await parts;
    expect(events.map(({ type }) => type)).toEqual(["progress", "text", "text", "result"]);
    expect(events.at(-1)).toMatchObject({ result: { data: { sum: 2 } } });
  });

  it("has text()", async () => {
    const { client, next } = meet("2025-11-25");
    const parts = all(client.tool("add", numbers)().text());
    const asked = await next();
    asked.delta("1 + 1");
    asked.reply({ ...text("1 + 1 = 2"), structuredContent: { sum: 2 } });
    expect(await parts).toEqual(["1 + 1", " = 2"]);
  });

  it("ends its parts with the failure when the data does not conform", async () => {
    const { client, next } = meet("2026-07-28");
    const parts = all(client.tool("add", numbers)());
    (await next()).reply(structured({}));
    await expect(parts).rejects.toMatchObject({ code: "invalid_message" });
  });

  it("takes JSON in the text for data where there is no structured content", async () => {
    const { client, next } = meet("2025-11-25");
    const call = client.tool("add", numbers)();
    (await next()).reply(text('{"sum":2}'));
    expect((await call).data).toEqual({ sum: 2 });
  });

  it("rejects with tool_error when the tool failed: there is no data to type", async () => {
    const { client, next } = meet("2026-07-28");
    const call = client.tool("add", numbers)();
    (await next()).reply({ ...text("no"), isError: true });
    await expect(call).rejects.toMatchObject({ code: "tool_error", data: { text: "no" } });
  });

  it("resolves when the tool failed and no output is given, like callTool", async () => {
    const { client, next } = meet("2026-07-28");
    const call = client.tool("add", { input: z.object({ a: z.number() }) })({ a: 1 });
    (await next()).reply({ ...text("no"), isError: true });
    expect(await call).toMatchObject({ isError: true, text: "no" });
  });

  it("takes the options of a call", async () => {
    const { client, next } = meet("2026-07-28");
    const controller = new AbortController();
    const call = client.tool("add")({ a: 1 }, { signal: controller.signal, meta: { trace: "x" } });
    expect((await next()).meta).toMatchObject({ trace: "x" });
    controller.abort("stop");
    await expect(call).rejects.toBe("stop");
  });

  it("checks its arguments once, however often they are sent", async () => {
    let checks = 0;
    const { client, next } = meet("2026-07-28");
    const input = z.object({}).refine(() => ++checks > 0);
    const call = client.tool("add", { input })({}, { retry: 1 });
    const asked = await next();
    asked.reply({ resultType: "input_required", requestState: "s" });
    (await next()).reply(text("done"));
    expect((await call).text).toBe("done");
    expect(checks).toBe(1);
  });
});

describe("the types of a typed tool", () => {
  it("are those of the schemas, by every library", () => {
    const { client } = meet("2026-07-28");
    const { zod, "zod/mini": zodMini, valibot, arktype } = libraries;
    for (const weather of [
      client.tool("weather", zod),
      client.tool("weather", zodMini),
      client.tool("weather", valibot),
      client.tool("weather", arktype),
    ]) {
      expectTypeOf(weather).parameter(0).toExtend<{ city: string; days?: number | undefined }>();
      expectTypeOf(weather).returns.resolves.toHaveProperty("data").toEqualTypeOf<Reading>();
    }
    // @ts-expect-error: the city is missing.
    () => client.tool("weather", arktype)({});
    // @ts-expect-error: so are all arguments.
    () => client.tool("weather", valibot)();
    // @ts-expect-error: a city is no number.
    () => client.tool("weather", zod)({ city: 7 });
  });

  it("are the input of the arguments' schema and the output of the data's", () => {
    const { client } = meet("2026-07-28");
    const tool = client.tool("at", {
      input: z.object({ n: z.string().transform(Number), zone: z.string().default("UTC") }),
      output: z.string().transform((text) => new Date(text)),
    });
    expectTypeOf(tool).parameter(0).toEqualTypeOf<{ n: string; zone?: string | undefined }>();
    expectTypeOf(tool).returns.resolves.toHaveProperty("data").toEqualTypeOf<Date>();
  });

  it("let arguments be left out where none is required, and are those of callTool without schemas", () => {
    const { client } = meet("2026-07-28");
    const optional = client.tool("list", { input: z.object({ page: z.optional(z.number()) }) });
    expectTypeOf(optional).parameter(0).toEqualTypeOf<{ page?: number | undefined } | undefined>();
    const plain = client.tool("any");
    expectTypeOf(plain).parameter(0).toEqualTypeOf<JsonObject | undefined>();
    expectTypeOf(plain).returns.toExtend<RequestCall<ToolResult>>();
    expectTypeOf(plain).returns.resolves.toHaveProperty("data").toBeUnknown();
  });
});
