import { McpError } from "../errors.ts";
import type { JsonObject } from "../types.ts";

/**
 * The pages of a listing, each as its entries.
 *
 * "Clients MUST treat cursors as opaque tokens": an empty string is one like any other, and only a missing
 * cursor ends the list. A server that hands out the same cursor twice would keep us for ever.
 *
 * @param page fetches the page at `cursor`.
 * @param key the member of a page that holds its entries.
 * @param limit most pages fetched.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination
 */
export async function* paginate(
  page: (cursor: string | undefined) => PromiseLike<JsonObject>,
  key: string,
  limit: number,
): AsyncGenerator<readonly unknown[], void, undefined> {
  /** One for each page that was fetched. */
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    if (seen.size >= limit) {
      throw new McpError(
        "limit_exceeded",
        `The server has more than ${limit} pages of ${key} (limits.pages).`,
      );
    }
    const result = await page(cursor);
    const entries = result[key];
    if (!Array.isArray(entries)) {
      throw new McpError("invalid_message", `The server sent no array "${key}".`);
    }
    yield entries;
    const { nextCursor } = result;
    if (typeof nextCursor !== "string") return;
    if (seen.has(nextCursor)) {
      throw new McpError("invalid_message", `The server sent a cursor of ${key} twice.`);
    }
    seen.add(nextCursor);
    cursor = nextCursor;
  }
}
