import { hasFocus, listenToWindows, openWindow, page } from "../adapters/browser.ts";
import { parseUrl } from "../adapters/fetch.ts";
import { clock } from "../adapters/timers.ts";
import { onAbort } from "../core/flow/abort.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import { type Authorize, PATIENCE_MS } from "./code.ts";
import { fault } from "./errors.ts";

/** What the callback page says, and what it hears back. */
export const CALLBACK = "mcp-rivulet callback";
export const RECEIVED = "mcp-rivulet received";

export const channelOf = (state: string): string => `mcp-auth:${state}`;

/** How often it is looked whether the window is still there. */
const LOOK_MS = 500;
/** How often in a row the window seems closed while the person looks at this page. */
const MAX_CLOSED = 4;

/** Signs in in a window of its own. */
export function popup(): Authorize {
  let ready: Window | undefined;
  const prepare = (): (() => void) => {
    ready ??= openWindow();
    return () => {
      ready?.close();
      ready = undefined;
    };
  };
  const authorize: Authorize = async (url, { signal, state }) => {
    if (!page()) {
      throw fault(
        "unauthorized",
        "A person has to sign in, and there is no page to ask them in: pass `authorize`.",
      );
    }
    prepare();
    const window = ready;
    ready = undefined;
    if (!window) {
      throw fault(
        "unauthorized",
        "A person has to sign in, and the browser allows no window now: call signIn() of the provider in a click.",
        undefined,
        { reason: "popup_blocked" },
      );
    }
    try {
      window.location.replace(url.href);
      return await callback(window, state, signal);
    } finally {
      window.close();
    }
  };
  return Object.assign(authorize, { prepare });
}

/** The URL that the callback page of this sign-in hands over. */
function callback(window: Window, state: string, signal: AbortSignal): Promise<string> {
  let offs: readonly (() => void)[] = [];
  let stopLooking = () => {};
  return new Promise<string>((resolve, reject) => {
    const fail = (message: string, reason: string) =>
      reject(fault("unauthorized", message, undefined, { reason }));
    const look = (times = 0) => {
      // A page that isolates itself makes its window look closed: only a person who is back here has closed it.
      const closed = window.closed && hasFocus() ? times + 1 : 0;
      if (closed >= MAX_CLOSED) fail("The sign-in window was closed before the end.", "popup_closed");
      else stopLooking = clock.after(LOOK_MS, () => look(closed));
    };
    look();
    offs = [
      listenToWindows(channelOf(state), (data, reply) => {
        if (!isObject(data) || data.type !== CALLBACK || typeof data.url !== "string") return;
        if (parseUrl(data.url)?.searchParams.get("state") !== state) return;
        reply({ type: RECEIVED });
        resolve(data.url);
      }),
      clock.after(PATIENCE_MS, () => fail("The sign-in window was left alone for too long.", "timeout")),
      onAbort(signal, reject),
    ];
  }).finally(() => {
    stopLooking();
    for (const off of offs) off();
  });
}
