import * as z from "zod/mini";
import type { Shape, Validator } from "../ports.ts";

// Only what a caller would trip over is checked. What is not named may be there: a server of a newer revision
// may say more. Everything is made when first needed, since most of a schema's cost is its making.

const text = () => z.string();
const maybeText = () => z.optional(text());
const open = () => z.object({});
const block = () => z.object({ type: text() });
const named = () => ({
  name: text(),
  title: maybeText(),
  description: maybeText(),
  _meta: z.optional(open()),
});

const shapes: { readonly [S in Shape]: () => z.core.$ZodShape } = {
  InitializeResult: () => ({ protocolVersion: text(), capabilities: open() }),
  DiscoverResult: () => ({ supportedVersions: z.array(text()), capabilities: open() }),
  CallToolResult: () => ({
    content: z.optional(z.array(block())),
    isError: z.optional(z.literal([true, false])),
    _meta: z.optional(open()),
  }),
  ReadResourceResult: () => ({
    contents: z.array(z.object({ uri: text(), mimeType: maybeText(), text: maybeText(), blob: maybeText() })),
  }),
  GetPromptResult: () => ({
    description: maybeText(),
    messages: z.array(z.object({ role: z.literal(["user", "assistant"]), content: block() })),
  }),
  CompleteResult: () => ({ completion: z.object({ values: z.array(text()) }) }),
  Tool: () => ({ ...named(), inputSchema: open(), outputSchema: z.optional(open()) }),
  Resource: () => ({ ...named(), uri: text(), mimeType: maybeText() }),
  ResourceTemplate: () => ({ ...named(), uriTemplate: text(), mimeType: maybeText() }),
  Prompt: () => ({ ...named(), arguments: z.optional(z.array(z.object({ name: text() }))) }),
};

const built: Map<Shape, z.ZodMiniType> = new Map();

/** Checks results and list entries with zod. What `connect` uses; for `createClient`, pass it as `validate`. */
export const schemas: Validator = (shape, value) => {
  let schema = built.get(shape);
  if (!schema) {
    schema = z.object(shapes[shape]());
    built.set(shape, schema);
  }
  const { error } = schema.safeParse(value, { jitless: true });
  const issue = error?.issues[0];
  return issue && `${issue.path.join(".") || shape}: ${issue.message}`;
};
