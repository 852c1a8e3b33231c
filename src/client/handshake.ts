import { wait } from "../adapters/timers.ts";
import { McpError, quote } from "../core/errors.ts";
import { FLOOR_MS } from "../core/flow/backoff.ts";
import type { Shape } from "../core/ports.ts";
import { isModern, judge, type ProbeAnswer, worthFallback } from "../core/session/verdict.ts";
import type { JsonObject, ServerInfo } from "../core/types.ts";
import { Codec, META } from "../core/wire/eras.ts";
import { METHOD_NOT_FOUND, notification } from "../core/wire/jsonrpc.ts";
import { eraOf, LEGACY_VERSIONS, MODERN_VERSIONS, mutualVersion } from "../core/wire/versions.ts";
import { identityOf } from "./ask.ts";
import { Exchange } from "./exchange.ts";
import type { Host } from "./host.ts";
import { remember, verdicts } from "./verdicts.ts";

export interface Opened {
  readonly codec: Codec;
  readonly server: ServerInfo;
}

/** One thing that was tried and did not work, for `negotiation_failed`. */
interface Attempt extends Pick<McpError, "url" | "code" | "status" | "message"> {
  readonly transport?: string;
  readonly method: string;
}

type Ask = (codec: Codec, method: string, params?: JsonObject, shape?: Shape) => Promise<JsonObject>;

/** The newest revision of Streamable HTTP that no header of a request names. */
const UNMARKED = "2025-03-26";

/** A server that offers another modern version than asked gets that; more turns than this lead nowhere. */
const MAX_TURNS = 3;

/**
 * Finds out what the server speaks, and opens a session where the revision has sessions: a modern request,
 * then `initialize`, then the transport's other ways.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions
 */
export async function handshake(host: Host, signal: AbortSignal): Promise<Opened> {
  const { transport, options, server } = host;
  const { url: key = "" } = transport;
  let verdict = server?.verdict ?? options.verdict ?? verdicts.get(key);
  if (verdict && !server) transport.recall?.(verdict);
  const tried: Attempt[] = [];
  let mismatch: unknown;
  for (;;) {
    try {
      host.inbound.begin();
      const opened = await negotiate(host, signal, tried, verdict?.protocolVersion);
      remember(key, opened.server.verdict);
      return opened;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const { code } = (error ?? {}) as McpError;
      const other = code === "unsupported_version";
      if (!other && !worthFallback(error)) throw error;
      // It speaks MCP here, and maybe elsewhere what is asked of it; or it is elsewhere, as far as a path says where.
      if (other || (code === "redirect_refused" && /\/\/.+\/./.test(key))) mismatch ??= error;
      // What was known about the server may no longer hold: find out anew before going elsewhere.
      if (verdict) {
        verdicts.delete(key);
        tried.length = 0;
        await wait(FLOOR_MS, signal);
      } else if (isModern(error)) throw error;
      else if (!transport.fallback?.(error)) throw mismatch ?? failed(tried, error as McpError);
      verdict = undefined;
    }
  }
}

