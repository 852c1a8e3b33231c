import { describe, expect, it } from "vitest";
import { type ErrorCode, type ErrorDetails, McpError } from "../../src/core/errors.ts";
import { choose, versionFrom, worthFallback } from "../../src/core/session/verdict.ts";
import { VERSIONS } from "../../src/core/wire/versions.ts";

const VERSION = "2026-07-28";

function error(code: ErrorCode, details: ErrorDetails = {}): McpError {
  return new McpError(code, "x", details);
}

function http(status: number, rpcCode?: number, data?: unknown): McpError {
  return error("http_error", { status, rpcCode, data });
}

/** Verdicts: the version to go on with, none to go on without one, or how it ends. */
const [legacy, unsupported, thrown] = [undefined, "unsupported_version", "thrown"];

const failures: readonly [string, unknown, string | undefined][] = [
  // The odd answers of CONFORMANCE.md.
  ['400 -32000 "Unsupported protocol version"', http(400, -32000), legacy],
  ['400 -32000 "Invalid or missing session ID"', http(400, -32000), legacy],
  ["400 without a body", http(400), legacy],
  ["404 with a page", http(404), legacy],
  ["404 -32601", http(404, -32601), legacy],
  ["405", http(405), legacy],
  ["-32601 in a 200", error("rpc_error", { rpcCode: -32601 }), legacy],
  ["500", http(500), legacy],
  ["a page in a 200", error("content_type", { status: 200 }), legacy],
  ["something that is not JSON-RPC", error("invalid_message"), legacy],
  ["a stream that ends", error("connection_lost"), legacy],
  ["silence", error("timeout"), legacy],
  ["a preflight that is refused", error("cors_blocked"), legacy],
  ["a redirect", error("redirect_refused"), legacy],
  [
    "-32022 with only the version that was asked for (request-metadata)",
    http(400, -32022, { supported: [VERSION] }),
    VERSION,
  ],
  ["-32022 in a 200", error("rpc_error", { rpcCode: -32022, data: { supported: [VERSION] } }), VERSION],
  [
    "-32022 with legacy versions",
    http(400, -32022, { supported: ["2025-06-18", "2025-11-25"] }),
    "2025-11-25",
  ],
  ["-32022 with both", http(400, -32022, { supported: ["2025-11-25", VERSION] }), VERSION],
  ["-32022 with nothing of ours", http(400, -32022, { supported: ["2099-01-01"] }), unsupported],
  ["-32022 with an empty list", http(400, -32022, { supported: [] }), unsupported],
  ["-32022 without a list", http(400, -32022), legacy],
  ["-32022 with a string for a list", http(400, -32022, { supported: VERSION }), legacy],
  ["-32020, a modern server that misses a header", http(400, -32020), thrown],
  ["-32021, a modern server that wants a capability", http(400, -32021), thrown],
  ["401", error("unauthorized", { status: 401 }), thrown],
  // Gateways that allow methods one by one refuse those they do not know.
  ["403", error("forbidden", { status: 403 }), legacy],
  ["403 with a challenge", error("forbidden", { data: { challenge: "Bearer" } }), thrown],
  ["429", error("rate_limited", { status: 429 }), thrown],
  ["nobody there", error("connect_failed"), thrown],
  ["a message past the limit", error("limit_exceeded"), thrown],
  ["a client that was closed", error("closed"), thrown],
  ["a bug", new TypeError("x"), thrown],
];

describe("versionFrom", () => {
  it.each(failures)("makes of %s what the specification says", (_, failure, verdict) => {
    const judged = () => versionFrom({ error: failure }, VERSIONS);
    if (verdict === thrown) expect(judged).toThrow(failure as Error);
    else if (verdict === unsupported) expect(judged).toThrow(`[${unsupported}]`);
    else expect(judged()).toBe(verdict);
  });

  const capabilities = {};
  it.each<[string, object, string | undefined]>([
    ["an empty result", {}, legacy],
    ["versions without capabilities", { supportedVersions: [VERSION] }, legacy],
    ["capabilities without versions", { capabilities }, legacy],
    ["capabilities that are an array", { supportedVersions: [VERSION], capabilities: [] }, legacy],
    ["versions that are a string", { supportedVersions: VERSION, capabilities }, legacy],
    ["the version that was asked for", { supportedVersions: [VERSION], capabilities }, VERSION],
    ["it among others", { supportedVersions: ["2025-11-25", "2099-01-01", VERSION], capabilities }, VERSION],
    ["legacy versions only", { supportedVersions: ["2025-11-25"], capabilities }, "2025-11-25"],
  ])("makes of a result with %s: %s", (_, result, version) => {
    expect(versionFrom({ result: result as never }, VERSIONS)).toBe(version);
  });

  it("goes on with nothing but what may be chosen", () => {
    const result = { supportedVersions: ["2099-01-01", VERSION], capabilities };
    expect(() => versionFrom({ result }, ["2025-11-25"])).toThrow(
      "The server speaks 2099-01-01, 2026-07-28, not 2025-11-25.",
    );
  });
});

describe("choose", () => {
  // requires: versioning/selects-mutual
  it.each<[string, unknown[], string]>([
    ["the newest of both", ["2024-11-05", "2025-06-18"], "2025-06-18"],
    ["the newest whatever the order", ["2025-11-25", "2026-07-28"], "2026-07-28"],
    ["what it knows among what it does not", ["2099-01-01", "2025-03-26", 7, null], "2025-03-26"],
  ])("finds %s", (_, offered, version) => {
    expect(choose(offered, VERSIONS)).toBe(version);
  });

  it.each([[["2099-01-01"]], [[]]])("throws of %j what was offered", (offered) => {
    const data = { supported: offered };
    expect(() => choose(offered, VERSIONS)).toThrow(expect.objectContaining({ code: unsupported, data }));
  });
});

describe("worthFallback", () => {
  const codes: Record<ErrorCode, boolean> = {
    connect_failed: false,
    connection_lost: true,
    timeout: false,
    closed: false,
    http_error: true,
    rate_limited: false,
    unauthorized: false,
    forbidden: false,
    auth_refused: false,
    session_expired: true,
    rpc_error: true,
    invalid_message: true,
    content_type: true,
    unsupported_version: false,
    negotiation_failed: false,
    capability_missing: false,
    limit_exceeded: false,
    redirect_refused: true,
    insecure_endpoint: true,
    cors_blocked: true,
    tool_error: false,
  };
  it.each(Object.entries(codes))("after %s: %s", (code, worth) => {
    expect(worthFallback(error(code as ErrorCode))).toBe(worth);
  });

  it.each([new Error("x"), undefined, null, "http_error", { code: "http_error" }])(
    "after %s: false",
    (other) => {
      expect(worthFallback(other)).toBe(false);
    },
  );
});
