import type { JsonObject } from "../types.ts";
import { type HeaderMap, headerValue } from "./headers.ts";
import { isObject } from "./jsonrpc.ts";

/** The arguments that travel in headers too, by header: what leads to each, member by member. */
export type Mirrors = ReadonlyMap<string, readonly string[]>;

/** Most places that are looked at. Those near the top, where arguments are, come first. */
const MAX_PLACES = 10_000;

/** No parameter is nested deeper than this; what is counts as not reached. */
const MAX_DEPTH = 64;

/** Keywords whose values are data, where an annotation is none. */
const DATA = ["default", "const", "enum", "examples"];

/**
 * The `x-mcp-header` annotations of a tool's `inputSchema`; a string says why one of them makes the tool
 * invalid: "clients using the Streamable HTTP transport MUST reject" it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#schema-extension
 */
export function mirrorsOf(schema: unknown): Mirrors | string {
  const mirrors = new Map<string, readonly string[]>();
  // A list, not recursion: a schema may be nested deeper than a stack.
  const places: Place[] = [];
  const visit = (at: unknown, path?: readonly string[]): void => {
    if (typeof at === "object" && places.length < MAX_PLACES) places.push({ at: at as JsonObject, path });
  };
  visit(schema, []);
  for (const { at, path } of places) {
    // Not their entries, of which a hostile schema may have too many even to list.
    for (const key in Array.isArray(at) ? at.slice(0, MAX_PLACES) : at) {
      const value = at[key];
      if (key === "x-mcp-header") {
        if (!path?.length) return "x-mcp-header is not on a parameter";
        if (typeof value !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(value))
          return "x-mcp-header is no header name";
        const header = `mcp-param-${value.toLowerCase()}`;
        if (!["string", "integer", "boolean"].includes(at.type as string)) {
          return `x-mcp-header "${value}" is not on a string, integer or boolean`;
        }
        if (mirrors.has(header)) return `x-mcp-header "${value}" is given twice`;
        mirrors.set(header, path);
      } else if (key === "properties" && isObject(value)) {
        const within = path && path.length < MAX_DEPTH ? path : undefined;
        for (const name in value) visit(value[name], within && [...within, name]);
      } else if (!DATA.includes(key)) visit(value);
    }
  }
  return mirrors;
}

interface Place {
  readonly at: JsonObject;
  /** What leads to it "via a chain consisting solely of properties keys"; none where anything else does. */
  readonly path: readonly string[] | undefined;
}

/** The headers that mirror `args`. What is absent or null has none. */
export function mirror(mirrors: Mirrors, args: unknown): HeaderMap {
  const headers: HeaderMap = {};
  for (const [header, path] of mirrors) {
    let value = args;
    for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (value !== undefined && value !== null) headers[header] = headerValue(String(value));
  }
  return headers;
}
