import {
  context,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapPropagator,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { type TraceFields, traceContext } from "mcp-rivulet";
import { afterEach, describe, expect, it } from "vitest";
import { eras, meet, text } from "./support.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
const fields: TraceFields = { traceparent, tracestate: "vendor=1", baggage: "user=7" };

afterEach(() => {
  context.disable();
  propagation.disable();
});

describe.each(eras)("trace context, on %s", (version) => {
  it("is in _meta of each request, evaluated for each as it is made", async () => {
    let count = 0;
    const source = () => ({ ...fields, tracestate: `vendor=${++count}` });
    const { client, next } = meet(version, { extensions: [traceContext(source)] });
    await client.connect();
    const call = client.callTool("any", {}, { meta: { mine: 1 } });
    expect(count).toBe(1);
    const asked = await next();
    expect(asked.meta).toMatchObject({
      ...fields,
      tracestate: "vendor=1",
      mine: 1,
      progressToken: asked.token,
    });
    asked.reply(text("done"));
    await call;
    const prompt = client.getPrompt("any");
    const second = await next();
    expect(second.meta).toMatchObject({ traceparent, tracestate: "vendor=2" });
    second.reply({ messages: [] });
    await prompt;
  });
});

it("does not replace what the caller says", async () => {
  const { client, next } = meet("2026-07-28", { extensions: [traceContext(() => fields)] });
  client.callTool("any", {}, { meta: { traceparent: "mine" } }).catch(() => {});
  expect((await next()).meta.traceparent).toBe("mine");
});

it.each<[string, TraceFields | undefined, object]>([
  ["no context", undefined, {}],
  ["a traceparent that is none, and its tracestate", { traceparent: "00-12-34-01", tracestate: "a=1" }, {}],
  ["a trace id of zeros", { traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` }, {}],
  ["a version that is none", { traceparent: traceparent.replace(/^00/, "ff") }, {}],
  ["an empty tracestate", { traceparent, tracestate: "" }, { traceparent }],
  ["baggage alone", { baggage: "user=7" }, { baggage: "user=7" }],
])("says no more than it can of %s", async (_title, given, said) => {
  const { client, next } = meet("2026-07-28", { extensions: [traceContext(() => given)] });
  client.callTool("any").catch(() => {});
  const { traceparent, tracestate, baggage } = (await next()).meta;
  expect(JSON.parse(JSON.stringify({ traceparent, tracestate, baggage }))).toEqual(said);
});

it("is OpenTelemetry's, as its registered propagator gives it for the active context", async () => {
  const spanContext: SpanContext = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "00f067aa0ba902b7",
    traceFlags: TraceFlags.SAMPLED,
  };
  // The API comes without a propagator; this is the W3C one in short.
  const propagator: TextMapPropagator = {
    inject(active, carrier, setter = defaultTextMapSetter) {
      const span = trace.getSpanContext(active);
      if (span) setter.set(carrier, "traceparent", `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`);
    },
    extract: (active) => active,
    fields: () => ["traceparent"],
  };
  propagation.setGlobalPropagator(propagator);
  let active = ROOT_CONTEXT;
  context.setGlobalContextManager({
    active: () => active,
    with: (_context, run, self, ...args) => run.apply(self, args),
    bind: (_context, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  const { client, next } = meet("2026-07-28", { extensions: [traceContext({ context, propagation })] });
  await client.connect();
  client.callTool("outside").catch(() => {});
  expect((await next()).meta).not.toHaveProperty("traceparent");
  active = trace.setSpanContext(ROOT_CONTEXT, spanContext);
  client.callTool("inside").catch(() => {});
  expect((await next()).meta.traceparent).toBe(traceparent);
});
