/**
 * The revisions this library speaks, newest first.
 *
 * Modern revisions carry version, identity and capabilities on every request; legacy ones open a session
 * with an `initialize` handshake.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export const VERSIONS: readonly string[] = [
  "2026-07-28",
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
];

export type Era = "modern" | "legacy";

export function eraOf(version: string): Era | undefined {
  // Revisions are dates, and this is the first modern one.
  const era = version < "2026-07-28" ? "legacy" : "modern";
  return VERSIONS.includes(version) ? era : undefined;
}
