import { wait } from "../adapters/timers.ts";
import { McpError } from "../core/errors.ts";
import { FLOOR_MS } from "../core/flow/backoff.ts";
import type { Shape } from "../core/ports.ts";
import { choose, isModern, versionFrom, worthFallback } from "../core/session/verdict.ts";
import type { JsonObject, ServerInfo } from "../core/types.ts";
import { Codec, SERVER_INFO } from "../core/wire/eras.ts";
import { METHOD_NOT_FOUND, members, notification } from "../core/wire/jsonrpc.ts";
import { eraOf, VERSIONS } from "../core/wire/versions.ts";
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
      else {
        const { url } = transport;
        // A stream there would be waited for in vain: no older transport has what is pinned, or this one would.
        do if (!transport.fallback?.(error)) throw mismatch ?? failed(tried, error as McpError);
        while (
          transport.legacyOnly &&
          (other ? transport.url === url : options.protocolVersion === VERSIONS[0])
        );
      }
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
  const ours = pinned ? [pinned] : VERSIONS;
  const legacy = ours.filter((version) => eraOf(version) === "legacy");
  /** Set once a server turned out not to know `server/discover`. */
  let undiscovered: Codec | undefined;
  /** The latest `server/discover` had no answer in time. */
  let late = false;
  let turns = 0;

  /** One request of the handshake. */
  async function ask(codec: Codec, method: string, params?: JsonObject, shape?: Shape): Promise<JsonObject> {
    // A server that is silent about what it does not know leaves time for what it may know, if that may be asked.
    const limits = { signal, timeout: method === "server/discover" && legacy[0] ? patience / 3 : patience };
    const message = method.startsWith("notifications/") ? notification(method) : undefined;
    try {
      return await new Exchange<JsonObject>(host, { method, params, shape, codec, message }, limits).result;
    } catch (error) {
      const { url, code, status, message } = (error ?? {}) as McpError;
      tried.push({ method, transport: transport.name, url, code, status, message });
      throw error;
    }
  }

  /** The stateless way. Resolves with another version when that is to be tried. */
  async function discover(codec: Codec): Promise<Opened | string> {
    let result: JsonObject | undefined;
    let error: unknown;
    try {
      result = await ask(codec, "server/discover");
    } catch (reason) {
      if (signal.aborted) throw reason;
      error = reason;
    }
    const { code, rpcCode } = (error ?? {}) as McpError;
    late = code === "timeout";
    const offered = versionFrom({ result, error }, ours);
    // One that ever offers what it refused may still speak another.
    const version = ((result || turns++ < MAX_TURNS) && offered) || legacy[0];
    if (!version && error) throw error;
    if (!version) return choose([], ours);
    if (result && version === codec.version) return opened(host, codec, result);
    if (rpcCode === METHOD_NOT_FOUND) undiscovered = codec;
    return version;
  }

  /**
   * The way with a session. Resolves with another version when that is to be tried.
   *
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization
   */
  async function initialize(asked: Codec): Promise<Opened | string> {
    const { version } = asked;
    let result: JsonObject;
    try {
      const params = { protocolVersion: version, ...identity };
      result = await ask(asked, "initialize", params, "InitializeResult");
    } catch (error) {
      const { rpcCode, data } = (error ?? {}) as McpError;
      // It knows neither method: a modern server, then, that leaves out `server/discover`.
      if (undiscovered && rpcCode === METHOD_NOT_FOUND) return opened(host, undiscovered, {});
      // Some refuse, with a list, where they should answer with another version.
      const { supported } = members(data);
      const other = Array.isArray(supported) ? choose(supported, ours) : version;
      if (other < version) return other;
      // Slow to begin, then, and not silent: a modern server refuses this with a code of its own choice.
      if (rpcCode && late) return ours[0] as string;
      throw error;
    }
    const codec = new Codec(choose([result.protocolVersion], legacy));
    try {
      await ask(codec, "notifications/initialized");
    } catch (error) {
      // The first request that names the revision in a header. Where no page may, there is one that does without.
      const { code, status } = error as McpError;
      if (code === "cors_blocked" && !status && version !== UNMARKED && ours.includes(UNMARKED))
        return UNMARKED;
      throw error;
    }
    return opened(host, codec, result);
  }

  if (pinned && !eraOf(pinned))
    throw new McpError("unsupported_version", `The client does not speak "${pinned}".`);
  let version = pinned ?? known ?? ((transport.legacyOnly ? legacy : ours)[0] as string);
  for (;;) {
    const codec = new Codec(version, identity);
    const outcome = await (codec.modern ? discover(codec) : initialize(codec));
    if (typeof outcome === "object") return outcome;
    version = outcome;
  }
}

function opened({ transport }: Host, codec: Codec, result: JsonObject): Opened {
  const { serverInfo, capabilities, instructions, _meta } = result as Partial<ServerInfo> & JsonObject;
  const { url, name = "custom" } = transport;
  const protocolVersion = codec.version;
  return {
    codec,
    server: {
      info: (serverInfo ?? members(_meta)[SERVER_INFO]) as ServerInfo["info"],
      capabilities: capabilities ?? {},
      instructions,
      protocolVersion,
      transport: name,
      verdict: { url, transport: name, protocolVersion },
    },
  };
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
