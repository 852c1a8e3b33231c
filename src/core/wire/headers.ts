/**
 * Header names and values of Streamable HTTP.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#request-metadata
 */

/** Headers of one request, by lower-case name. */
export type HeaderMap = { [name: string]: string };

export const VERSION_HEADER = "mcp-protocol-version";
export const SESSION_HEADER = "mcp-session-id";
export const METHOD_HEADER = "mcp-method";
export const NAME_HEADER = "mcp-name";
export const LAST_EVENT_ID = "last-event-id";

/**
 * What a server must list for browser clients: `allow` in `Access-Control-Allow-Headers`, `expose` in
 * `Access-Control-Expose-Headers`. Tools with `x-mcp-header` need their `Mcp-Param-*` names in `allow` too.
 */
export const corsHeaders: { readonly allow: string[]; readonly expose: string[] } = {
  allow: [
    "Accept",
    "Authorization",
    "Content-Type",
    "DPoP",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Session-Id",
  ],
  expose: ["Mcp-Session-Id", "WWW-Authenticate", "Retry-After", "DPoP-Nonce"],
};

/** Pure, and everywhere, but not part of the language. */
declare function btoa(bytes: string): string;

/**
 * A value as it may stand in a header: itself, or its Base64 form.
 *
 * "clients MUST also Base64-encode any plain-ASCII value that matches the sentinel pattern". A tab is legal
 * inside a header too, but not every proxy agrees.
 */
export function headerValue(value: string): string {
  if (/^([!-~]([ -~]*[!-~])?)?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value)) return value;
  return `=?base64?${btoa(utf8(value))}?=`;
}

/** The UTF-8 form of a text, a character for each byte, which is also what WHATWG puts in a header. */
export function utf8(text: string): string {
  // A lone surrogate has no such form; U+FFFD is what every encoder puts in its place.
  return unescape(encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "\ufffd")));
}
