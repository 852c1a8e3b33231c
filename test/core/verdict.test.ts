import { describe, expect, it } from "vitest";
import { type ErrorCode, type ErrorDetails, McpError } from "../../src/core/errors.ts";
import { judge, type ProbeVerdict, worthFallback } from "../../src/core/session/verdict.ts";

const VERSION = "2026-07-28";

function error(code: ErrorCode, details: ErrorDetails = {}): McpError {
  return new McpError(code, "x", details);
}

function http(status: number, rpcCode?: number, data?: unknown): McpError {
  return error("http_error", { status, rpcCode, data });
}

const failures: readonly [string, unknown, { type: ProbeVerdict["type"]; [key: string]: unknown }][] = [
  // The odd answers of CONFORMANCE.md.
  ['400 -32000 "Unsupported protocol version"', http(400, -32000), { type: "legacy" }],
  ['400 -32000 "Invalid or missing session ID"', http(400, -32000), { type: "legacy" }],
  ["400 without a body", http(400), { type: "legacy" }],
  ["404 with a page", http(404), { type: "legacy" }],
  ["404 -32601", http(404, -32601), { type: "legacy" }],
  ["405", http(405), { type: "legacy" }],
  ["-32601 in a 200", error("rpc_error", { rpcCode: -32601 }), { type: "legacy" }],
  ["500", http(500), { type: "legacy" }],
  ["a page in a 200", error("content_type", { status: 200 }), { type: "legacy" }],
  ["something that is not JSON-RPC", error("invalid_message"), { type: "legacy" }],
  ["a stream that ends", error("connection_lost"), { type: "legacy" }],
  ["silence", error("timeout"), { type: "legacy" }],
  ["a preflight that is refused", error("cors_blocked"), { type: "legacy" }],
  ["a redirect", error("redirect_refused"), { type: "legacy" }],
  [
    "-32022 with only the version that was asked for (request-metadata)",
    http(400, -32022, { supported: [VERSION] }),
    { type: "retry", version: VERSION },
  ],
  [
    "-32022 in a 200",
    error("rpc_error", { rpcCode: -32022, data: { supported: [VERSION] } }),
    { type: "retry", version: VERSION },
  ],
  [
    "-32022 with legacy versions",
    http(400, -32022, { supported: ["2025-06-18", "2025-11-25"] }),
    { type: "legacy", version: "2025-11-25" },
  ],
  [
    "-32022 with both",
    http(400, -32022, { supported: ["2025-11-25", VERSION] }),
    { type: "retry", version: VERSION },
  ],
  [
    "-32022 with nothing of ours",
    http(400, -32022, { supported: ["2099-01-01"] }),
    { type: "unsupported", offered: ["2099-01-01"] },
  ],
  ["-32022 with an empty list", http(400, -32022, { supported: [] }), { type: "unsupported", offered: [] }],
  ["-32022 without a list", http(400, -32022), { type: "legacy" }],
  ["-32022 with a string for a list", http(400, -32022, { supported: VERSION }), { type: "legacy" }],
  ["-32020, a modern server that misses a header", http(400, -32020), { type: "failed" }],
  ["-32021, a modern server that wants a capability", http(400, -32021), { type: "failed" }],
  ["401", error("unauthorized", { status: 401 }), { type: "failed" }],
  ["403", error("forbidden", { status: 403 }), { type: "failed" }],
  ["429", error("rate_limited", { status: 429 }), { type: "failed" }],
  ["nobody there", error("connect_failed"), { type: "failed" }],
  ["a message past the limit", error("limit_exceeded"), { type: "failed" }],
  ["a client that was closed", error("closed"), { type: "failed" }],
  ["a bug", new TypeError("x"), { type: "failed" }],
];

describe("judge", () => {
  it.each(failures)("makes of %s what the specification says", (_, failure, verdict) => {
    const expected = verdict.type === "failed" ? { ...verdict, error: failure } : verdict;
    expect(judge({ error: failure }, VERSION)).toEqual(expected);
  });

  const capabilities = {};
  it.each<[string, object, ProbeVerdict["type"], string | undefined]>([
    ["an empty result", {}, "legacy", undefined],
    ["versions without capabilities", { supportedVersions: [VERSION] }, "legacy", undefined],
    ["capabilities without versions", { capabilities }, "legacy", undefined],
    [
      "capabilities that are an array",
      { supportedVersions: [VERSION], capabilities: [] },
      "legacy",
      undefined,
    ],
    ["versions that are a string", { supportedVersions: VERSION, capabilities }, "legacy", undefined],
    ["the version that was asked for", { supportedVersions: [VERSION], capabilities }, "modern", undefined],
    [
      "it among others",
      { supportedVersions: ["2025-11-25", "2099-01-01", VERSION], capabilities },
      "modern",
      undefined,
    ],
    ["legacy versions only", { supportedVersions: ["2025-11-25"], capabilities }, "legacy", "2025-11-25"],
    ["nothing of ours", { supportedVersions: ["2099-01-01"], capabilities }, "unsupported", undefined],
  ])("makes of a result with %s: %s", (_, result, type, version) => {
    const verdict = judge({ result: result as never }, VERSION);
    expect(verdict.type).toBe(type);
    expect((verdict as { version?: string }).version).toBe(version);
    if (verdict.type === "modern") expect(verdict.discovered).toBe(result);
  });

  it("offers another modern version to retry with", () => {
    const verdict = judge({ result: { supportedVersions: [VERSION], capabilities } }, "2099-01-01");
    expect(verdict).toEqual({ type: "retry", version: VERSION });
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
