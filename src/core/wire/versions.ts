/**
 * The revisions this library speaks, newest first.
 *
 * Modern revisions carry version, identity and capabilities on every request; legacy ones open a session
 * with an `initialize` handshake.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export const MODERN_VERSIONS: readonly string[] = ["2026-07-28"];

export const LEGACY_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

export type Era = "modern" | "legacy";

export function eraOf(version: string): Era | undefined {
  return MODERN_VERSIONS.includes(version)
    ? "modern"
    : LEGACY_VERSIONS.includes(version)
      ? "legacy"
      : undefined;
}

/** The newest revision both sides speak. */
export function mutualVersion(offered: unknown): string | undefined {
  if (!Array.isArray(offered)) return undefined;
  return [...MODERN_VERSIONS, ...LEGACY_VERSIONS].find((version) => offered.includes(version));
}
