import { between, handshake, on, outside, type Requirement, STDIO, stateless } from "./requirement.ts";

/** How client and server agree on a revision, by `initialize` and without. */
export const lifecycle: readonly Requirement[] = [
  ...on(
    { "basic/lifecycle": handshake },
    {
      "lifecycle/initialize-first":
        "The initialization phase MUST be the first interaction between client and server.",
      "lifecycle/initialize-request":
        "The client MUST initiate this phase by sending an `initialize` request containing:",
      "lifecycle/initialized":
        "After successful initialization, the client MUST send an `initialized` notification to indicate it is ready to begin normal operations:",
      "lifecycle/nothing-before-answer":
        "The client SHOULD NOT send requests other than pings before the server has responded to the `initialize` request.",
      "lifecycle/offers-supported-version":
        "In the `initialize` request, the client MUST send a protocol version it supports.",
      "lifecycle/offers-latest-version": "This SHOULD be the _latest_ version supported by the client.",
      "lifecycle/disconnects-from-unsupported":
        "If the client does not support the version in the server's response, it SHOULD disconnect.",
      "lifecycle/error-version-mismatch":
        "Implementations SHOULD be prepared to handle these error cases: … Protocol version mismatch",
      "lifecycle/error-capabilities":
        "Implementations SHOULD be prepared to handle these error cases: … Failure to negotiate required capabilities",
      "lifecycle/stdio-shutdown": outside(
        STDIO,
        "For the stdio transport, the client SHOULD initiate shutdown by:",
      ),
    },
  ),
  ...on(
    { "basic/lifecycle": ["2024-11-05"] },
    {
      "lifecycle/error-initialize-timeout":
        "Implementations SHOULD be prepared to handle these error cases: … Initialize request timeout",
      "lifecycle/error-shutdown-timeout":
        "Implementations SHOULD be prepared to handle these error cases: … Shutdown timeout",
      "lifecycle/timeouts-for-all":
        "Implementations SHOULD implement appropriate timeouts for all requests, to prevent hung connections and resource exhaustion.",
    },
  ),
  ...on(
    { "basic/lifecycle": between("2024-11-05", "2025-03-26") },
    {
      "lifecycle/respects-version": "Both parties SHOULD: … Respect the negotiated protocol version",
      "lifecycle/negotiated-capabilities":
        "Both parties SHOULD: … Only use capabilities that were successfully negotiated",
    },
  ),
  ...on(
    { "basic/lifecycle": between("2025-06-18", "2025-11-25") },
    {
      "lifecycle/must-respect-version": "Both parties MUST: … Respect the negotiated protocol version",
      "lifecycle/must-use-negotiated-capabilities":
        "Both parties MUST: … Only use capabilities that were successfully negotiated",
      "lifecycle/version-header":
        "If using HTTP, the client MUST include the `MCP-Protocol-Version: <protocol-version>` HTTP header on all subsequent requests to the MCP server.",
    },
  ),
  ...on(
    { "basic/lifecycle": ["2025-03-26"] },
    {
      "lifecycle/initialize-not-batched": "The initialize request MUST NOT be part of a JSON-RPC batch",
    },
  ),
  ...on(
    { "basic/lifecycle": between("2025-03-26", "2025-11-25") },
    {
      "lifecycle/timeout-cancels":
        "When the request has not received a success or error response within the timeout period, the sender SHOULD issue a cancellation notification for that request and stop waiting for a response.",
      "lifecycle/error-request-timeout":
        "Implementations SHOULD be prepared to handle these error cases: … Request timeouts",
    },
  ),
  ...on(
    { "basic/lifecycle": between("2025-03-26", "2025-11-25"), "basic/patterns/cancellation": stateless },
    {
      "timeouts/all-requests":
        "Implementations SHOULD establish timeouts for all sent requests, to prevent hung connections and resource exhaustion.",
      "timeouts/per-request":
        "SDKs and other middleware SHOULD allow these timeouts to be configured on a per-request basis.",
      "timeouts/maximum":
        "However, implementations SHOULD always enforce a maximum timeout, regardless of progress notifications",
    },
  ),
  ...on(
    { "basic/patterns/cancellation": stateless },
    {
      "timeouts/cancel":
        "When the request has not received a success or error response within the timeout period, the sender SHOULD cancel the request and stop waiting for a response.",
    },
  ),
  ...on(
    { "basic/versioning": stateless },
    {
      "versioning/selects-mutual":
        "The client SHOULD select a mutually supported version from the `supported` list and retry the request, or surface an error to the user if no compatible version exists.",
      "versioning/era-remembered":
        "Clients SHOULD cache the result for the lifetime of the server process (stdio) or origin (HTTP)",
      "versioning/extension-ids":
        "Extension identifiers MUST follow the `_meta` key naming rules, with a mandatory prefix.",
      "versioning/extension-unsupported":
        "If one party supports an extension but the other does not, the supporting party MUST either revert to core protocol behavior or reject the request with an appropriate error.",
      "versioning/stdio-discover-first": outside(
        STDIO,
        "On stdio, clients SHOULD send `server/discover` first to fail deterministically; the client then surfaces an actionable error to the user.",
      ),
    },
  ),
  ...on(
    { "server/discover": stateless },
    {
      "discover/sent-first":
        "A client that supports both modern (per-request `_meta`) and legacy (`initialize` handshake) servers SHOULD send `server/discover` first",
      "discover/server-info-for-display":
        "Clients SHOULD NOT use it to change their behavior, and SHOULD NOT rely on it for security decisions.",
    },
  ),
];
