import { on, outside, type Requirement } from "./requirement.ts";

const RECEIVER = "binds who runs tasks; the library runs none";
const LOCAL = "binds the application: events of a call show a task's life, and it may log them";

/** The experimental tasks of 2025-11-25, as far as they bind who asks for them. */
export const tasks: readonly Requirement[] = [
  ...on(
    { "basic/utilities/tasks": ["2025-11-25"] },
    {
      "tasks/declared": outside(
        "binds who takes requests as tasks; the library only makes them",
        "Servers and clients that support task-augmented requests MUST declare a `tasks` capability during initialization.",
      ),
      "tasks/only-where-declared":
        "Requestors SHOULD only augment requests with a task if the corresponding capability has been declared by the receiver.",
      "tasks/not-without-capability":
        "If `capabilities.tasks` is not defined, the peer SHOULD NOT attempt to create tasks during requests.",
      "tasks/not-without-tools-call":
        "If a server's capabilities do not include `tasks.requests.tools.call`, then clients MUST NOT attempt to use task augmentation on that server's tools, regardless of the `execution.taskSupport` value.",
      "tasks/not-where-forbidden":
        'If `execution.taskSupport` is not present or `"forbidden"`, clients MUST NOT attempt to invoke the tool as a task.',
      "tasks/where-required":
        'If `execution.taskSupport` is `"required"`, clients MUST invoke the tool as a task.',
      "tasks/poll-interval":
        "Requestors SHOULD respect the `pollInterval` provided in responses when determining polling frequency.",
      "tasks/polls-to-the-end":
        "Requestors SHOULD continue polling until the task reaches a terminal status (`completed`, `failed`, or `cancelled`), or until encountering the `input_required` status.",
      "tasks/polls-beside-result":
        "requestors SHOULD continue polling the task status via `tasks/get` if they are not actively waiting for `tasks/result` to complete.",
      "tasks/notification-not-relied-on":
        "Requestors MUST NOT rely on receiving this notifications, as it is optional.",
      "tasks/polls-despite-notifications":
        "Requestors SHOULD continue to poll via `tasks/get` to ensure they receive status updates.",
      "tasks/status-not-relied-on":
        "Requestors MUST NOT rely on receiving the `notifications/tasks/status` notification, as it is optional.",
      "tasks/undeclared-as-usual":
        "Receivers that do not declare the task capability for a request type MUST process requests of that type normally, ignoring any task-augmentation metadata if present.",
      "tasks/messages-on-any-stream":
        "clients SHOULD expect messages to be delivered on any SSE stream, including the HTTP GET stream.",
      "tasks/input-required-asks-result":
        "When the requestor encounters the `input_required` status, it SHOULD preemptively call `tasks/result`.",
      "tasks/http-rules-hold": outside(
        "says that the rules of the transport hold, which have ids of their own",
        "all implementations MUST continue to comply with the existing Streamable HTTP transport specification.",
      ),
      "tasks/poll-interval-respected": "Requestors SHOULD respect this value when provided.",
      "tasks/related-task":
        "All requests, notifications, and responses related to a task MUST include the `io.modelcontextprotocol/related-task` key in their `_meta` field",
      "tasks/related-task-shared":
        "an elicitation that a task-augmented tool call depends on MUST share the same related task ID with that tool call's task.",
      "tasks/id-parameter":
        "the `taskId` parameter in the request MUST be used as the source of truth for identifying the target task.",
      "tasks/no-related-task":
        "Requestors SHOULD NOT include `io.modelcontextprotocol/related-task` metadata in these requests",
      "tasks/metadata-in-all":
        "All requests, responses, and notifications associated with a task MUST include the `io.modelcontextprotocol/related-task` key in `_meta`:",
      "tasks/metadata-not-repeated":
        "requestors and receivers SHOULD NOT include this metadata in their messages, as the `taskId` is already present in the message structure.",
      "tasks/cursors-opaque": outside(
        "the library does not ask for lists of tasks",
        "Requestors MUST treat cursors as opaque tokens and not attempt to parse or modify them.",
      ),
      "tasks/cancelled-not-kept":
        "Requestors SHOULD NOT rely on cancelled tasks being retained for any specific duration",
      "tasks/audit": outside(
        LOCAL,
        "Requestors SHOULD: … Log task lifecycle events for debugging and audit purposes … Track task IDs and their associated operations",
      ),
      "tasks/receivers": outside(
        RECEIVER,
        "Receivers MUST return standard JSON-RPC errors for the following protocol error cases:",
      ),
    },
  ),
];
