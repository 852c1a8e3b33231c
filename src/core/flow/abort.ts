import type { AbortSignalLike } from "../ports.ts";

/** The reason of an abort, also where signals have none, as in React Native. */
export function reasonOf(
  reason: unknown = Object.assign(new Error("Aborted."), { name: "AbortError" }),
): unknown {
  return reason;
}

/** Calls `action` when the signal aborts, at once if it has. The function it returns takes that back. */
export function onAbort(signal: AbortSignalLike | undefined, action: (reason: unknown) => void): () => void {
  const aborted = () => action(reasonOf(signal?.reason));
  if (signal?.aborted) aborted();
  else signal?.addEventListener("abort", aborted);
  return () => signal?.removeEventListener("abort", aborted);
}
