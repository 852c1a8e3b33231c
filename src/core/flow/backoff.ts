/** How often and how patiently something is tried again. */
export interface ReconnectPolicy {
  /** Attempts in a row without progress before giving up. Default 10. */
  readonly attempts?: number | undefined;
  /** Milliseconds before the first attempt. Default 500. */
  readonly delay?: number | undefined;
  /** Milliseconds no delay exceeds. Default 30 000. */
  readonly maxDelay?: number | undefined;
}

/** Of clients that are given none: one for all of them. */
export const DEFAULT_POLICY: ReconnectPolicy = {};

/** No server may make a client knock more often than this, whatever its `retry` says. */
export const FLOOR_MS = 50;

/** After so many milliseconds a stream that is opened without a word, not even headers, is taken for open. */
export const SILENT_MS = 1000;

/**
 * Milliseconds for the end of what nobody waits for any more: a stream after its answer, so that its connection stays
 * usable; a session that is closed; a word to the server to stop.
 */
export const LINGER_MS = 250;

/**
 * Milliseconds to wait before attempt `attempt` (from 0): doubling, capped, and with jitter so that clients
 * of a restarted server do not come back all at once. Undefined when attempts are used up.
 *
 * @param random from 0 to 1.
 * @param asked what the server asked for with `retry`, the least that is waited.
 */
export function delayBefore(
  attempt: number,
  policy: ReconnectPolicy,
  random: number,
  asked?: number,
): number | undefined {
  const { attempts = 10, delay = 500, maxDelay = 30_000 } = policy;
  if (attempt >= attempts) return undefined;
  // "The client MUST respect the retry field": the first attempt waits just that, later ones grow from it.
  if (asked !== undefined && attempt === 0) return Math.max(FLOOR_MS, asked);
  const base = Math.max(FLOOR_MS, asked ?? Math.min(delay, maxDelay));
  const grown = Math.min(maxDelay, base * 2 ** attempt);
  return Math.max(base, grown * (0.5 + random / 2));
}
