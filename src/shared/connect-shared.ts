import {
  auto,
  type Client,
  type ConnectOptions,
  connect,
  createClient,
  httpSse,
  streamableHttp,
  type Transport,
} from "mcp-rivulet";
import { tabsCanMeet } from "../adapters/tabs.ts";
import { Hub } from "./hub.ts";
import { Tab } from "./tab.ts";

/** Options of `connectShared`: those of `connect`, and who shares. */
export interface SharedOptions extends ConnectOptions {
  /**
   * Of those with the same URL and pinned revision, those who give the same share one connection, and with it what the
   * one that holds it is signed in as. Give the person's id where tabs of one origin can belong to different people.
   * Default: those with the same bearer token and constant headers share.
   */
  readonly key?: string | undefined;
  /** Whether this page may hold the connection for the others. False where a shared worker does. Default true. */
  readonly lead?: boolean | undefined;
}

/**
 * Connects like `connect`, but the tabs of an origin share one session and its HTTP connections: one tab holds
 * them for all, and when it is closed, put away or stuck, the next does. The server is seen under the options of
 * the tab that holds the connection, so give the same in all. Where tabs cannot find each other (an insecure
 * context, a runtime without locks), each has a connection of its own.
 *
 * A call that was being sent when the tab that held the connection went rejects with `connection_lost`; others
 * wait for the next.
 *
 * @param url as for `connect`.
 * @throws McpError as `connect` does.
 * @example
 * ```ts
 * const client = await connectShared("https://api.example.com/mcp", { key: user.id });
 * ```
 */
export async function connectShared(url: string | URL, options: SharedOptions = {}): Promise<Client> {
  const { key, lead = true, ...rest } = options;
  // A relative one is meant from this page, and may be asked for by another.
  const { url: there = "" } = streamableHttp(url);
  if (!(await tabsCanMeet())) return connect(there, rest);
  // 1 is what tabs say to each other: an application that is updated has tabs of two builds for a while.
  const name = `mcp-rivulet 1 ${await keyOf(there, options)}`;
  // What an earlier negotiation found is for the one that negotiates.
  const { transport: kind, verdict, signal: _, ...all } = rest;
  // Extensions work for the client that the application has; this one only has to declare them.
  const own = { ...all, extensions: all.extensions?.map(({ declares }) => ({ declares })) };
  const tab = new Tab(
    name,
    lead
      ? (id, known) =>
          new Hub(id, name, transportOf(there, kind, own), (transport) =>
            createClient({ ...own, verdict: known ?? verdict, transport }),
          )
      : undefined,
  );
  return connect(there, { ...rest, verdict: undefined, transport: tab });
}

function transportOf(url: string, kind: ConnectOptions["transport"], options: ConnectOptions): Transport {
  if (typeof kind === "object") return kind;
  return (kind === "streamable-http" ? streamableHttp : kind === "http-sse" ? httpSse : auto)(url, options);
}

/** Two that show the server different credentials must not share, as far as that can be seen from here. */
async function keyOf(url: string, options: SharedOptions): Promise<string> {
  const { auth, headers, protocolVersion, key } = options;
  const shown = [
    url,
    protocolVersion,
    key ?? [
      typeof auth === "string" ? auth : !!auth,
      typeof headers === "function" || [...new Headers(headers)],
    ],
  ];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(shown)));
  return `${url} ${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
