import type { Shape, Validator } from "../ports.ts";
import { isObject } from "./jsonrpc.ts";

/**
 * What a value must be: of a type, a list of something, or an object with members. What may be missing has its rule
 * as `may`.
 */
type Rule = "string" | "boolean" | [Rule] | Members;

interface Members {
  readonly [name: string]: Rule;
}

const open: Members = { may: {} };
const text: Members = { may: "string" };
const block: Members = { type: "string", text };

/** What listings list. */
const entry = (own: Members): Members => ({
  name: "string",
  ...own,
  title: text,
  description: text,
  _meta: open,
});

// Only what a caller would trip over is checked. What is not named may be there: a server of a newer revision
// may say more.
const rules: { readonly [S in Shape]: Members } = {
  InitializeResult: { protocolVersion: "string", capabilities: {} },
  DiscoverResult: { supportedVersions: ["string"], capabilities: {} },
  CallToolResult: { content: { may: [block] }, isError: { may: "boolean" }, _meta: open },
  ReadResourceResult: { contents: [{ uri: "string", mimeType: text, text, blob: text }] },
  GetPromptResult: { messages: [{ role: "string", content: block }], description: text },
  CompleteResult: { completion: { values: ["string"] } },
  Tool: /* @__PURE__ */ entry({ inputSchema: {}, outputSchema: open }),
  Resource: /* @__PURE__ */ entry({ uri: "string", mimeType: text }),
  ResourceTemplate: /* @__PURE__ */ entry({ uriTemplate: "string", mimeType: text }),
  Prompt: /* @__PURE__ */ entry({ arguments: { may: [{ name: "string" }] } }),
};

/**
 * Checks the parts of results and list entries that a caller's code would trip over. What `connect` uses;
 * {@link schemas} looks at everything.
 */
export const guards: Validator = (shape, value) => {
  const issue = check(rules[shape], value);
  return issue && (issue.startsWith(".") ? issue.slice(1) : shape + issue);
};

/** Where `value` breaks the rule, and what was expected. The path is put together on the way back only. */
function check(rule: Rule, value: unknown): string | undefined {
  if (typeof rule === "string") return typeof value === rule ? undefined : `: expected ${rule}`;
  if (Array.isArray(rule)) {
    if (!Array.isArray(value)) return ": expected array";
    for (let i = 0; i < value.length; i++) {
      const issue = check(rule[0], value[i]);
      if (issue) return `.${i}${issue}`;
    }
    return undefined;
  }
  if (rule.may) return value === undefined ? undefined : check(rule.may, value);
  if (!isObject(value)) return ": expected object";
  for (const name in rule) {
    const issue = check(rule[name] as Rule, value[name]);
    if (issue) return `.${name}${issue}`;
  }
  return undefined;
}
