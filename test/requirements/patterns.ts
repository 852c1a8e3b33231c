import {
  APPLICATION,
  all,
  between,
  handshake,
  LOGS,
  on,
  outside,
  type Requirement,
  since,
  stateless,
} from "./requirement.ts";

const cancellation = { "basic/utilities/cancellation": handshake, "basic/patterns/cancellation": stateless };
const progress = { "basic/utilities/progress": handshake, "basic/patterns/progress": stateless };

/** Cancellation, progress, ping, rounds of input and subscriptions. */
export const patterns: readonly Requirement[] = [
  ...on(cancellation, {
    "cancellation/only-in-flight": "Cancellation notifications MUST only reference requests that:",
    "cancellation/races": "Both parties MUST handle these race conditions gracefully:",
    "cancellation/reasons-logged": outside(
      LOGS,
      "Both parties SHOULD log cancellation reasons for debugging",
    ),
    "cancellation/shown": outside(
      APPLICATION,
      "Application UIs SHOULD indicate when cancellation is requested",
    ),
    "cancellation/invalid-ignored": "Invalid cancellation notifications SHOULD be ignored:",
  }),
  ...on(
    { "basic/utilities/cancellation": handshake },
    {
      "cancellation/not-of-initialize": "The `initialize` request MUST NOT be cancelled by clients",
      "cancellation/received":
        "Receivers of cancellation notifications SHOULD: … Stop processing the cancelled request … Not send a response for the cancelled request",
      "cancellation/late-answer":
        "The sender of the cancellation notification SHOULD ignore any response to the request that arrives afterward",
    },
  ),
  ...on(
    { "basic/utilities/cancellation": ["2025-11-25"] },
    {
      "cancellation/of-tasks":
        "For task-augmented requests, the `tasks/cancel` request MUST be used instead of the `notifications/cancelled` notification.",
    },
  ),
  ...on(
    { "basic/patterns/cancellation": stateless },
    {
      "cancellation/sent":
        "A client SHOULD send a cancellation notification to indicate that a request it previously issued should be terminated.",
      "cancellation/on-stdio": outside(
        "stdio; the same holds where messages share one channel, such as `memory()`",
        "The client MUST send a `notifications/cancelled` notification referencing the request ID.",
      ),
      "cancellation/late-answer-ignored":
        "The client SHOULD ignore any response to the cancelled request that arrives afterward",
    },
  ),
  ...on(progress, {
    "progress/token-type": "Progress tokens MUST be a string or integer value",
    "progress/rate-limited": "Both parties SHOULD implement rate limiting to prevent flooding",
    "progress/stops": outside(
      "binds who sends progress; the library never does",
      "Progress notifications MUST stop after completion",
    ),
  }),
  ...on(
    { "basic/utilities/progress": handshake },
    {
      "progress/token-unique":
        "Progress tokens can be chosen by the sender using any means, but MUST be unique across all active requests.",
      "progress/tokens-tracked": "Senders and receivers SHOULD track active progress tokens",
    },
  ),
  ...on(
    { "basic/patterns/progress": stateless },
    {
      "progress/token-unique-stateless":
        "Progress tokens can be chosen by the client using any means, but MUST be unique across all active requests.",
      "progress/tokens-tracked-stateless": "Clients and servers SHOULD track active progress tokens",
    },
  ),
  ...on(
    { "basic/utilities/progress": handshake, "basic/patterns/progress": stateless },
    {
      "progress/increases": outside(
        "binds who sends progress; the library never does",
        "The `progress` value MUST increase with each notification, even if the total is unknown.",
      ),
      "progress/known-tokens-only": outside(
        "binds who sends progress; the library never does",
        "Progress notifications MUST only reference tokens that:",
      ),
    },
  ),
  ...on(
    { "basic/utilities/progress": between("2025-03-26", "2025-11-25"), "basic/patterns/progress": stateless },
    {
      "progress/message": outside(
        "binds who sends progress; the library never does",
        "The `message` field SHOULD provide relevant human readable progress information.",
      ),
    },
  ),
  ...on(
    { "basic/utilities/progress": ["2025-11-25"] },
    {
      "progress/of-tasks":
        "the `progressToken` provided in the original request MUST continue to be used for progress notifications throughout the task's lifetime, even after the `CreateTaskResult` has been returned.",
    },
  ),
  ...on(
    { "basic/utilities/ping": handshake },
    {
      "ping/answered": "The receiver MUST respond promptly with an empty response:",
      "ping/periodic": outside(
        "binds the application: `ping()` is there for who wants to know; a stream that ends says so by itself",
        "Implementations SHOULD periodically issue pings to detect connection health",
      ),
      "ping/frequency": outside(
        "the library sends no pings by itself",
        "The frequency of pings SHOULD be configurable",
      ),
      "ping/timeout": "Timeouts SHOULD be appropriate for the network environment",
      "ping/not-excessive": outside(
        "the library sends no pings by itself",
        "Excessive pinging SHOULD be avoided to reduce network overhead",
      ),
      "ping/timeout-is-failure": "Timeouts SHOULD be treated as connection failures",
      "ping/failure-logged": outside(
        "the caller of `ping()` gets its failure",
        "Implementations SHOULD log ping failures for diagnostics",
      ),
    },
  ),
  ...on(
    { "basic/patterns/mrtr": stateless },
    {
      "mrtr/state-opaque":
        "Clients MUST NOT inspect, parse, modify, or make any assumptions about its contents.",
      "mrtr/inputs-first":
        "If a client receives an `InputRequiredResult` that contains the `inputRequests` field, the client MUST construct the requested inputs before retrying the original request.",
      "mrtr/state-echoed":
        "If an `InputRequiredResult` contains the `requestState` field, the client MUST echo back the exact value of that field when retrying the original request.",
      "mrtr/state-untouched":
        "Clients MUST NOT inspect, parse, modify, or make any assumptions about the `requestState` contents.",
      "mrtr/no-state-no-state":
        "If the `InputRequiredResult` does not contain a `requestState` field, the client MUST NOT include one in the retry.",
      "mrtr/new-id":
        "The JSON-RPC `id` MUST be different between the initial request and the retry, as they are independent requests.",
      "mrtr/only-its-request":
        "They MUST NOT be used for any other request that the client may be sending in parallel.",
      "mrtr/values": outside(
        "binds the server's results; what a client has no handler for fails the request",
        "`inputRequests` values are request objects that MUST be one of `ElicitRequest`, `CreateMessageRequest`, or `ListRootsRequest`",
      ),
    },
  ),
  ...on(
    { "server/tools": stateless },
    {
      "mrtr/new-id-of-tools":
        "Note that the JSON-RPC `id` MUST be different between the initial request and the retry.",
    },
  ),
  ...on(
    { "basic/patterns/subscriptions": stateless },
    {
      "subscriptions/filter-checked":
        "The client SHOULD check the acknowledged filter against what it requested and handle any unsupported types gracefully.",
      "subscriptions/stdio-correlated": outside(
        "stdio; over HTTP each subscription has a stream of its own",
        "On stdio, where all messages share a single channel, clients MUST use this field to correlate notifications with their originating subscription.",
      ),
      "subscriptions/stdio-again": outside(
        "stdio; over HTTP `listen` asks again after a drop",
        "On stdio, if the connection is terminated and then re-established, the client MUST re-send `subscriptions/listen` to re-establish its subscriptions",
      ),
    },
  ),
  ...on(
    { "server/utilities/pagination": all },
    {
      "pagination/no-fixed-size":
        "Page size is determined by the server, and clients MUST NOT assume a fixed page size",
      "pagination/missing-cursor-ends":
        "Clients SHOULD: … Treat a missing `nextCursor` as the end of results",
      "pagination/both-flows": "Clients SHOULD: … Support both paginated and non-paginated flows",
      "pagination/cursor-opaque": "Clients MUST treat cursors as opaque tokens:",
    },
  ),
  ...on(
    { "server/utilities/pagination": since("2026-07-28") },
    {
      "pagination/empty-cursor":
        "an empty string is a valid cursor and thus MUST NOT be treated as the end of results",
    },
  ),
];
