import type { JsonObject } from "../core/types.ts";
import type { HeaderMap } from "../core/wire/headers.ts";
import { type Mirror, mirror, mirrorsOf } from "../core/wire/mirror.ts";

/**
 * Which arguments of which tools travel in headers too, as far as listings have told.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#custom-headers-from-tool-parameters
 */
export class Mirrors {
  #tools: Map<unknown, readonly Mirror[]> | undefined;

  /** Learns from a tool's `inputSchema`. Says what makes the tool invalid, if something does. */
  learn(tool: unknown, schema: unknown): string | undefined {
    const mirrors = mirrorsOf(schema);
    if (typeof mirrors === "string") return mirrors;
    if (mirrors.length > 0) this.#tools ??= new Map();
    this.#tools?.set(tool, mirrors);
    return undefined;
  }

  /** The headers of a call of a tool. */
  headers(params: JsonObject | undefined): HeaderMap | undefined {
    const mirrors = this.#tools?.get(params?.name);
    return mirrors && mirror(mirrors, params?.arguments);
  }
}
