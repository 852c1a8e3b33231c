import {
  APPLICATION,
  all,
  LOGS,
  on,
  outside,
  type Requirement,
  SERVER,
  since,
  stateless,
} from "./requirement.ts";

/** Tools, prompts, resources, completion and logging, as far as their pages bind clients. */
export const serverFeatures: readonly Requirement[] = [
  ...on(
    { "server/tools": all },
    {
      "tools/human": outside(
        APPLICATION,
        "there SHOULD always be a human in the loop with the ability to deny tool invocations.",
      ),
      "tools/shown": outside(
        APPLICATION,
        "Applications SHOULD: … Provide UI that makes clear which tools are being exposed to the AI model … Insert clear visual indicators when tools are invoked … Present confirmation prompts to the user for operations, to ensure a human is in the loop",
      ),
      "tools/confirmed": outside(
        APPLICATION,
        "Clients SHOULD: … Prompt for user confirmation on sensitive operations … Show tool inputs to the user before calling the server",
      ),
      "tools/results-validated": "Clients SHOULD: … Validate tool results before passing to LLM",
      "tools/timeouts": "Clients SHOULD: … Implement timeouts for tool calls",
      "tools/logged": outside(LOGS, "Clients SHOULD: … Log tool usage for audit purposes"),
    },
  ),
  ...on(
    { "server/tools": since("2025-03-26") },
    {
      "tools/annotations-untrusted":
        "clients MUST consider tool annotations to be untrusted unless they come from trusted servers.",
    },
  ),
  ...on(
    { "server/tools": since("2025-06-18") },
    {
      "tools/output-validated": "Clients SHOULD validate structured results against this schema.",
    },
  ),
  ...on(
    { "server/tools": since("2025-11-25") },
    {
      "tools/names-case-sensitive": "Tool names SHOULD be considered case-sensitive.",
      "tools/errors-to-model":
        "Clients SHOULD provide tool execution errors to language models to enable self-correction.",
    },
  ),
  ...on(
    { "server/tools": stateless },
    {
      "tools/disambiguation": outside(
        "binds the application: one client is one server",
        "Clients or proxies that aggregate tools from multiple servers MAY encounter naming collisions … and SHOULD implement a disambiguation strategy such as prefixing tool names with a server identifier.",
      ),
      "tools/server-name-not-unique": outside(
        "binds the application: one client is one server",
        "The server `name` (from `serverInfo`) is not guaranteed to be unique across servers and SHOULD NOT be relied upon for disambiguation.",
      ),
      "tools/refs":
        "Clients SHOULD: … Follow the `$ref` resolution requirements when validating tool inputs and outputs against `inputSchema` and `outputSchema`",
    },
  ),
  ...on(
    { "server/prompts": all },
    {
      "prompts/paginated": "Clients SHOULD handle pagination for large prompt lists",
      "prompts/capabilities": "Both parties SHOULD respect capability negotiation",
      "prompts/validated":
        "Implementations MUST carefully validate all prompt inputs and outputs to prevent injection attacks or unauthorized access to resources.",
    },
  ),
  ...on(
    { "server/resources": stateless },
    {
      "resources/not-found":
        "clients SHOULD also accept `-32002` as a resource not found error, as earlier protocol versions used this code.",
    },
  ),
  ...on(
    { "server/resources": all },
    {
      "resources/binary": outside(SERVER, "Binary data MUST be properly encoded"),
    },
  ),
  ...on(
    { "server/utilities/completion": all },
    {
      "completion/debounced": outside(
        "binds the application: it knows what is typed; each `complete` takes a signal",
        "Clients SHOULD: … Debounce rapid completion requests",
      ),
      "completion/cached": outside(
        "binds the application: it knows how long a suggestion is good",
        "Clients SHOULD: … Cache completion results where appropriate",
      ),
      "completion/partial": "Clients SHOULD: … Handle missing or partial results gracefully",
      "completion/implementations": outside(
        SERVER,
        "Implementations MUST: … Validate all completion inputs … Implement appropriate rate limiting … Control access to sensitive suggestions … Prevent completion-based information disclosure",
      ),
    },
  ),
  ...on(
    { "server/utilities/logging": all },
    {
      "logging/implementations": outside(
        "binds who writes logs and who keeps them; the library hands entries on",
        "Implementations SHOULD: … Rate limit messages … Validate all data fields … Control log access … Monitor for sensitive content",
      ),
    },
  ),
  ...on(
    { "server/utilities/logging": stateless },
    {
      "logging/not-new": outside(
        "a feature of the revision as long as that has it; nothing is sent without a level",
        "New implementations SHOULD NOT adopt it",
      ),
    },
  ),
];
