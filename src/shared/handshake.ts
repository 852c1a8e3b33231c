import type { Transport } from "../core/ports.ts";
import type { JsonObject, Message, RpcRequest, RpcResponse, ServerInfo } from "../core/types.ts";
import { isMessage, UNSUPPORTED_VERSION } from "../core/wire/jsonrpc.ts";
import { eraOf } from "../core/wire/versions.ts";
import type { Attention } from "./attention.ts";
import type { ToSend } from "./protocol.ts";

/** The transport of the client that keeps the session. What `route` takes is for tabs, and not heard by it. */
export function tapped(
  upstream: Transport,
  route: (message: Message) => boolean,
  attention: Attention,
): Transport {
  return {
    get name() {
      return upstream.name;
    },
    get url() {
      return upstream.url;
    },
    get legacyOnly() {
      return upstream.legacyOnly;
    },
    get shared() {
      return upstream.shared;
    },
    send: (message, options) => attention.answer(message, options) ?? upstream.send(message, options),
    inbound:
      upstream.inbound &&
      async function* (options) {
        for await (const message of (upstream as Required<Transport>).inbound(options)) {
          if (!route(message)) yield message;
        }
      },
    fallback: (error) => upstream.fallback?.(error) ?? false,
    recall: (verdict) => upstream.recall?.(verdict),
    close: () => upstream.close(),
  };
}

export function messageOf({ text }: ToSend): Message | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

/** What is answered to a request of a tab without asking the server. */
export function ownAnswer({ id, method }: RpcRequest, server: ServerInfo): RpcResponse {
  if (method === "resources/unsubscribe") return { jsonrpc: "2.0", id, result: {} };
  const { info: serverInfo, capabilities, instructions, protocolVersion } = server;
  const modern = eraOf(protocolVersion) === "modern";
  if (modern !== (method === "server/discover")) {
    const data = { supported: [protocolVersion] };
    return { jsonrpc: "2.0", id, error: { code: UNSUPPORTED_VERSION, message: "Another revision", data } };
  }
  const known: JsonObject = { serverInfo, capabilities, instructions };
  return {
    jsonrpc: "2.0",
    id,
    result: modern ? { ...known, supportedVersions: [protocolVersion] } : { ...known, protocolVersion },
  };
}
