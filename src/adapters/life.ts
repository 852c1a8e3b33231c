import { IGNORE } from "../core/flow/deferred.ts";

/**
 * The life of a page: shown or hidden, with a network or without, put away to be shown again. In workers and
 * outside browsers what does not exist does not happen.
 */
interface Page {
  readonly document?: { readonly visibilityState?: string };
  readonly navigator?: { readonly onLine?: boolean };
  readonly parent?: unknown;
  addEventListener?(type: string, listener: (event: LifeEvent) => void): void;
  removeEventListener?(type: string, listener: (event: LifeEvent) => void): void;
}

export interface LifeEvent {
  readonly type: string;
  /** Of `pagehide` and `pageshow`: the page is kept to be shown again, or was. */
  readonly persisted?: boolean;
}

const page = globalThis as Page;

/** Calls `listener` on events of the page; the function it returns stops that. */
export function onLife(types: readonly string[], listener: (event: LifeEvent) => void): () => void {
  // Where nothing is to be heard nothing is kept either: a server has many clients.
  if (!page.addEventListener) return IGNORE;
  for (const type of types) page.addEventListener(type, listener);
  return () => {
    for (const type of types) page.removeEventListener?.(type, listener);
  };
}

/** Nobody sees the page. */
export function hidden(): boolean {
  return page.document?.visibilityState === "hidden";
}

/** The page is in a frame of another, which outlives it when the frame is taken out. */
export function framed(): boolean {
  return (page.parent ?? page) !== page;
}

/** There is no network to reach `url` by. This machine reaches itself without one. */
export function offline(url: string): boolean {
  return page.navigator?.onLine === false && !/^https?:\/\/(localhost|127\.|\[::1])/.test(url);
}
