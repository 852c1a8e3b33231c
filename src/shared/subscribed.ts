import type { Message, RpcRequest } from "../core/types.ts";
import type { Peer } from "./forwarded.ts";

/**
 * Notes to which resources the tabs subscribed. A session has one subscription to each, whoever of them wants it.
 *
 * @returns whether the message would end one that others still want.
 */
export function stillWanted(message: Message, peer: Peer, all: Iterable<Peer>): boolean {
  const { method, params } = message as RpcRequest;
  const uri = params?.uri;
  if (method === "resources/subscribe") peer.uris.add(uri);
  if (method !== "resources/unsubscribe") return false;
  peer.uris.delete(uri);
  return [...all].some(({ uris }) => uris.has(uri));
}
