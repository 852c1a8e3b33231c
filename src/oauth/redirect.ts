import { hideQuery, listenToWindows, page, showText, tabStorage, tellWindows } from "../adapters/browser.ts";
import { clock } from "../adapters/timers.ts";
import { isObject } from "../core/wire/jsonrpc.ts";
import type { Authorize } from "./code.ts";
import { fault } from "./errors.ts";
import { CALLBACK, channelOf, RECEIVED } from "./popup.ts";

/** Left in the tab while the person is away. */
interface Journey {
  /** The page they were on. */
  readonly back: string;
  readonly server: string;
  /** The URL they came back with. */
  readonly callback?: string;
}

const PREFIX = "mcp-rivulet journey ";

/**
 * Signs in in the page itself: it goes away, and after `completeAuthorization()` on the callback page comes back
 * to where the person was. Needs a `store` that outlives the page.
 *
 * @example
 * ```ts
 * oauth({ redirectUri: "/callback", authorize: redirect(), store: webStore(sessionStorage) })
 * ```
 */
export function redirect(): Authorize {
  const authorize: Authorize = (url, { server, state, signal }) =>
    new Promise((_, reject) => {
      const here = page();
      if (!here)
        throw fault(
          "unauthorized",
          "A person has to sign in, and there is no page to leave: pass `authorize`.",
        );
      const { location } = here;
      const storage = tabStorage();
      if (!storage) {
        throw fault("auth_refused", "redirect() needs session storage, which the browser denies.");
      }
      const journey: Journey = { back: location.href, server };
      storage.setItem(PREFIX + state, JSON.stringify(journey));
      // Who goes back with the browser's button finds the page as it was, waiting for what will not come.
      here.addEventListener("pageshow", ({ persisted }: PageTransitionEvent) => {
        if (persisted)
          reject(
            fault("unauthorized", "The person came back without signing in.", undefined, {
              reason: "cancelled",
            }),
          );
      });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      location.assign(url.href);
    });
  return Object.assign(authorize, { resume });
}

function resume(server: string): string | undefined {
  const storage = tabStorage();
  for (const key of Object.keys(storage ?? {})) {
    if (!key.startsWith(PREFIX)) continue;
    const journey = read(storage?.getItem(key));
    if (journey?.server !== server || journey.callback === undefined) continue;
    storage?.removeItem(key);
    return journey.callback;
  }
  return undefined;
}

function read(text: string | null | undefined): Journey | undefined {
  try {
    return JSON.parse(text ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * The one line of the callback page: hands what the authorization server sent back to the page that waits for
 * it, and closes the window or goes back. Nothing of the URL is shown.
 *
 * The page must have the origin of the application, and should carry no other script.
 */
export async function completeAuthorization(): Promise<void> {
  const here = page();
  if (!here) return;
  const url = here.location.href;
  const state = new URL(url).searchParams.get("state");
  hideQuery();
  if (state === null) return showText("There is no sign-in to complete.");
  const key = PREFIX + state;
  const storage = tabStorage();
  const journey = read(storage?.getItem(key));
  if (journey) {
    storage?.setItem(key, JSON.stringify({ ...journey, callback: url }));
    return here.location.replace(journey.back);
  }
  await new Promise<void>((resolve) => {
    const done = () => {
      stop();
      stopListening();
      resolve();
    };
    const stop = clock.after(2000, done);
    const stopListening = listenToWindows(channelOf(state), (data) => {
      if (isObject(data) && data.type === RECEIVED) done();
    });
    tellWindows(channelOf(state), { type: CALLBACK, url });
  });
  here.close();
  showText("You can close this window.");
}
