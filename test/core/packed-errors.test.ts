import { expect, it } from "vitest";
import { McpError } from "../../src/core/errors.ts";
import { pack, unpack } from "../../src/shared/protocol.ts";

const across = (error: unknown): Error => unpack(structuredClone(pack(error)));

it("an error that a tab hears from another has what brought it about", () => {
  const gone = new McpError("http_error", "x answered 404.", {
    status: 404,
    cause: new TypeError("no network"),
  });
  const error = new McpError("session_expired", "The server forgot.", { cause: gone, retryable: true });
  expect(across(error)).toMatchObject({
    code: "session_expired",
    message: error.message,
    retryable: true,
    cause: { code: "http_error", status: 404, cause: { message: "no network" } },
  });
});

it("an error that nothing brought about has no cause", () => {
  expect(across(new McpError("closed", "x")).cause).toBeUndefined();
});
