import {
  between,
  handshake,
  on,
  outside,
  type Requirement,
  SERVER,
  STDIO,
  since,
  stateless,
} from "./requirement.ts";

const streamable = between("2025-03-26", "2025-11-25");

/** Every transport, HTTP+SSE, and Streamable HTTP as it was with sessions. */
export const transports: readonly Requirement[] = [
  ...on(
    { "basic/transports": streamable, "basic/transports/index": stateless },
    {
      "transport/utf-8": "JSON-RPC messages MUST be UTF-8 encoded.",
    },
  ),
  ...on(
    { "basic/transports": handshake },
    {
      "transport/stdio-supported": outside(STDIO, "Clients SHOULD support stdio whenever possible."),
      "transport/stdio-stdin": outside(
        STDIO,
        "The client MUST NOT write anything to the server's `stdin` that is not a valid MCP message.",
      ),
      "transport/custom-preserves":
        "Implementers who choose to support custom transports MUST ensure they preserve the JSON-RPC message format and lifecycle requirements defined by MCP.",
      "transport/custom-documented": outside(
        "binds who writes a transport; `memory()` says in its own words how it carries messages",
        "Custom transports SHOULD document their specific connection establishment and message exchange patterns to aid interoperability.",
      ),
    },
  ),
  ...on(
    { "basic/transports": ["2025-11-25"] },
    {
      "transport/stdio-stderr": outside(
        STDIO,
        "SHOULD NOT assume `stderr` output indicates error conditions.",
      ),
    },
  ),
  ...on(
    { "basic/transports": ["2024-11-05"] },
    {
      "http-sse/posts-to-endpoint":
        "All subsequent client messages MUST be sent as HTTP POST requests to this endpoint.",
    },
  ),
  ...on(
    { "basic/transports": streamable, "basic/transports/streamable-http": stateless },
    {
      "http/post-for-each-message":
        "Every JSON-RPC message sent from the client MUST be a new HTTP POST request to the MCP endpoint.",
      "http/accept":
        "The client MUST include an `Accept` header… listing both `application/json` and `text/event-stream` as supported content types.",
      "http/post": "The client MUST use HTTP POST to send JSON-RPC messages",
    },
  ),
  ...on(
    { "basic/transports": ["2025-03-26"] },
    {
      "http/body-one-or-batch":
        "The body of the POST request MUST be one of the following: … A single JSON-RPC _request_, _notification_, or _response_",
    },
  ),
  ...on(
    { "basic/transports": between("2025-06-18", "2025-11-25") },
    {
      "http/body-single":
        "The body of the POST request MUST be a single JSON-RPC _request_, _notification_, or _response_.",
      "http/version-header":
        "If using HTTP, the client MUST include the `MCP-Protocol-Version: <protocol-version>` HTTP header on all subsequent requests to the MCP server",
      "http/version-header-negotiated":
        "The protocol version sent by the client SHOULD be the one negotiated during initialization.",
    },
  ),
  ...on(
    { "basic/transports": streamable },
    {
      "http/json-and-stream":
        "`Content-Type: application/json`, to return one JSON object. The client MUST support both these cases.",
      "http/disconnection-is-no-cancel": outside(
        SERVER,
        "Disconnection SHOULD NOT be interpreted as the client cancelling its request.",
      ),
      "http/cancels-explicitly":
        "To cancel, the client SHOULD explicitly send an MCP `CancelledNotification`.",
      "http/get-accept":
        "The client MUST include an `Accept` header, listing `text/event-stream` as a supported content type.",
      "http/resumes":
        "it SHOULD issue an HTTP GET to the MCP endpoint, and include the `Last-Event-ID` header to indicate the last event ID it received.",
      "http/session-id-on-every-request":
        "clients using the Streamable HTTP transport MUST include it … on all of their subsequent HTTP requests.",
      "http/session-id-visible-ascii":
        "The session ID MUST only contain visible ASCII characters (ranging from 0x21 to 0x7E).",
      "http/session-renewed":
        "it MUST start a new session by sending a new `InitializeRequest` without a session ID attached.",
      "http/session-deleted":
        "SHOULD send an HTTP DELETE to the MCP endpoint … to explicitly terminate the session.",
    },
  ),
  ...on(
    { "basic/transports": ["2025-11-25"] },
    {
      "http/polls": 'The client SHOULD then "poll" the SSE stream by attempting to reconnect.',
      "http/retry-respected":
        "The client MUST respect the `retry` field, waiting the given number of milliseconds before attempting to reconnect.",
      "http/session-id-kept-safe": "The client MUST handle the session ID in a secure manner",
    },
  ),
  ...on(
    { "basic/transports/index": stateless },
    {
      "transport/delivers":
        "A binding MUST deliver client-sent _requests_ and _notifications_ to the server, and server-sent _responses_ and _notifications_ to the client.",
      "transport/custom-preserves-metadata":
        "Implementers who choose to support custom transports MUST preserve the JSON-RPC message format, the message patterns, and the per-request metadata model.",
      "transport/custom-says-how": outside(
        "binds who writes a transport; `memory()` says in its own words how it carries messages",
        "Custom transports SHOULD document their connection establishment, message framing, and cancellation patterns to aid interoperability.",
      ),
      "transport/custom-reuses-framing": outside(
        "the library has no transport over a byte stream",
        "Custom transports that run over a reliable bidirectional byte stream (e.g., Unix domain sockets or TCP) SHOULD reuse the stdio framing rather than defining a new one",
      ),
    },
  ),
  ...on(
    { "basic/transports/stdio": stateless },
    {
      "stdio/stdin": outside(
        STDIO,
        "The client MUST NOT write anything to the server's `stdin` that is not a valid MCP message.",
      ),
      "stdio/newlines": outside(
        STDIO,
        "Messages are delimited by newlines, and MUST NOT contain embedded newlines.",
      ),
      "stdio/stderr": outside(STDIO, "SHOULD NOT assume `stderr` output indicates error conditions."),
      "stdio/framing-reused": outside(
        STDIO,
        "Custom transports built on such streams SHOULD reuse this framing and the message rules on this page",
      ),
      "stdio/no-responses": outside(STDIO, "The client MUST NOT write JSON-RPC _responses_."),
      "stdio/subscription-id": outside(
        STDIO,
        "Clients MUST correlate these using the `io.modelcontextprotocol/subscriptionId` field in `_meta`",
      ),
      "stdio/cancel": outside(
        STDIO,
        "To cancel an in-flight request, the client MUST send a `notifications/cancelled` notification",
      ),
      "stdio/shutdown": outside(STDIO, "The client SHOULD initiate shutdown by:"),
      "stdio/restart": outside(
        STDIO,
        "If the server process exits unexpectedly, the client SHOULD restart it.",
      ),
      "stdio/probe": outside(
        STDIO,
        "SHOULD probe with `server/discover` before sending any other request, setting its preferred modern version in `_meta`.",
      ),
      "stdio/probe-any-error": outside(STDIO, "The fallback MUST NOT be keyed to one specific error code"),
      "stdio/probe-modern-only": outside(
        STDIO,
        "A client that only supports modern versions does not need to probe, but probing is still RECOMMENDED",
      ),
    },
  ),
  ...on(
    { "basic/transports": handshake },
    {
      "transport/stdio-newlines": outside(
        STDIO,
        "Messages are delimited by newlines, and MUST NOT contain embedded newlines.",
      ),
    },
  ),
  ...on(
    { "basic/patterns/index": stateless },
    {
      "patterns/no-responses":
        "Servers MUST NOT initiate JSON-RPC requests, and clients do not send JSON-RPC responses.",
    },
  ),
  ...on(
    { "basic/transports/streamable-http": since("2026-07-28") },
    {
      "http/metadata-headers": "The client MUST include the request metadata headers on each POST request.",
      "http/body-request-or-notification":
        "The body of the HTTP POST MUST be a single JSON-RPC _request_ or _notification_.",
      "http/no-responses": "The client MUST NOT send JSON-RPC _responses_.",
      "http/json-and-stream-stateless": "(an SSE response stream). The client MUST support both.",
      "http/version-header-on-every-post":
        "Every POST request to the MCP endpoint MUST include an `MCP-Protocol-Version` header.",
      "http/version-header-is-meta":
        "The header value MUST match the `io.modelcontextprotocol/protocolVersion` field carried in the request body's `_meta`.",
      "http/standard-headers": "These headers are REQUIRED for compliance.",
      "http/name-encoded":
        "If the `Mcp-Name` source value cannot be safely represented as a plain ASCII header value, clients MUST encode it using the Base64 sentinel format",
      "http/400-inspected":
        "On `400 Bad Request`, the client SHOULD inspect the response body before falling back:",
      "http/http-sse-not-new": outside(
        "that transport is here for servers of 2024-11-05, which `connect` tries last",
        "New implementations SHOULD NOT adopt it; existing implementations SHOULD migrate to Streamable HTTP.",
      ),
      "http/intermediaries": outside(
        SERVER,
        "Intermediate servers that do not recognize an `Mcp-Param-{Name}` header MUST forward it",
      ),
      "headers/supported":
        "While the use of `x-mcp-header` is optional for servers, clients MUST support this feature.",
      "headers/mirrored": "conforming clients MUST mirror the designated parameter values into HTTP headers.",
      "headers/values-encoded":
        "Clients MUST encode parameter values before including them in HTTP headers to ensure safe transmission and prevent injection attacks.",
      "headers/base64":
        "When a value cannot be safely represented as a plain ASCII header value (e.g., it contains non-ASCII characters, control characters, or has leading/trailing whitespace), clients MUST use Base64 encoding",
      "headers/markers": "These markers are case-sensitive and MUST appear exactly as shown (lowercase).",
      "headers/sentinel-encoded":
        "clients MUST also Base64-encode any plain-ASCII value that matches the sentinel pattern",
      "headers/on-tools-call":
        "When constructing a `tools/call` request via HTTP transport, the client MUST: … Append the `Mcp-Method` header and, if applicable, `Mcp-Name` header",
      "headers/from-schema":
        "the client MUST: … Inspect the tool's `inputSchema` for properties marked with `x-mcp-header` and extract the value at each annotated property's exact property path, omitting the header when no value is present",
      "headers/relist-on-mismatch":
        "the client SHOULD call `tools/list` to check for changes to the tool's `inputSchema`, then retry the original request with the appropriate headers.",
      "headers/null-omitted": "Parameter value is `null` … Client MUST omit the header",
      "headers/absent-omitted": "Parameter not in arguments … Client MUST omit the header",
      "headers/given-included": "Parameter value provided … Client MUST include the header",
      "headers/case-insensitive":
        "Clients and servers MUST use case-insensitive comparisons for header names.",
    },
  ),
  ...on(
    { "basic/transports/streamable-http": stateless, "server/tools": stateless },
    {
      "headers/invalid-tool-rejected":
        "Clients using the Streamable HTTP transport MUST reject tool definitions where any `x-mcp-header` value violates these constraints. Rejection means the client MUST exclude the invalid tool from the result of `tools/list`.",
      "headers/invalid-tool-logged":
        "Clients SHOULD log a warning when rejecting a tool definition, including the tool name and the reason for rejection.",
      "headers/not-empty": "Constraints on `x-mcp-header` values: … MUST NOT be empty",
      "headers/token-syntax": "MUST match HTTP field-name token syntax",
      "headers/no-control-characters": "MUST NOT contain control characters",
      "headers/unique":
        "MUST be case-insensitively unique among all `x-mcp-header` values in the `inputSchema`",
      "headers/primitive":
        "MUST only be applied to parameters with primitive types (integer, string, boolean).",
      "headers/safe-integers": outside(
        "binds who writes schemas, and the caller: an argument goes into its header as it is",
        "Integer values MUST be within the safe range for",
      ),
      "headers/statically-reachable":
        "MUST only be applied to properties that are _statically reachable_ from the schema root",
    },
  ),
  ...on(
    { "basic/transports/streamable-http": stateless },
    {
      "headers/chain-of-properties":
        "The chain MUST NOT pass through `items` (or any other array keyword), composition keywords",
    },
  ),
];
