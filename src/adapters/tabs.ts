import { deferred } from "../core/flow/deferred.ts";

/** What the pages and workers of one origin need to know of each other. */

interface Locks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    work: () => Promise<void> | undefined,
  ): Promise<unknown>;
  query(): Promise<unknown>;
}

function locks(): Locks | undefined {
  return ((globalThis.navigator ?? {}) as unknown as { locks?: Locks }).locks;
}

/** Whether they can find each other. It takes a secure context, and an origin that is not opaque. */
export async function tabsCanMeet(): Promise<boolean> {
  try {
    return typeof BroadcastChannel === "function" && !!(await locks()?.query());
  } catch {
    return false;
  }
}

/**
 * Asks for a lock, which the browser takes back when the page is gone, however it went.
 *
 * @param held called once it is ours.
 * @param lost called when another stole it, or there is none to have.
 * @param steal takes it from whoever holds it.
 * @returns gives it back, or withdraws the request.
 */
export function claim(name: string, held: () => void, lost?: () => void, steal?: boolean): () => void {
  const released = deferred<void>();
  const waiting = new AbortController();
  const { signal } = waiting;
  locks()
    ?.request(name, steal ? { steal } : { signal }, () => {
      if (signal.aborted) return undefined;
      held();
      return released.promise;
    })
    .catch(() => {
      if (!signal.aborted) lost?.();
    });
  return () => {
    waiting.abort();
    released.resolve();
  };
}

/** Calls `gone` once nobody holds the lock any more. */
export function whenFree(name: string, gone: () => void): () => void {
  const stop = claim(name, () => {
    stop();
    gone();
  });
  return stop;
}

export interface Line {
  post(data: unknown): void;
  close(): void;
}

/** A channel to all who opened one of this name. */
export function openLine(name: string, listener: (data: unknown) => void): Line {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => listener(data);
  return {
    post: (data) => channel.postMessage(data),
    close: () => channel.close(),
  };
}

/** Whether a person can see this page. Workers are not seen. */
export function isVisible(): boolean {
  return globalThis.document?.visibilityState === "visible";
}

/** Tells when that changes, and when the page is put away (closed, frozen, kept for going back) and taken out again. */
export function onPage(on: { seen(): void; away(): void; back(): void }): () => void {
  const page = globalThis.document as Document | undefined;
  if (!page) return () => {};
  const all = [
    [page, "visibilitychange", on.seen],
    [page, "freeze", on.away],
    [page, "resume", on.back],
    [globalThis, "pagehide", on.away],
    [globalThis, "pageshow", on.back],
  ] as const;
  for (const [target, type, listener] of all) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of all) target.removeEventListener(type, listener);
  };
}
