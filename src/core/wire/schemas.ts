import * as z from "zod/mini";
import type { Shape, Validator } from "../ports.ts";

// Only what a caller would trip over is checked, and objects stay open: a server of a newer revision may
// say more. Built when first needed, since most of a schema's cost is its making.

const text = z.string();
const meta = z.optional(z.looseObject({}));
const block = z.looseObject({ type: text });
const named = { name: text, title: z.optional(text), description: z.optional(text), _meta: meta };

const shapes: { readonly [S in Shape]: () => z.ZodMiniType } = {
  InitializeResult: () => z.looseObject({ protocolVersion: text, capabilities: z.looseObject({}) }),
  DiscoverResult: () => z.looseObject({ supportedVersions: z.array(text), capabilities: z.looseObject({}) }),
  CallToolResult: () =>
    z.looseObject({ content: z.optional(z.array(block)), isError: z.optional(z.boolean()), _meta: meta }),
  ReadResourceResult: () =>
    z.looseObject({
      contents: z.array(
        z.looseObject({
          uri: text,
          mimeType: z.optional(text),
          text: z.optional(text),
          blob: z.optional(text),
        }),
      ),
    }),
  GetPromptResult: () =>
    z.looseObject({
      description: z.optional(text),
      messages: z.array(z.looseObject({ role: z.enum(["user", "assistant"]), content: block })),
    }),
  CompleteResult: () => z.looseObject({ completion: z.looseObject({ values: z.array(text) }) }),
  Tool: () =>
    z.looseObject({ ...named, inputSchema: z.looseObject({}), outputSchema: z.optional(z.looseObject({})) }),
  Resource: () => z.looseObject({ ...named, uri: text, mimeType: z.optional(text) }),
  ResourceTemplate: () => z.looseObject({ ...named, uriTemplate: text, mimeType: z.optional(text) }),
  Prompt: () => z.looseObject({ ...named, arguments: z.optional(z.array(z.looseObject({ name: text }))) }),
};

const built: Map<Shape, z.ZodMiniType> = new Map();

/** Checks results and list entries with zod. What `connect` uses; for `createClient`, pass it as `validate`. */
export const schemas: Validator = (shape, value) => {
  let schema = built.get(shape);
  if (!schema) {
    schema = shapes[shape]();
    built.set(shape, schema);
  }
  const { error } = schema.safeParse(value, { jitless: true });
  const issue = error?.issues[0];
  return issue && `${issue.path.join(".") || shape}: ${issue.message}`;
};
