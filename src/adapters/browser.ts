/** What signing in needs of a page. Without a page, nothing here does anything. */

interface Page {
  readonly location: Location;
  readonly history: History;
  readonly sessionStorage: Storage;
  readonly navigator: { readonly userActivation?: { readonly isActive: boolean } };
  readonly opener: Window | null;
  readonly screenX: number;
  readonly screenY: number;
  readonly outerWidth: number;
  readonly outerHeight: number;
  open(url: string, target: string, features: string): Window | null;
  close(): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  removeEventListener(type: string, listener: (event: never) => void): void;
}

/** The page, where there is one. */
export function page(): Page | undefined {
  const { window, document } = globalThis as { window?: unknown; document?: unknown };
  return document === undefined ? undefined : (window as Page | undefined);
}

/** The URL of this page, which relative ones start from. */
export function pageUrl(): string | undefined {
  return page()?.location.href;
}

/** What this tab keeps until it is closed; nothing where the browser denies storage. */
export function tabStorage(): Storage | undefined {
  try {
    return page()?.sessionStorage;
  } catch {
    return undefined;
  }
}

/** An empty window in the middle of the screen; nothing when the browser does not allow one now. */
export function openWindow(): Window | undefined {
  const here = page();
  // Asking in vain would only make the browser show that it blocked something.
  if (!here || here.navigator.userActivation?.isActive === false) return undefined;
  const [width, height] = [500, 700];
  const left = Math.max(0, Math.round(here.screenX + (here.outerWidth - width) / 2));
  const top = Math.max(0, Math.round(here.screenY + (here.outerHeight - height) / 2));
  const features = `popup,width=${width},height=${height},left=${left},top=${top}`;
  return here.open("about:blank", "_blank", features) ?? undefined;
}

/** Whether the person looks at this page. */
export function hasFocus(): boolean {
  return document.hasFocus();
}

/** Calls `listener` with what other windows of this origin say on a channel, and with what they post here. */
export function listenToWindows(
  channel: string,
  listener: (data: unknown, reply: (data: unknown) => void) => void,
): () => void {
  const here = page();
  const onMessage = ({ data, origin, source }: MessageEvent): void => {
    // Any window may post a message here; those of another origin have nothing to say about a sign-in.
    if (origin !== here?.location.origin) return;
    listener(data, (answer) => (source as Window | null)?.postMessage(answer, origin));
  };
  here?.addEventListener("message", onMessage);
  const broadcast = typeof BroadcastChannel === "function" ? new BroadcastChannel(channel) : undefined;
  if (broadcast)
    broadcast.onmessage = ({ data }) => listener(data, (answer) => broadcast.postMessage(answer));
  return () => {
    here?.removeEventListener("message", onMessage);
    broadcast?.close();
  };
}

/** Says something to the window that opened this one, and to whoever listens on the channel. */
export function tellWindows(channel: string, data: unknown): void {
  const here = page();
  const broadcast = typeof BroadcastChannel === "function" ? new BroadcastChannel(channel) : undefined;
  broadcast?.postMessage(data);
  // Where a policy of the authorization server has cut the opener off, the channel remains.
  here?.opener?.postMessage(data, here.location.origin);
  broadcast?.close();
}

/** Takes the query out of the address bar, the history and what is sent as referrer. */
export function hideQuery(): void {
  const here = page();
  here?.history.replaceState(null, "", here.location.pathname);
}

/** Shows a sentence, as text and nothing else. */
export function showText(text: string): void {
  document.body.textContent = text;
}
