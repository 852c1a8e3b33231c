import * as z from "zod/mini";
import type { Shape, Validator } from "../ports.ts";

// What is not named may be there: a server of a newer revision may say more. Everything is made when first
// needed, since most of a schema's cost is its making.

const text = () => z.string();
const maybeText = () => z.optional(text());
const open = () => z.object({});
const contents = () => z.object({ uri: text(), mimeType: maybeText(), text: maybeText(), blob: maybeText() });
const encoded = () => ({ data: text(), mimeType: text() });

/** What a block of each type must have. A type that is not here is one of a later revision. */
const blocks: { readonly [type: string]: () => z.core.$ZodShape } = {
  text: () => ({ text: text() }),
  image: encoded,
  audio: encoded,
  resource_link: () => ({ uri: text(), name: text() }),
  resource: () => ({ resource: contents() }),
};

const block = () =>
  z.looseObject({ type: text() }).check(({ value, issues }) => {
    const shape = Object.hasOwn(blocks, value.type) && blocks[value.type]?.();
    const { error } = (shape && z.object(shape).safeParse(value, { jitless: true })) || {};
    for (const { message, path } of error?.issues ?? []) {
      issues.push({ code: "custom", message, path: [...path], input: value });
    }
  });
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
    isError: z.optional(z.boolean()),
    _meta: z.optional(open()),
  }),
  ReadResourceResult: () => ({
    contents: z.array(contents()),
  }),
  GetPromptResult: () => ({
    description: maybeText(),
    messages: z.array(z.object({ role: z.literal(["user", "assistant"]), content: block() })),
  }),
  CompleteResult: () => ({
    completion: z.object({
      values: z.array(text()),
      total: z.optional(z.number()),
      hasMore: z.optional(z.boolean()),
    }),
  }),
  Tool: () => ({ ...named(), inputSchema: open(), outputSchema: z.optional(open()) }),
  Resource: () => ({ ...named(), uri: text(), mimeType: maybeText() }),
  ResourceTemplate: () => ({ ...named(), uriTemplate: text(), mimeType: maybeText() }),
  Prompt: () => ({ ...named(), arguments: z.optional(z.array(z.object({ name: text() }))) }),
};

const built: Map<Shape, z.ZodMiniType> = new Map();

/**
 * Checks results and list entries with zod, every block of content included: pass it as `validate`. Without it,
 * `connect` checks what a caller's code would trip over, at a twelfth of the size.
 */
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
