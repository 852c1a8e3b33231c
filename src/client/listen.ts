import { hidden, onLife } from "../adapters/life.ts";
import { clock, wait } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { delayBefore, type ReconnectPolicy } from "../core/flow/backoff.ts";
import { Channel } from "../core/flow/channel.ts";
import { type Deferred, deferred, IGNORE } from "../core/flow/deferred.ts";
import type { AbortSignalLike } from "../core/ports.ts";
import { remove } from "../core/session/correlate.ts";
import type { JsonObject, ServerCapabilities } from "../core/types.ts";
import { changedList } from "../core/wire/changes.ts";
import { eraOf } from "../core/wire/versions.ts";
import type { RequestCall } from "./call.ts";
import type { Client, RivuletClient } from "./client.ts";
import { closed } from "./refused.ts";

/** What to hear about. What is left out is not asked for. */
export interface ListenFilter {
  /** The list of tools changed. */
  readonly toolsListChanged?: boolean | undefined;
  /** The list of prompts changed. */
  readonly promptsListChanged?: boolean | undefined;
  /** The list of resources changed. */
  readonly resourcesListChanged?: boolean | undefined;
  /** URIs of resources whose contents matter. */
  readonly resourceSubscriptions?: readonly string[] | undefined;
}

/** Something changed; `resync` means that anything may have, since the server could not be heard for a while. */
export type ChangeEvent =
  | { readonly type: "toolsChanged" | "promptsChanged" | "resourcesChanged" | "resync" }
  | { readonly type: "resourceUpdated"; readonly uri: string };

/** What {@link listen} takes besides the filter. */
export interface ListenOptions {
  /** Ends listening; iterating then throws the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** How patiently a dropped stream is opened again, or false for not. */
  readonly reconnect?: ReconnectPolicy | false | undefined;
}

/** Changes as they happen. The iterable ends when the server ends the subscription, or on `close()`. */
export interface Subscription extends AsyncIterable<ChangeEvent> {
  /** What the server agreed to tell. Rejects as `timeout` when it says nothing for as long as a request may take. */
  readonly ready: Promise<ListenFilter>;
  /** Ends listening. The iterable ends, without an error. */
  close(): void;
}

/** How long a server has to agree, where the client does not say. */
const TIMEOUT_MS = 60_000;

/** Most changes that wait to be read. Beyond it they are one `resync`. */
const MAX_CHANGES = 1000;

/**
 * Change notifications, the same way on every revision: `subscriptions/listen` where there is that, else
 * `resources/subscribe` and what the server says unasked.
 *
 * @throws McpError from the iterable and from `ready`: what the server refused with, `connection_lost` when it
 * could not be heard again, `closed`.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 * @example
 * ```ts
 * for await (const change of listen(client, { toolsListChanged: true })) {
 *   if (change.type === "toolsChanged" || change.type === "resync") tools = await client.listTools();
 * }
 * ```
 */
export function listen(client: Client, filter: ListenFilter, options: ListenOptions = {}): Subscription {
  const changes = new Channel<ChangeEvent>(MAX_CHANGES, () => [{ type: "resync" }]);
  const stop = new AbortController();
  const ready: Deferred<ListenFilter> = deferred();

  let late = () => {};
  const end = (error?: { readonly reason: unknown }) => {
    off();
    late();
    stop.abort(error?.reason);
    changes.end(error);
    ready.reject(error?.reason ?? new McpError("closed", "Listening ended before the server agreed."));
  };
  const off = onAbort(options.signal, (reason) => queueMicrotask(() => end({ reason })));

  const listener: Listener = {
    client,
    filter,
    signal: stop.signal,
    accept(agreed) {
      late();
      ready.resolve(agreed);
    },
    announce(method, { uri }) {
      const list = changedList(method);
      if (list && filter[`${list}ListChanged`]) changes.push({ type: `${list}Changed` });
      // Not by URI: "This might be a sub-resource of the one that the client actually subscribed to".
      const asked = filter.resourceSubscriptions?.length;
      if (asked && method === "notifications/resources/updated" && typeof uri === "string") {
        changes.push({ type: "resourceUpdated", uri });
      }
    },
    resync: () => changes.push({ type: "resync" }),
  };
  client
    .connect({ signal: stop.signal })
    .then(() => {
      if (eraOf(client.server?.protocolVersion ?? "") !== "modern") return observe(listener);
      // Silence may last once the server has agreed; until then it is owed an answer like any request.
      const ms = (client as Partial<RivuletClient>).timeout ?? TIMEOUT_MS;
      const said = `The server did not agree to report changes within ${ms} ms (timeout).`;
      late = clock.after(ms, () => end({ reason: new McpError("timeout", said) }));
      return subscribe(listener, options.reconnect ?? {});
    })
    .then(
      () => end(),
      (reason: unknown) => end({ reason }),
    );

  return {
    ready: ready.promise,
    close: () => end(),
    [Symbol.asyncIterator]: () => ({
      next: () => changes.next(),
      return: async () => {
        end();
        return { value: undefined, done: true };
      },
    }),
  };
}

