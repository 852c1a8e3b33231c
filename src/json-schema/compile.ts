import { dereference, type Schema, type SchemaDraft, validate } from "@cfworker/json-schema";
import { clock } from "../adapters/timers.ts";
import { quote } from "../core/errors.ts";
import type { JsonObject } from "../core/types.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import { keywordsOf } from "./keywords.ts";
import { type Measured, measure } from "./measure.ts";
import { stepsOf } from "./pattern.ts";

/** A schema that can be checked against. */
export interface Compiled {
  /** What does not conform, if something does not. Throws when finding out would take too much. */
  check(value: unknown): string | undefined;
  /** What of the schema is left out of the check, and why. */
  readonly left: readonly string[];
}

/** Most schemas in one schema, and how deep they may be in each other. */
const MAX_SCHEMAS = 5000;
const MAX_DEPTH = 64;

/** Schemas visited during one check, with what each costs: some hundredths of a second at most. */
const BUDGET = 40_000;

/**
 * Milliseconds of one check. What looks at all of a wide value, or of a long text, again and again counts as few
 * visits, as `minLength` does, and `true` for each property; only a clock sees that.
 */
const MAX_MS = 250;

/** Comparisons of values, or steps of a regular expression, that weigh as much as a visit. */
const CHEAP = 50;

const DIALECTS: { readonly [uri: string]: SchemaDraft } = {
  "https://json-schema.org/draft/2020-12/schema": "2020-12",
  "http://json-schema.org/draft-07/schema": "7",
};

/** What a schema's own names are resolved against. Nothing is ever fetched. */
const BASE = new URL("https://output-schema.invalid/");

/**
 * Makes a checker of a schema that nobody vouches for.
 *
 * @throws Error when the schema is not valid, not supported, or too large.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#json-schema-usage
 */
export function compile(source: unknown): Compiled {
  const dialect = isObject(source) ? (source.$schema ?? "https://json-schema.org/draft/2020-12/schema") : "";
  const draft = DIALECTS[String(dialect).replace(/#$/, "")];
  if (!draft) throw new Error(`its dialect (${quote(dialect)}) is not supported; 2020-12 and draft-07 are`);
  const { schema, kinds, values } = keywordsOf(draft);
  const left: string[] = [];
  const copies: JsonObject[] = [];
  let [budget, until] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let sizes: Measured = { nodes: 0, longest: 0, pairs: 0 };
  const spend = (amount: number): undefined => {
    budget -= amount;
    if (budget < 0 || clock.now() > until) throw new Error("it takes too long");
  };

  /** A copy with the keywords of the dialect alone, which counts the visits of the validator. */
  const copy = (from: unknown, depth: number): Schema | boolean => {
    if (typeof from === "boolean") return from;
    if (!isObject(from)) throw new Error("a part of it is no schema");
    if (depth > MAX_DEPTH) throw new Error("it is too deep");
    const to: JsonObject = {};
    if (copies.push(to) > MAX_SCHEMAS) throw new Error("it is too large");
    let weight = 1;
    for (const [keyword, value] of Object.entries(from)) {
      if (/^\$(dynamic|recursive)Ref$/.test(keyword)) throw new Error(`${keyword} is not supported`);
      const kind = kinds[keyword];
      const sound = values[keyword];
      if (kind === schema || (kind === "either" && !Array.isArray(value)))
        to[keyword] = copy(value, depth + 1);
      else if (kind === "list" || kind === "either") {
        if (!Array.isArray(value)) throw new Error(`${keyword} is no list`);
        to[keyword] = value.map((each) => copy(each, depth + 1));
      } else if (kind === "map") {
        if (!isObject(value)) throw new Error(`${keyword} is no object`);
        const entries = Object.entries(value);
        weight += entries.length;
        to[keyword] = Object.fromEntries(
          entries.map(([name, each]) => [name, Array.isArray(each) ? each : copy(each, depth + 1)]),
        );
      } else if (sound) {
        if (!sound(value)) throw new Error(`${keyword} has no sound value`);
        to[keyword] = value;
        weight += measure(value).nodes / CHEAP;
      }
    }
    bound(to);
    // Read once in every visit, and unknown to both dialects.
    Object.defineProperty(to, "$recursiveAnchor", { get: () => spend(weight) });
    return to as Schema;
  };

  /** Makes what may take long count as much as it may take. */
  const bound = (to: JsonObject): void => {
    const { pattern, patternProperties, uniqueItems } = to;
    const counted = (keyword: string, cost: () => number): void => {
      const value = to[keyword];
      const get = () => spend(cost() / CHEAP) ?? value;
      Object.defineProperty(to, keyword, { get, enumerable: keyword === "patternProperties" });
    };
    if (pattern !== undefined) {
      const steps = safe(pattern as string);
      if (typeof steps === "string") {
        delete to.pattern;
        left.push(steps);
      } else counted("pattern", () => steps(sizes.longest));
    }
    if (patternProperties) {
      const all = Object.keys(patternProperties).map(safe);
      // Left out, it would make other properties of what it says are these.
      for (const steps of all) if (typeof steps === "string") throw new Error(steps);
      counted("patternProperties", () =>
        all.reduce((sum, steps) => sum + sizes.nodes * (steps as (n: number) => number)(sizes.longest), 0),
      );
    }
    if (uniqueItems) counted("uniqueItems", () => sizes.pairs);
  };

  const root = copy(source, 0) as Schema;
  const lookup = dereference(root, Object.create(null), BASE);
  for (const { $ref, __absolute_ref__: uri } of copies as { $ref?: string; __absolute_ref__?: string }[]) {
    if (uri !== undefined && lookup[uri] === undefined)
      throw new Error(`$ref ${quote($ref)} leads outside of it, and nothing is fetched`);
  }
  return {
    left,
    check(value) {
      sizes = measure(value);
      [budget, until] = [BUDGET, clock.now() + MAX_MS];
      const { valid, errors } = validate(value as never, root, draft, lookup);
      if (valid) return undefined;
      // The last says most, but for choices, of which it is about the last alone.
      const error = errors.find(({ keyword }) => /^(any|one)Of$/.test(keyword)) ?? errors.at(-1);
      return quote(`structuredContent${error?.instanceLocation.slice(1)}: ${error?.error}`);
    },
  };
}

/** The steps of a pattern by the length of a text, or why it is not used. */
function safe(pattern: string): ((length: number) => number) | string {
  try {
    new RegExp(pattern, "u");
  } catch {
    return `the pattern ${quote(pattern)} is no regular expression here`;
  }
  return stepsOf(pattern) ?? `the pattern ${quote(pattern)} could take for ever`;
}
