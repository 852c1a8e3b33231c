import type { JsonObject, Message } from "../core/types.ts";
import { type Codec, META } from "../core/wire/eras.ts";
import type { HeaderMap } from "../core/wire/headers.ts";
import { mirror } from "../core/wire/mirror.ts";
import { codecWith } from "./ask.ts";
import type { Extensible, Host } from "./host.ts";

/** What a server is told as a courtesy must not keep the connections that it does not answer on. */
export const NOTICE_MS = 5000;

/** What one attempt of a request sends. */
export function outgoing(
  { logLevel, options, tools }: Host,
  codec: Codec,
  { id, method, params, token, tool, options: own }: Extensible,
  ready: Message | null | undefined,
): { readonly message: Message; readonly headers: HeaderMap } {
  let { meta } = own;
  if (codec.era === "modern" && logLevel) meta = { [META.logLevel]: logLevel, ...meta };
  const message =
    ready ?? codecWith(codec, options, own).request(id, method, params as JsonObject, token, meta);
  const headers = codec.headers(method, params);
  const mirrors = tools?.get(tool)?.mirrors;
  if (mirrors) Object.assign(headers, mirror(mirrors, params?.arguments));
  return { message, headers };
}
