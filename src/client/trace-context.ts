import { isObject } from "../core/wire/jsonrpc.ts";
import { around } from "./around.ts";
import type { Extension } from "./options.ts";

/** Where a request stands in a trace, in the formats of W3C Trace Context and W3C Baggage. */
export interface TraceFields {
  /** Which trace and span the request belongs to, as W3C Trace Context has it. */
  readonly traceparent?: string | undefined;
  /** What tracing systems add, as W3C Trace Context has it. */
  readonly tracestate?: string | undefined;
  /** What goes along with the trace, as W3C Baggage has it. */
  readonly baggage?: string | undefined;
}

/** The part of `@opentelemetry/api` that is used: pass the module's `context` and `propagation`, or all of it. */
export interface OpenTelemetry<Context = unknown> {
  /** Where it is known what goes on. */
  readonly context: { active(): Context };
  /** Writes that down in headers. */
  readonly propagation: { inject(context: Context, carrier: object): void };
}

/** "version-format = trace-id - parent-id - trace-flags", neither id all zeros. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0+-)[\da-f]{32}-(?!0+-)[\da-f]{16}-[\da-f]{2}(-.*)?$/;

/**
 * Trace context: puts `traceparent`, `tracestate` and `baggage` into `_meta` of each request, so that spans of
 * the server continue those of the page. What the caller gives in `meta` wins. A `traceparent` that is none is
 * left out. First among `extensions`, it is asked as the call is made, while the caller's context is active.
 *
 * @param source a function that gives the fields for the request being made, or OpenTelemetry's API, whose
 * registered propagator then gives them for the active context.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 * @example
 * ```ts
 * import * as api from "@opentelemetry/api";
 * const client = await connect(url, { extensions: [traceContext(api)] });
 * ```
 */
export function traceContext<Context>(
  source: OpenTelemetry<Context> | (() => TraceFields | undefined),
): Extension {
  return {
    attach(_client, host) {
      around(host, (_call, params, next) => {
        const { traceparent = "", tracestate, baggage } = fieldsOf(source);
        const traced = TRACEPARENT.test(traceparent);
        if (!traced && !baggage) return next();
        // "tracestate" alone means nothing.
        const trace = { ...(traced && { traceparent }), ...(traced && tracestate && { tracestate }) };
        const own = isObject(params?._meta) ? params._meta : undefined;
        return next({ ...params, _meta: { ...trace, ...(baggage && { baggage }), ...own } });
      });
    },
  };
}

function fieldsOf<Context>(source: OpenTelemetry<Context> | (() => TraceFields | undefined)): TraceFields {
  if (typeof source === "function") return source() ?? {};
  const fields: TraceFields = {};
  source.propagation.inject(source.context.active(), fields);
  return fields;
}
