export const revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const;
export type Revision = (typeof revisions)[number];

/** What the specification asks of a client, on every revision whose page says it. */
export interface Requirement {
  readonly id: string;
  /** The sentence, where "…" stands for words left out. */
  readonly says: string;
  /** Where it says so, by page. */
  readonly on: Pages;
  /** Why no test of this library can show it. */
  readonly outside?: string;
}

export type Pages = { readonly [page: string]: readonly Revision[] };
type Said = string | Pick<Requirement, "says" | "outside">;

export const between = (first: Revision, last: Revision): readonly Revision[] =>
  revisions.slice(revisions.indexOf(first), revisions.indexOf(last) + 1);
export const since = (first: Revision): readonly Revision[] => between(first, "2026-07-28");

export const all: readonly Revision[] = revisions;
export const handshake: readonly Revision[] = between("2024-11-05", "2025-11-25");
export const stateless: readonly Revision[] = ["2026-07-28"];

/** What the pages say, by id. */
export function on(pages: Pages, said: { readonly [id: string]: Said }): Requirement[] {
  return Object.entries(said).map(([id, one]) => ({
    id,
    on: pages,
    ...(typeof one === "string" ? { says: one } : one),
  }));
}

/** A sentence that no test of this library can show, and why. */
export const outside = (reason: string, says: string): Said => ({ says, outside: reason });

export const APPLICATION = "binds the application: it has the person, the screen or the model";
export const LOGS =
  "binds the application, which decides what is logged: the `message` event shows every message";
export const STDIO = "stdio: the library speaks HTTP";
export const SERVER = "binds servers: a client never is in that place";

/** Where a revision has a page. */
export const addressOf = (revision: Revision, page: string): string =>
  `https://modelcontextprotocol.io/specification/${revision}/${page.replace(/\/index$/, "")}`;
