import {
  APPLICATION,
  all,
  between,
  handshake,
  on,
  outside,
  type Requirement,
  STDIO,
  since,
  stateless,
} from "./requirement.ts";

const messages = {
  "basic/messages": between("2024-11-05", "2024-11-05"),
  "basic/index": since("2025-03-26"),
};

/** Messages, their `_meta`, and what schemas and icons in them ask for. */
export const base: readonly Requirement[] = [
  ...on(
    { "basic/index": all, "basic/messages": ["2024-11-05"] },
    { "base/json-rpc": "All messages … MUST follow the JSON-RPC 2.0 specification" },
  ),
  ...on(
    { "basic/index": handshake },
    {
      "base/supports-lifecycle":
        "All implementations MUST support the base protocol and lifecycle management components.",
    },
  ),
  ...on(
    { "basic/index": stateless },
    {
      "base/supports-versioning-and-patterns":
        "All implementations MUST support the base protocol, versioning, and the message patterns.",
    },
  ),
  ...on(messages, {
    "base/request-id": "Requests MUST include a string or integer ID.",
    "base/request-id-not-null": "Unlike base JSON-RPC, the ID MUST NOT be `null`.",
    "base/notification-without-id": "Notifications MUST NOT include an ID.",
    "base/error-code-integer": "Error codes MUST be integers.",
  }),
  ...on(
    { "basic/messages": ["2024-11-05"], "basic/index": between("2025-03-26", "2025-11-25") },
    {
      "base/request-id-never-again":
        "The request ID MUST NOT have been previously used by the requestor within the same session.",
    },
  ),
  ...on(
    { "basic/index": stateless },
    {
      "base/request-id-unique-in-flight":
        "The request ID MUST NOT match the ID of any other request the sender has issued and not yet received a response for.",
    },
  ),
  ...on(
    { "basic/messages": ["2024-11-05"], "basic/index": between("2025-03-26", "2025-06-18") },
    {
      "base/response-id": "Responses MUST include the same ID as the request they correspond to.",
      "base/response-result-or-error":
        "Either a `result` or an `error` MUST be set. A response MUST NOT set both.",
    },
  ),
  ...on(
    { "basic/index": between("2025-03-26", "2025-06-18") },
    {
      "base/error-code-and-message": "errors MUST include an error code and message at minimum.",
    },
  ),
  ...on(
    { "basic/index": since("2025-11-25") },
    {
      "base/result-response-id":
        "Result responses MUST include the same ID as the request they correspond to.",
      "base/result-response-result": "Result responses MUST include a `result` field.",
      "base/error-response-id": "Error responses MUST include the same ID as the request they correspond to",
      "base/error-response-error":
        "Error responses MUST include an `error` field with a `code` and `message`.",
    },
  ),
  ...on(
    { "basic/index": since("2025-03-26") },
    {
      "base/notification-unanswered": "The receiver MUST NOT send a response.",
      "base/authorization-over-http":
        "Implementations using an HTTP-based transport SHOULD conform to this specification, whereas implementations using STDIO transport SHOULD NOT follow this specification",
    },
  ),
  ...on(
    { "basic/index": ["2025-03-26"] },
    {
      "base/receives-batches":
        "MCP implementations MAY support sending JSON-RPC batches, but MUST support receiving JSON-RPC batches.",
    },
  ),
  ...on(
    { "basic/index": stateless },
    {
      "base/result-type-known-set":
        "The set of supported `ResultType` values MUST be created from the set defined in the core protocol and include any additional values of supported extensions",
      "base/result-type-unknown-invalid":
        "A `resultType` of any value unrecognized by the client MUST be considered invalid.",
      "base/result-type-absent-complete": 'clients MUST treat an absent `resultType` as `"complete"`.',
      "base/meta-required-fields":
        "Client requests carry the following `io.modelcontextprotocol/*` fields in `_meta`; fields marked as required MUST be included on every request.",
      "base/meta-client-info":
        "Clients SHOULD include `io.modelcontextprotocol/clientInfo` on every request unless specifically configured not to do so.",
      "base/info-for-display-only":
        "Implementations SHOULD NOT use them to change the behavior of the client or server, and SHOULD NOT rely on them for security decisions.",
      "base/trace-context-format":
        "When present, their values MUST follow W3C Trace Context and W3C Baggage formats respectively.",
      "base/error-codes-of-old":
        "New codes MUST NOT be allocated in this sub-range, and new implementations SHOULD NOT use codes from this sub-range at all.",
      "base/error-codes-without-meaning":
        "Apart from `-32002` (see below), receivers MUST NOT assume any specific meaning for these codes.",
      "base/error-codes-reserved":
        "Implementations MUST NOT emit any code from this sub-range that is not defined by this specification and MUST use defined codes only with their specified meanings.",
      "base/error-codes-withdrawn": "Implementations of this protocol version MUST NOT emit these codes:",
      "base/accepts-32002":
        "Clients SHOULD still accept `-32002` from servers implementing earlier versions.",
      "base/error-codes-new": outside(
        "the library makes up no codes: those of JSON-RPC are all it sends",
        "New error codes for purposes not defined by this specification SHOULD be allocated outside the JSON-RPC reserved range",
      ),
      "base/explicit-state":
        "State that needs to span multiple requests … MUST be referenced by an explicit identifier the client passes on each request.",
      "base/process-lifetime": outside(
        STDIO,
        "Clients SHOULD NOT use an individual task, thread, or conversation as the lifetime boundary for the stdio process.",
      ),
    },
  ),
  ...on(
    { "basic/index": since("2025-06-18") },
    {
      "base/meta-reserved-keys":
        "Certain key names are reserved by MCP for protocol-level metadata, as specified below; implementations MUST NOT make assumptions about values at these keys.",
      "base/meta-prefix-labels": outside(
        "the library makes up no keys of `_meta`; it passes on those of the caller",
        "If specified, MUST be a series of labels separated by dots (`.`), followed by a slash (`/`). … Labels MUST start with a letter and end with a letter or digit",
      ),
      "base/meta-names": outside(
        "the library makes up no keys of `_meta`; it passes on those of the caller",
        "Unless empty, MUST begin and end with an alphanumeric character",
      ),
    },
  ),
  ...on(
    { "basic/index": since("2025-11-25") },
    {
      "base/meta-reverse-dns": outside(
        "the library makes up no keys of `_meta`; it passes on those of the caller",
        "Implementations SHOULD use reverse DNS notation",
      ),
      "base/schema-2020-12":
        "Implementations MUST support at least 2020-12 and SHOULD document which additional dialects they support",
      "base/schema-default-dialect":
        "Clients and servers MUST support JSON Schema 2020-12 for schemas without an explicit `$schema` field",
      "base/schema-declared-dialect":
        "Clients and servers MUST validate schemas according to their declared or default dialect. They MUST handle unsupported dialects gracefully by returning an appropriate error",
      "base/schema-dialects-documented": outside(
        "binds documentation: that of `outputSchemas` names 2020-12 and draft-07",
        "Clients and servers SHOULD document which schema dialects they support",
      ),
      "base/schema-dialect-of-authors": outside(
        "binds who writes schemas; the library passes them on as they came",
        "Implementors are RECOMMENDED to use JSON Schema 2020-12.",
      ),
      "base/icons-types": outside(
        APPLICATION,
        "Clients that support rendering icons MUST support at least the following MIME types:",
      ),
      "base/icons-more-types": outside(
        APPLICATION,
        "Clients that support rendering icons SHOULD also support:",
      ),
      "base/icons-precautions": outside(
        APPLICATION,
        "Consumers of icon metadata MUST take appropriate security precautions when handling icons to prevent compromise:",
      ),
      "base/icons-schemes": outside(
        APPLICATION,
        "Clients MUST reject icon URIs that use unsafe schemes and redirects, such as `javascript:`, `file:`, `ftp:`, `ws:`, or local app URI schemes.",
      ),
    },
  ),
  ...on(
    { "basic/index": stateless },
    {
      "base/schema-no-network":
        "Implementations MUST NOT automatically dereference `$ref` values that resolve to a network URI.",
      "base/schema-network-mode": outside(
        "there is no such mode",
        "Implementations MAY offer an opt-in mode that fetches non-local `$ref`s but it MUST be disabled by default and SHOULD enforce an allowlist of hosts",
      ),
      "base/schema-unresolved-rejected":
        "Schemas that fail to validate due to an unresolved external `$ref` SHOULD be rejected rather than silently treated as permissive.",
      "base/schema-bounded":
        "Implementations SHOULD apply reasonable bounds, such as a maximum schema depth, a cap on the total number of subschemas, or a per-validation time budget",
    },
  ),
  ...on(
    {
      "basic/patterns/mrtr": stateless,
      "server/tools": stateless,
      "server/prompts": stateless,
      "server/resources": stateless,
      "server/utilities/completion": stateless,
      "server/utilities/pagination": stateless,
    },
    { "base/meta-on-every-request": "Every request MUST include the required `_meta` fields; see `_meta`." },
  ),
];
