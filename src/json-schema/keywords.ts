import type { SchemaDraft } from "@cfworker/json-schema";
import { isObject } from "../core/wire/jsonrpc.ts";

/** What kind of schemas a keyword holds. `either` is one schema or a list, a map's entries may be lists of names. */
type Kind = "schema" | "list" | "either" | "map";

interface Keywords {
  readonly schema: "schema";
  readonly kinds: { readonly [keyword: string]: Kind | undefined };
  readonly values: { readonly [keyword: string]: ((value: unknown) => boolean) | undefined };
}

const text = (value: unknown): boolean => typeof value === "string";
const number = (value: unknown): boolean => typeof value === "number";
const count = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const texts = (value: unknown): boolean => Array.isArray(value) && value.every(text);

/** Each keyword once, without a prototype: keywords are a server's words. */
const table = <V>(entries: {
  readonly [keyword: string]: V;
}): { readonly [keyword: string]: V | undefined } => Object.assign(Object.create(null), entries);

const each = <V>(value: V, names: string): { [name: string]: V } =>
  Object.fromEntries(names.split(" ").map((name) => [name, value]));

/** The keywords that say something about a value. What only describes it, `format` among them, is not here. */
export function keywordsOf(draft: SchemaDraft): Keywords {
  const latest = draft === "2020-12";
  return {
    schema: "schema",
    kinds: table<Kind>({
      ...each<Kind>("schema", "not if then else contains additionalProperties propertyNames"),
      ...each<Kind>("list", "allOf anyOf oneOf"),
      ...each<Kind>("map", "properties patternProperties definitions"),
      ...(latest
        ? {
            ...each<Kind>("schema", "items unevaluatedItems unevaluatedProperties"),
            ...each<Kind>("map", "$defs dependentSchemas"),
            prefixItems: "list",
          }
        : { items: "either", additionalItems: "schema", dependencies: "map" }),
    }),
    values: table({
      ...each(text, "$id $ref pattern"),
      ...each(number, "maximum minimum exclusiveMaximum exclusiveMinimum"),
      ...each(count, "maxLength minLength maxItems minItems maxProperties minProperties"),
      multipleOf: (value: unknown) => number(value) && (value as number) > 0,
      uniqueItems: (value: unknown) => typeof value === "boolean",
      required: texts,
      enum: Array.isArray,
      const: () => true,
      type: (value: unknown) => text(value) || texts(value),
      ...(latest && {
        $anchor: text,
        ...each(count, "minContains maxContains"),
        dependentRequired: (value: unknown) => isObject(value) && Object.values(value).every(texts),
      }),
    }),
  };
}
