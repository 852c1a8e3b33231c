import type { AbortSignalLike } from "../ports.ts";

/** Calls `action` when the signal aborts, at once if it has. The function it returns takes that back. */
export function onAbort(signal: AbortSignalLike | undefined, action: (reason: unknown) => void): () => void {
  const aborted = () => action(signal?.reason);
  if (signal?.aborted) aborted();
  else signal?.addEventListener("abort", aborted);
  return () => signal?.removeEventListener("abort", aborted);
}
