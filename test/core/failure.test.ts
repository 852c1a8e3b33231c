import { describe, expect, it } from "vitest";
import { type ErrorCode, type ErrorDetails, McpError } from "../../src/core/errors.ts";
import { type Attempted, afterFailure } from "../../src/core/flow/failure.ts";

const fresh: Attempted = {
  modern: true,
  tool: true,
  renewed: false,
  waits: 0,
  retry: undefined,
  safe: false,
};
const rows: readonly [ErrorCode, ErrorDetails, Partial<Attempted>, ReturnType<typeof afterFailure>][] = [
  ["session_expired", {}, {}, "renew"],
  ["session_expired", {}, { renewed: true }, "fail"],
  ["session_expired", {}, { renewed: true, retry: 3 }, "fail"],
  ["http_error", { rpcCode: -32020 }, {}, "relist"],
  ["http_error", { rpcCode: -32020 }, { renewed: true }, "fail"],
  ["http_error", { rpcCode: -32020 }, { tool: false }, "fail"],
  ["http_error", { rpcCode: -32020, status: 400 }, { modern: false }, "renew"],
  ["http_error", { rpcCode: -32020, status: 400 }, { modern: false, renewed: true }, "fail"],
  ["rpc_error", { rpcCode: -32020 }, { modern: false }, "fail"],
  ["http_error", { rpcCode: -32022, status: 400 }, {}, "renew"],
  ["http_error", { rpcCode: -32022, status: 400 }, { renewed: true }, "fail"],
  ["rate_limited", { retryAfterMs: 5 }, {}, "wait"],
  ["rate_limited", { retryAfterMs: 0 }, { waits: 9 }, "wait"],
  ["rate_limited", { retryAfterMs: 0 }, { waits: 10 }, "fail"],
  ["rate_limited", {}, { retry: 3 }, "fail"],
  ["connection_lost", {}, {}, "fail"],
  ["connection_lost", {}, { retry: 1 }, "retry"],
  ["connect_failed", {}, { retry: 1 }, "retry"],
  ["http_error", { status: 502 }, { retry: 1 }, "retry"],
  ["rpc_error", { rpcCode: -32603 }, { retry: 1 }, "fail"],
  ["connection_lost", {}, { safe: true }, "retry"],
  ["connect_failed", {}, { safe: true }, "retry"],
  ["connection_lost", {}, { safe: true, retry: 0 }, "fail"],
  ["http_error", { status: 502 }, { safe: true }, "fail"],
  ["timeout", {}, { safe: true }, "fail"],
  ["timeout", {}, { retry: 1 }, "fail"],
  ["unauthorized", { status: 401 }, { retry: 1 }, "fail"],
];

describe("after a failed attempt", () => {
  it.each(rows)("of %s %j, given %j, the request is to %s", (code, details, so, next) => {
    expect(afterFailure(new McpError(code, "x", details), { ...fresh, ...so })).toBe(next);
  });

  it("of what is no error of ours, the request is to fail", () => {
    expect(afterFailure({} as McpError, { ...fresh, retry: 5 })).toBe("fail");
  });
});
