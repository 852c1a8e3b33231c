import type { AbortSignalLike } from "../ports.ts";

/** The reason of an abort, also where signals have none, as in React Native. */
export function reasonOf(
  reason: unknown = Object.assign(new Error("Aborted."), { name: "AbortError" }),
): unknown {
  return reason;
}

interface Waiting extends Set<() => void> {
  readonly tell: () => void;
}

/** What waits for a signal. It gets one listener, however much that is: runtimes take many for a leak, and say so. */
const watched: WeakMap<AbortSignalLike, Waiting> = /* @__PURE__ */ new WeakMap();

/** Apart from {@link onAbort}: what closures of one call hold, all of them hold, and this one stays. */
function watch(signal: AbortSignalLike): Waiting {
  const waiting: Waiting = Object.assign(new Set<() => void>(), {
    tell: () => {
      for (const act of waiting) act();
    },
  });
  watched.set(signal, waiting);
  return waiting;
}

/** Calls `action` when the signal aborts, at once if it has. The function it returns takes that back. */
export function onAbort(signal: AbortSignalLike | undefined, action: (reason: unknown) => void): () => void {
  const act = () => action(reasonOf(signal?.reason));
  if (signal?.aborted) act();
  if (!signal || signal.aborted) return () => {};
  const waiting = watched.get(signal) ?? watch(signal);
  if (waiting.add(act).size === 1) signal.addEventListener("abort", waiting.tell);
  return () => {
    if (waiting.delete(act) && !waiting.size) signal.removeEventListener("abort", waiting.tell);
  };
}
