import type { JsonObject } from "../types.ts";
import { type HeaderMap, headerValue } from "./headers.ts";
import { isObject } from "./jsonrpc.ts";

/** An argument that travels in a header too: `path` leads to it, member by member. */
export interface Mirror {
  readonly header: string;
  readonly path: readonly string[];
}

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
export function mirrorsOf(schema: unknown): readonly Mirror[] | string {
  const mirrors: Mirror[] = [];
  const names = new Set<string>();
  // A list, not recursion: a schema may be nested deeper than a stack. Without a path, a place is not reached
  // "via a chain consisting solely of properties keys".
  const places: { readonly at: unknown; readonly path?: readonly string[] }[] = [{ at: schema, path: [] }];
  const visit = (at: unknown, path?: readonly string[]): void => {
    if (places.length < MAX_PLACES) places.push({ at, path });
  };
  for (const { at, path } of places) {
    if (typeof at !== "object" || at === null) continue;
    // Not their entries, of which a hostile schema may have too many even to list.
    for (const key in Array.isArray(at) ? at.slice(0, MAX_PLACES) : at) {
      const value = (at as JsonObject)[key];
      if (key === "properties" && isObject(value)) {
        for (const name in value)
          visit(value[name], path && path.length < MAX_DEPTH ? [...path, name] : undefined);
      } else if (key !== "x-mcp-header") {
        if (typeof value === "object" && !DATA.includes(key)) visit(value);
      } else {
        if (!path?.length) return "x-mcp-header is not on a parameter";
        if (typeof value !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(value))
          return "x-mcp-header is no header name";
        const header = `mcp-param-${value.toLowerCase()}`;
        if (!["string", "integer", "boolean"].includes((at as JsonObject).type as string)) {
          return `x-mcp-header "${value}" is not on a string, integer or boolean`;
        }
        if (names.size === names.add(header).size) return `x-mcp-header "${value}" is given twice`;
        mirrors.push({ header, path });
      }
    }
  }
  return mirrors;
}

/** The headers that mirror `args`. What is absent or null has none. */
export function mirror(mirrors: readonly Mirror[], args: unknown): HeaderMap {
  const headers: HeaderMap = {};
  for (const { header, path } of mirrors) {
    let value = args;
    for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (value !== undefined && value !== null) headers[header] = headerValue(String(value));
  }
  return headers;
}
