import { quote } from "../core/errors.ts";
import type { Validator } from "../core/ports.ts";
import type { JsonObject } from "../core/types.ts";
import { type Compiled, compile } from "./compile.ts";

/** What {@link outputSchemas} takes. */
export interface OutputSchemaOptions {
  /** Told of a result that was not checked because that would have taken too much, and why. */
  readonly onUnchecked?: ((tool: string, reason: string) => void) | undefined;
}

/** Most tools whose schemas are kept. */
const MAX_TOOLS = 10_000;

/**
 * Checks what tools return against their own `outputSchema`, as far as tools have been listed: a result that does
 * not conform rejects the call with `invalid_message`, with the result in `data`. JSON Schema 2020-12 and draft-07,
 * without `format`. A schema that cannot be checked, in whole or in part, shows in the tool's `issues`, and its
 * calls go on. Nothing is fetched or made into code, and a check that takes a quarter of a second is given up. One
 * for each client.
 *
 * @param validate what else to check: pass `schemas` to keep what `connect` checks.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#output-schema
 * @example
 * ```ts
 * const client = await connect(url, { validate: outputSchemas(schemas) });
 * await client.listTools();
 * const result = await client.callTool("weather", { city: "Oslo" }); // checked
 * ```
 */
export function outputSchemas(validate?: Validator, options: OutputSchemaOptions = {}): Validator {
  const tools = new Map<unknown, Compiled>();

  const learn = ({ name, outputSchema }: JsonObject): string | undefined => {
    tools.delete(name);
    if (outputSchema === undefined) return undefined;
    try {
      const compiled = compile(outputSchema);
      if (tools.size >= MAX_TOOLS) tools.delete(tools.keys().next().value);
      tools.set(name, compiled);
      const [left] = compiled.left;
      return left && `outputSchema is checked in part: ${left}`;
    } catch (error) {
      return `outputSchema is not checked: ${quote((error as Error).message)}`;
    }
  };

  const check = (tool: unknown, { structuredContent, isError }: JsonObject): string | undefined => {
    const compiled = tools.get(tool);
    // "Servers MUST provide structured results that conform to this schema", of which a failure has none.
    if (!compiled || isError === true) return undefined;
    if (structuredContent === undefined)
      return "it has no structuredContent, which its outputSchema promises";
    try {
      return compiled.check(structuredContent);
    } catch (error) {
      options.onUnchecked?.(String(tool), (error as Error).message);
      return undefined;
    }
  };

  return (shape, value, tool) => {
    const issue = validate?.(shape, value, tool);
    if (issue !== undefined) return issue;
    if (shape === "Tool") return learn(value as JsonObject);
    return shape === "CallToolResult" ? check(tool, value as JsonObject) : undefined;
  };
}