/** One who listens, as the two ways of listening see them. */
interface Listener {
  readonly client: Client;
  readonly filter: ListenFilter;
  readonly signal: AbortSignal;
  /** The server agreed to tell this much. */
  accept(filter: ListenFilter): void;
  announce(method: string, params: JsonObject): void;
  /** Something may have been missed. */
  resync(): void;
}

/** 2026-07-28: one long request, asked again after a drop. Resolves when the server ends it with an answer. */
async function subscribe(listener: Listener, reconnect: ReconnectPolicy | false): Promise<void> {
  const { client, filter, signal } = listener;
  const forever = Number.POSITIVE_INFINITY;
  const limits = { signal, timeout: forever, maxTotalTimeout: forever };
  let agreed = false;
  let off = () => {};
  for (let attempts = 0; ; ) {
    try {
      const params = { notifications: filter };
      const stream: RequestCall<JsonObject> = client.request("subscriptions/listen", params, limits);
      // It takes a connection, of which browsers allow six to an origin: a page that nobody sees gives it back.
      const leave = () => {
        if (agreed && hidden()) stream.cancel(UNSEEN);
      };
      off = onLife(["visibilitychange"], leave);
      for await (const event of stream) {
        if (event.type !== "notification") continue;
        const { method, params } = event;
        attempts = 0;
        if (method !== "notifications/subscriptions/acknowledged") listener.announce(method, params);
        else if (agreed) listener.resync();
        else {
          agreed = true;
          listener.accept((params.notifications ?? {}) as ListenFilter);
        }
        leave();
      }
      return;
    } catch (error) {
      if (error === UNSEEN && !signal.aborted) {
        await seen(signal);
        continue;
      }
      const { code } = error as McpError;
      const delay =
        reconnect && /^connect(ion_lost|_failed)$/.test(code)
          ? delayBefore(attempts++, reconnect, Math.random())
          : undefined;
      if (signal.aborted || delay === undefined) throw error;
      await wait(delay, signal, client.server?.verdict.url);
    } finally {
      off();
    }
  }
}

/** Why a page that nobody sees ends its request. */
const UNSEEN = "unseen";

/** Waits until somebody sees the page. */
function seen(signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = deferred<void>();
  const look = () => {
    if (!hidden()) resolve();
  };
  const offs = [onLife(["visibilitychange", "pageshow"], look), onAbort(signal, reject)];
  look();
  return promise.finally(() => {
    for (const off of offs) off();
  });
}

/**
 * URIs of resources, once for each subscription that wants them: a session has one with the server, which ends with
 * the last of ours.
 */
const subscriptions: WeakMap<Client, string[]> = /* @__PURE__ */ new WeakMap();

/** Earlier revisions: subscribe to each resource, and hear what the server says to everybody. Ends with the client. */
async function observe({ client, filter, signal, accept, announce, resync }: Listener): Promise<void> {
  const capabilities: ServerCapabilities = client.server?.capabilities ?? {};
  const uris = capabilities.resources?.subscribe ? (filter.resourceSubscriptions ?? []) : [];
  const subscribed = () =>
    Promise.all(uris.map((uri) => client.request("resources/subscribe", { uri }, { signal })));
  const wanted = subscriptions.get(client) ?? [];
  subscriptions.set(client, wanted);
  wanted.push(...uris);
  const ended: Deferred<never> = deferred();
  const { inbound } = client as Partial<RivuletClient>;
  const offs = [
    onAbort(signal, ended.reject),
    client.on("notification", ({ method, params }) => announce(method, params)),
    // A new session knows nothing of the old one's subscriptions.
    client.on("resync", () => void subscribed().then(resync, resync)),
    client.on("status", (status) => {
      if (status === "closed") ended.reject(closed());
      if (status === "idle")
        ended.reject(new McpError("connection_lost", "The server could not be heard again."));
    }),
    client.on("error", (error) => {
      if (error === inbound?.lost) ended.reject(error);
    }),
  ];
  try {
    await subscribed();
    await Promise.race([inbound?.listening, ended.promise]);
    if (inbound?.lost) throw inbound.lost;
    accept({
      toolsListChanged: filter.toolsListChanged && capabilities.tools?.listChanged,
      promptsListChanged: filter.promptsListChanged && capabilities.prompts?.listChanged,
      resourcesListChanged: filter.resourcesListChanged && capabilities.resources?.listChanged,
      resourceSubscriptions: uris,
    });
    await ended.promise;
  } finally {
    for (const off of offs) off();
    for (const uri of uris) {
      remove(wanted, uri);
      if (client.status === "ready" && !wanted.includes(uri)) {
        client.request("resources/unsubscribe", { uri }).catch(IGNORE);
      }
    }
  }
}
