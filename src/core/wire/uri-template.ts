import { parseTemplate } from "url-template";
import { McpError, quote } from "../errors.ts";

/** What a variable of a URI template may be: one value, a list, or names with values. */
export type UriVariable =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly (string | number | boolean)[]
  | { readonly [name: string]: string | number | boolean };

/** Characters, of which each may be a variable with a value of any length. */
const MAX_LENGTH = 10_000;

const NAME = "(?:\\w|%[\\da-f]{2})+(?:\\.(?:\\w|%[\\da-f]{2})+)*(?::[1-9]\\d{0,3}|\\*)?";

/**
 * The URI that a template gives with these values, as `readResource` takes it. What has no value is left out, as
 * RFC 6570 says.
 *
 * @param template a URI template, or an entry of `listResourceTemplates()`.
 * @throws McpError `invalid_message` when the template is malformed, or a value cannot be part of a URI.
 * @see https://www.rfc-editor.org/rfc/rfc6570
 * @example
 * ```ts
 * const [template] = await client.listResourceTemplates(); // books://by-id/{id}
 * const { contents } = await client.readResource(expandTemplate(template, { id: "emma" }));
 * ```
 */
export function expandTemplate(
  template: string | { readonly uriTemplate: string },
  variables: { readonly [name: string]: UriVariable } = {},
): string {
  const text = typeof template === "string" ? template : template.uriTemplate;
  // The library takes what is malformed for literal text.
  const wellFormed = new RegExp(`^(?:[^{}]|\\{[+#./;?&]?${NAME}(?:,${NAME})*\\})*$`, "i");
  if (!(text?.length < MAX_LENGTH) || !wellFormed.test(text)) {
    const said = `The server's URI template "${quote(text)}" is malformed, or too long.`;
    throw new McpError("invalid_message", said);
  }
  try {
    // Without a prototype: a variable may be called "constructor".
    return parseTemplate(text).expand(Object.assign(Object.create(null), variables));
  } catch (cause) {
    const said = `The URI template "${quote(text)}" cannot be filled in: a value is not whole Unicode text.`;
    throw new McpError("invalid_message", said, { cause });
  }
}
