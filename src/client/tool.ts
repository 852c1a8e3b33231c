import { McpError, quote } from "../core/errors.ts";
import type { JsonObject, ToolResult } from "../core/types.ts";
import type { RequestCall } from "./call.ts";
import type { CallOptions } from "./options.ts";

/**
 * What schema libraries have in common, as far as it is needed here.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the specification asks of a schema. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A value that conforms, or what is wrong with it. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/**
 * What a schema found wrong.
 *
 * @see https://standardschema.dev
 */
export interface StandardIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where, from the outside in; at the top when absent. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a tool takes and gives. */
export interface ToolShape<Args extends object = JsonObject, Data = unknown> {
  /** Checks the arguments; what it makes of them is sent. */
  readonly input?: StandardSchema<Args, object> | undefined;
  /** Checks the result's `data`; what it makes of that is `data`. */
  readonly output?: StandardSchema<unknown, Data> | undefined;
}

/** The outcome of a typed tool. */
export interface TypedResult<Data> extends ToolResult {
  readonly data: Data;
}

/** Calls one tool. Arguments may be left out when none is required. */
export type TypedTool<Args extends object = JsonObject, Data = unknown> = (
  ...given: Record<never, never> extends Args
    ? [args?: Args, options?: CallOptions]
    : [args: Args, options?: CallOptions]
) => RequestCall<TypedResult<Data>>;

/** What a schema makes of `value`, which is what `name` says. `data` goes with the error when it does not conform. */
export async function conform<Output>(
  { "~standard": schema }: StandardSchema<unknown, Output>,
  value: unknown,
  name: string,
  data: unknown,
): Promise<Output> {
  const result = await schema.validate(value);
  const cause = result.issues;
  if (!cause) return result.value;
  const { path = [], message } = cause[0] as StandardIssue;
  const where = path.map((part) => String((part as { key?: PropertyKey }).key ?? part)).join(".");
  throw new McpError("invalid_message", quote(`${name} ${where}: ${message}`), { data, cause });
}

/** The outcome of a tool, with `data` as `output` has it. Throws a failure of the tool where that was asked for. */
export function finished<Data>(
  name: string,
  result: TypedResult<Data>,
  strict: unknown,
  output?: StandardSchema<unknown, Data>,
): TypedResult<Data> | Promise<TypedResult<Data>> {
  if (strict && result.isError) {
    throw new McpError("tool_error", `The tool "${quote(name)}" failed: ${quote(result.text)}`, {
      data: result,
    });
  }
  return output
    ? conform(output, result.data, `${name}, data`, result).then((data) => ({ ...result, data }))
    : result;
}
