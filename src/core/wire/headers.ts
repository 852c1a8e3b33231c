/**
 * Header names and values of Streamable HTTP.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#request-metadata
 */

/** Headers of one request, by lower-case name. */
export type HeaderMap = { [name: string]: string };

export const HEADER = {
  version: "mcp-protocol-version",
  session: "mcp-session-id",
  method: "mcp-method",
  name: "mcp-name",
  lastEventId: "last-event-id",
} as const;

/**
 * What a server must list for browser clients: `allow` in `Access-Control-Allow-Headers`, `expose` in
 * `Access-Control-Expose-Headers`. Tools with `x-mcp-header` need their `Mcp-Param-*` names in `allow` too.
 */
export const corsHeaders: { readonly allow: readonly string[]; readonly expose: readonly string[] } = {
  allow: [
    "Accept",
    "Authorization",
    "Content-Type",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Session-Id",
  ],
  expose: ["Mcp-Session-Id", "WWW-Authenticate", "Retry-After"],
};

/** Visible ASCII, with spaces only inside. A tab is legal in a header, but not every proxy agrees. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * A value as it may stand in a header: itself, or its Base64 form.
 *
 * "clients MUST also Base64-encode any plain-ASCII value that matches the sentinel pattern".
 */
export function headerValue(value: string): string {
  if (value === "") return "";
  const sentinel = value.startsWith("=?base64?") && value.endsWith("?=");
  return PLAIN.test(value) && !sentinel ? value : `=?base64?${base64(value)}?=`;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 of the UTF-8 form. Written out because `btoa` and `TextEncoder` belong to the platform. */
function base64(text: string): string {
  const bytes: number[] = [];
  // A lone surrogate has no UTF-8 form; U+FFFD is what every encoder puts in its place.
  const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "\ufffd"));
  for (let i = 0; i < escaped.length; i++) {
    if (escaped[i] === "%") {
      bytes.push(Number.parseInt(escaped.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(escaped.charCodeAt(i));
  }
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.slice(i, i + 3);
    out += ALPHABET[a >> 2];
    out += ALPHABET[((a & 3) << 4) | ((b ?? 0) >> 4)];
    out += b === undefined ? "=" : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)];
    out += c === undefined ? "=" : ALPHABET[c & 63];
  }
  return out;
}
