import type { Verdict } from "../core/types.ts";

/**
 * What negotiation found, by the URL that was asked for: "Clients SHOULD cache the result for the lifetime
 * of the […] origin". By URL, since one origin may serve several revisions at several paths.
 */
export const verdicts: Map<string, Verdict> = new Map();

const MAX_VERDICTS = 1000;

export function remember(url: string, verdict: Verdict): void {
  if (url === "") return;
  verdicts.set(url, verdict);
  if (verdicts.size > MAX_VERDICTS) verdicts.delete(verdicts.keys().next().value as string);
}
