import type { Shape, Validator } from "../ports.ts";
import { isObject } from "./jsonrpc.ts";

/** What a value must be: of a type, a text that matches, a list of something, or an object with members. */
type Rule = "string" | "boolean" | RegExp | readonly [Rule] | Members;

/** A name that ends with `?` is that of a member which may be missing. */
interface Members {
  readonly [name: string]: Rule;
}

const open: Members = {};
const block: Members = { type: "string", "text?": "string" };

/** What listings list. */
const entry = (more: Members): Members => ({
  name: "string",
  "title?": "string",
  "description?": "string",
  "_meta?": open,
  ...more,
});

// Only what a caller would trip over is checked. What is not named may be there: a server of a newer revision
// may say more.
const rules: { readonly [S in Shape]: Members } = {
  InitializeResult: { protocolVersion: "string", capabilities: open },
  DiscoverResult: { supportedVersions: ["string"], capabilities: open },
  CallToolResult: { "content?": [block], "isError?": "boolean", "_meta?": open },
  ReadResourceResult: {
    contents: [{ uri: "string", "mimeType?": "string", "text?": "string", "blob?": "string" }],
  },
  GetPromptResult: { "description?": "string", messages: [{ role: /^(user|assistant)$/, content: block }] },
  CompleteResult: { completion: { values: ["string"] } },
  Tool: /* @__PURE__ */ entry({ inputSchema: open, "outputSchema?": open }),
  Resource: /* @__PURE__ */ entry({ "mimeType?": "string", uri: "string" }),
  ResourceTemplate: /* @__PURE__ */ entry({ "mimeType?": "string", uriTemplate: "string" }),
  Prompt: /* @__PURE__ */ entry({ "arguments?": [{ name: "string" }] }),
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
  if (rule instanceof RegExp) {
    return typeof value === "string" && rule.test(value) ? undefined : `: expected ${rule.source}`;
  }
  if (isList(rule)) {
    if (!Array.isArray(value)) return ": expected array";
    for (let i = 0; i < value.length; i++) {
      const issue = check(rule[0], value[i]);
      if (issue) return `.${i}${issue}`;
    }
    return undefined;
  }
  if (!isObject(value)) return ": expected object";
  for (const key in rule) {
    const name = key.replace("?", "");
    const member = value[name];
    const issue = (member !== undefined || name === key) && check(rule[key] as Rule, member);
    if (issue) return `.${name}${issue}`;
  }
  return undefined;
}

// `Array.isArray` does not know a read-only list when it sees one.
function isList(rule: Rule): rule is readonly [Rule] {
  return Array.isArray(rule);
}
