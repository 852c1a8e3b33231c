import type { Shape, Validator } from "../ports.ts";
import { isObject } from "./jsonrpc.ts";

/** What a value must be: of a type, a text that matches, a list of something, or an object with members. */
type Rule = "string" | "boolean" | RegExp | [Rule] | Shaped;

interface Members {
  readonly [name: string]: Rule;
}

/** Members that must be there, and those that may be missing. */
interface Shaped {
  readonly must?: Members;
  readonly may?: Members;
}

const open: Shaped = {};
const block: Shaped = { must: { type: "string" }, may: { text: "string" } };

/** What listings list. */
const entry = (must?: Members, may?: Members): Shaped => ({
  must: { name: "string", ...must },
  may: { title: "string", description: "string", _meta: open, ...may },
});

// Only what a caller would trip over is checked. What is not named may be there: a server of a newer revision
// may say more.
const rules: { readonly [S in Shape]: Shaped } = {
  InitializeResult: { must: { protocolVersion: "string", capabilities: open } },
  DiscoverResult: { must: { supportedVersions: ["string"], capabilities: open } },
  CallToolResult: { may: { content: [block], isError: "boolean", _meta: open } },
  ReadResourceResult: {
    must: {
      contents: [{ must: { uri: "string" }, may: { mimeType: "string", text: "string", blob: "string" } }],
    },
  },
  GetPromptResult: {
    must: { messages: [{ must: { role: /^(user|assistant)$/, content: block } }] },
    may: { description: "string" },
  },
  CompleteResult: { must: { completion: { must: { values: ["string"] } } } },
  Tool: /* @__PURE__ */ entry({ inputSchema: open }, { outputSchema: open }),
  Resource: /* @__PURE__ */ entry({ uri: "string" }, { mimeType: "string" }),
  ResourceTemplate: /* @__PURE__ */ entry({ uriTemplate: "string" }, { mimeType: "string" }),
  Prompt: /* @__PURE__ */ entry(undefined, { arguments: [{ must: { name: "string" } }] }),
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
  if (Array.isArray(rule)) {
    if (!Array.isArray(value)) return ": expected array";
    for (let i = 0; i < value.length; i++) {
      const issue = check(rule[0], value[i]);
      if (issue) return `.${i}${issue}`;
    }
    return undefined;
  }
  if (!isObject(value)) return ": expected object";
  const { must, may } = rule;
  for (const name in must) {
    const issue = check(must[name] as Rule, value[name]);
    if (issue) return `.${name}${issue}`;
  }
  for (const name in may) {
    const issue = value[name] !== undefined && check(may[name] as Rule, value[name]);
    if (issue) return `.${name}${issue}`;
  }
  return undefined;
}
