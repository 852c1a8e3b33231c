import { McpError } from "../core/errors.ts";
import { judge, type ProbeAnswer, worthFallback } from "../core/session/verdict.ts";
import type { JsonObject, ServerCapabilities, ServerInfo } from "../core/types.ts";
import { type Codec, codecFor, META } from "../core/wire/eras.ts";
import { isObject, notification, RPC } from "../core/wire/jsonrpc.ts";
import { eraOf, LEGACY_VERSIONS, MODERN_VERSIONS } from "../core/wire/versions.ts";
import type { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import { forget, recall, remember } from "./verdicts.ts";

export interface Opened {
  readonly codec: Codec;
  readonly server: ServerInfo;
}

/** One way of connecting that did not work, for `negotiation_failed`. */
export interface Attempt {
  readonly url?: string;
  readonly transport?: string;
  readonly method: string;
  readonly error: unknown;
}

/** A server that offers another modern version than asked gets that; more turns than this lead nowhere. */
const MAX_TURNS = 3;

/**
 * Finds out what the server speaks, and opens a session where the revision has sessions: a modern request,
 * then `initialize`, then the transport's other ways.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions
 */
export async function handshake(connection: Connection, signal: AbortSignal): Promise<Opened> {
  const { transport, options } = connection;
  connection.key ??= transport.url ?? "";
  const { key } = connection;
  let verdict = connection.server?.verdict ?? options.verdict ?? recall(key);
  if (verdict && !connection.server) transport.recall?.(verdict);
  const tried: Attempt[] = [];
  for (;;) {
    const from = tried.length;
    try {
      const opened = await negotiate(
        connection,
        signal,
        tried,
        options.protocolVersion ?? verdict?.protocolVersion,
      );
      remember(key, opened.server.verdict);
      return opened;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (tried.length === from)
        tried.push({ method: "connect", transport: transport.name, url: transport.url, error });
      if (!worthFallback(error)) throw error;
      if (verdict && !options.protocolVersion) {
        // What was known about the server no longer holds: find out anew.
        verdict = undefined;
        forget(key);
      } else if (!transport.fallback?.(error)) throw failed(tried, error);
      connection.listenAgain();
    }
  }
}

/** Tries the transport as it stands now. `known` skips the probing. */
async function negotiate(
  connection: Connection,
  signal: AbortSignal,
  tried: Attempt[],
  known: string | undefined,
): Promise<Opened> {
  const { transport, options } = connection;
  if (known !== undefined && !eraOf(known)) {
    throw new McpError("unsupported_version", `This client does not speak "${known}".`);
  }
  const attempt = async (codec: Codec, method: string, params?: JsonObject): Promise<JsonObject> => {
    try {
      // A server that is silent about what it does not know leaves time for what it may know.
      const timeout = method === "server/discover" ? connection.timeout / 3 : Number.POSITIVE_INFINITY;
      const limits = { signal, timeout, maxTotalTimeout: Number.POSITIVE_INFINITY };
      return await new Exchange(connection, { method, params, codec, read: (raw) => raw }, limits).result;
    } catch (error) {
      tried.push({ url: transport.url, transport: transport.name, method, error });
      throw error;
    }
  };

  let unknownMethod = false;
  let version = known;
  if (!transport.legacyOnly && (known === undefined || eraOf(known) === "modern")) {
    version = known ?? MODERN_VERSIONS[0];
    for (let turn = 0; version && eraOf(version) === "modern"; turn++) {
      const codec = codecFor(version, connection.identity);
      const answer: ProbeAnswer = await attempt(codec, "server/discover").then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      if (signal.aborted) throw signal.reason;
      const verdict = judge(answer, version);
      if (verdict.type === "modern") return opened(connection, codec, verdict.discovered);
      if (verdict.type === "failed") throw verdict.error;
      if (verdict.type === "unsupported") throw unsupported(verdict.offered);
      if (verdict.type === "retry" && turn < MAX_TURNS) version = verdict.version;
      else version = verdict.type === "legacy" ? verdict.version : undefined;
      if (
        options.protocolVersion &&
        eraOf(options.protocolVersion) === "modern" &&
        version !== options.protocolVersion
      ) {
        throw answer.error ?? unsupported([version]);
      }
      unknownMethod = (answer.error as McpError | undefined)?.rpcCode === RPC.methodNotFound;
    }
  }

  const asked = version ?? LEGACY_VERSIONS[0] ?? "";
  try {
    return await initialize(connection, signal, asked, attempt);
  } catch (error) {
    // It knows neither method: a modern server, then, that leaves out `server/discover`.
    if (!unknownMethod || (error as McpError).rpcCode !== RPC.methodNotFound) throw error;
    return opened(connection, codecFor(MODERN_VERSIONS[0] ?? "", connection.identity), {});
  }
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization */
async function initialize(
  connection: Connection,
  signal: AbortSignal,
  protocolVersion: string,
  attempt: (codec: Codec, method: string, params?: JsonObject) => Promise<JsonObject>,
): Promise<Opened> {
  const { identity, options } = connection;
  const result = await attempt(codecFor(protocolVersion, identity), "initialize", {
    protocolVersion,
    ...identity,
  });
  const problem = options.validate?.("InitializeResult", result);
  if (problem !== undefined || typeof result.protocolVersion !== "string") {
    throw new McpError(
      "invalid_message",
      `The server's answer to initialize is not one: ${problem ?? "no protocolVersion"}.`,
    );
  }
  const version = result.protocolVersion;
  const pinned = options.protocolVersion;
  if (eraOf(version) !== "legacy" || (pinned !== undefined && pinned !== version))
    throw unsupported([version]);
  const codec = codecFor(version, identity);
  await connection.tell(notification("notifications/initialized"), codec, signal);
  return opened(connection, codec, result);
}

function opened({ transport }: Connection, codec: Codec, result: JsonObject): Opened {
  const meta = isObject(result._meta) ? result._meta[META.serverInfo] : undefined;
  const info = isObject(result.serverInfo) ? result.serverInfo : meta;
  const name = transport.name ?? "custom";
  return {
    codec,
    server: {
      info: isObject(info) ? (info as unknown as ServerInfo["info"]) : undefined,
      capabilities: (isObject(result.capabilities) ? result.capabilities : {}) as ServerCapabilities,
      instructions: typeof result.instructions === "string" ? result.instructions : undefined,
      protocolVersion: codec.version,
      transport: name,
      verdict: { url: transport.url, transport: name, protocolVersion: codec.version },
    },
  };
}

function unsupported(offered: readonly unknown[]): McpError {
  return new McpError(
    "unsupported_version",
    `The server speaks ${offered.join(", ") || "no version it names"}; this client ${[...MODERN_VERSIONS, ...LEGACY_VERSIONS].join(", ")}.`,
    { data: { supported: offered } },
  );
}

function failed(tried: readonly Attempt[], cause: unknown): unknown {
  if (tried.length === 1) return cause;
  const data = tried.map(({ url, transport, method, error }) => {
    const { code, status, message } = error as McpError;
    return { url, transport, method, code, status, message };
  });
  const list = data
    .map(({ method, transport, message }) => `${method} over ${transport}: ${message}`)
    .join("; ");
  return new McpError("negotiation_failed", `No way of connecting worked. ${list}`, {
    cause,
    data,
    status: (cause as McpError).status,
    url: (cause as McpError).url,
  });
}