/** Tries the transport as it stands now. `known` is the version that worked before. */
async function negotiate(
  host: Host,
  signal: AbortSignal,
  tried: Attempt[],
  known: string | undefined,
): Promise<Opened> {
  const { transport, patience, options } = host;
  const identity = identityOf(options);
  const pinned = options.protocolVersion;
  const [newest = ""] = MODERN_VERSIONS;
  let version = pinned ?? known ?? (transport.legacyOnly ? undefined : newest);
  if (pinned && !eraOf(pinned))
    throw new McpError("unsupported_version", `The client does not speak "${pinned}".`);

  /** One request of the handshake. */
  const ask: Ask = async (codec, method, params, shape) => {
    // A server that is silent about what it does not know leaves time for what it may know.
    const limits = { signal, timeout: method === "server/discover" ? patience / 3 : patience };
    const message = method.startsWith("notifications/") ? notification(method) : undefined;
    try {
      return await new Exchange<JsonObject>(host, { method, params, shape, codec, message }, limits).result;
    } catch (error) {
      const { url, code, status, message } = (error ?? {}) as McpError;
      tried.push({ method, transport: transport.name, url, code, status, message });
      throw error;
    }
  };

  let unknown = false;
  for (let turn = 0; version && eraOf(version) === "modern" && turn < MAX_TURNS; turn++) {
    const codec = new Codec(version, identity);
    const answer: ProbeAnswer = await ask(codec, "server/discover").then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    if (signal.aborted) throw signal.reason;
    const verdict = judge(answer, version);
    if (verdict.type === "modern") return opened(host, codec, verdict.discovered);
    if (verdict.type === "failed") throw verdict.error;
    if (verdict.type === "unsupported") throw unsupported(verdict.offered, pinned);
    if (pinned && verdict.version !== pinned) throw answer.error ?? unsupported([verdict.version], pinned);
    version = verdict.version;
    unknown = (answer.error as McpError | undefined)?.rpcCode === METHOD_NOT_FOUND;
  }

  try {
    return await initialize(host, version ?? (LEGACY_VERSIONS[0] as string), ask);
  } catch (error) {
    // It knows neither method: a modern server, then, that leaves out `server/discover`.
    if (unknown && (error as McpError).rpcCode === METHOD_NOT_FOUND) {
      return opened(host, new Codec(newest, identity), {});
    }
    throw error;
  }
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization */
async function initialize(host: Host, protocolVersion: string, ask: Ask): Promise<Opened> {
  const { options } = host;
  const params = { protocolVersion, ...identityOf(options) };
  const pinned = options.protocolVersion;
  let result: JsonObject;
  try {
    result = await ask(new Codec(protocolVersion), "initialize", params, "InitializeResult");
  } catch (error) {
    // Some refuse, with a list, where they should answer with another version.
    const supported = ((error as McpError | undefined)?.data as JsonObject | undefined)?.supported;
    if (!Array.isArray(supported)) throw error;
    const other = pinned ? undefined : mutualVersion(supported);
    if (!other) throw unsupported(supported, pinned);
    if (other < protocolVersion) return initialize(host, other, ask);
    throw error;
  }
  const version = result.protocolVersion as string;
  if (eraOf(version) !== "legacy" || (pinned ?? version) !== version) throw unsupported([version], pinned);
  const codec = new Codec(version);
  try {
    await ask(codec, "notifications/initialized");
  } catch (error) {
    // The first request that names the revision in a header. Where no page may, there is one that does without.
    const { code, status } = error as McpError;
    if (code !== "cors_blocked" || status || pinned || protocolVersion === UNMARKED) throw error;
    return initialize(host, UNMARKED, ask);
  }
  return opened(host, codec, result);
}

function opened({ transport }: Host, codec: Codec, result: JsonObject): Opened {
  const { serverInfo, capabilities, instructions, _meta } = result as Partial<ServerInfo> & JsonObject;
  const { url, name = "custom" } = transport;
  const protocolVersion = codec.version;
  return {
    codec,
    server: {
      info: (serverInfo ?? (_meta as JsonObject | undefined)?.[META.serverInfo]) as ServerInfo["info"],
      capabilities: capabilities ?? {},
      instructions,
      protocolVersion,
      transport: name,
      verdict: { url, transport: name, protocolVersion },
    },
  };
}

function unsupported(offered: readonly unknown[], pinned: string | undefined): McpError {
  return new McpError(
    "unsupported_version",
    `The server speaks ${offered.slice(0, 9).map(quote).join(", ") || "no version"}, not ${pinned ?? "one that the client does"}.`,
    { data: { supported: offered } },
  );
}

function failed(tried: readonly Attempt[], cause: McpError): McpError {
  const { code, status, url } = cause;
  const codes = new Set(tried.map((each) => each.code));
  // One attempt, or the same hindrance at each, says more by itself.
  if (tried.length === 1 || (codes.size === 1 && /^(cors|redirect)_/.test(code))) return cause;
  const list = tried.map(({ method, transport, message }) => `\n${method} over ${transport}: ${message}`);
  return new McpError(
    // That a page may ask for a stream does not help where it may not send.
    codes.has("cors_blocked") ? "cors_blocked" : "negotiation_failed",
    `No way of connecting worked.${list.join("")}`,
    { cause, data: tried, status, url },
  );
}
