import {
  APPLICATION,
  all,
  between,
  handshake,
  on,
  outside,
  type Requirement,
  SERVER,
  since,
  stateless,
} from "./requirement.ts";

/** Roots, sampling and elicitation: what servers ask of a client, and of the person before it. */
export const clientFeatures: readonly Requirement[] = [
  ...on(
    { "client/roots": handshake },
    {
      "roots/declared":
        "Clients that support roots MUST declare the `roots` capability during initialization:",
      "roots/list-changed": outside(
        "the library does not declare `listChanged` of roots",
        "When roots change, clients that support `listChanged` MUST send a notification:",
      ),
      "roots/error-unsupported":
        "Clients SHOULD return standard JSON-RPC errors for common failure cases: … Client does not support roots: `-32601` (Method not found)",
      "roots/error-internal":
        "Clients SHOULD return standard JSON-RPC errors for common failure cases: … Internal errors: `-32603`",
    },
  ),
  ...on(
    { "client/roots": all },
    {
      "roots/file-uris": outside(
        "binds the application: it names its roots in `onRoots`",
        "This MUST be a `file://` URI in the current specification.",
      ),
      "roots/exposure": outside(
        "binds the application: it names its roots in `onRoots`",
        "Clients MUST: … Only expose roots with appropriate permissions … Validate all root URIs to prevent path traversal … Implement proper access controls … Monitor root accessibility",
      ),
      "roots/consent": outside(
        APPLICATION,
        "Clients SHOULD: … Prompt users for consent before exposing roots to servers … Provide clear user interfaces for root management",
      ),
    },
  ),
  ...on(
    { "client/roots": stateless },
    {
      "roots/declared-each-time":
        "Clients that support roots MUST declare the `roots` capability in `_meta.io.modelcontextprotocol/clientCapabilities` on each request:",
      "roots/not-new": outside(
        "a feature of the revision as long as that has it; it costs nothing without `onRoots`",
        "New implementations SHOULD NOT adopt it",
      ),
    },
  ),
  ...on(
    { "client/sampling": all },
    {
      "sampling/human": outside(
        APPLICATION,
        "there SHOULD always be a human in the loop with the ability to deny sampling requests.",
      ),
      "sampling/reviewed": outside(
        APPLICATION,
        "Applications SHOULD: … Provide UI that makes it easy and intuitive to review sampling requests … Allow users to view and edit prompts before sending … Present generated responses for review before delivery",
      ),
      "sampling/approval": outside(APPLICATION, "Clients SHOULD implement user approval controls"),
      "sampling/content-validated": outside(APPLICATION, "Both parties SHOULD validate message content"),
      "sampling/hints": outside(APPLICATION, "Clients SHOULD respect model preference hints"),
      "sampling/rate": outside(APPLICATION, "Clients SHOULD implement rate limiting"),
      "sampling/sensitive": outside(APPLICATION, "Both parties MUST handle sensitive data appropriately"),
    },
  ),
  ...on(
    { "client/sampling": handshake },
    {
      "sampling/declared":
        "Clients that support sampling MUST declare the `sampling` capability during initialization:",
      "sampling/errors": "Clients SHOULD return errors for common failure cases:",
    },
  ),
  ...on(
    { "client/sampling": stateless },
    {
      "sampling/declared-each-time":
        "Clients that support sampling MUST declare the `sampling` capability in `_meta.io.modelcontextprotocol/clientCapabilities` on each request:",
      "sampling/not-new": outside(
        "a feature of the revision as long as that has it; it costs nothing without `onSample`",
        "New implementations SHOULD NOT adopt it",
      ),
      "sampling/not-retained": outside(
        APPLICATION,
        "The list of messages in a sampling request SHOULD NOT be retained between separate requests.",
      ),
      "sampling/max-tokens": outside(APPLICATION, "The client MUST respect the `maxTokens` parameter."),
      "sampling/message-shape": outside(SERVER, "Sampling messages MUST contain a `role` field"),
    },
  ),
  ...on(
    { "client/sampling": ["2025-11-25"] },
    {
      "sampling/error-rejected":
        "Clients SHOULD return errors for common failure cases: … User rejected sampling request: `-1`",
      "sampling/error-result-missing": outside(
        "tool use is not declared",
        "Clients SHOULD return errors for common failure cases: … Tool result missing in request: `-32602` (Invalid params)",
      ),
      "sampling/error-results-mixed": outside(
        "tool use is not declared",
        "Clients SHOULD return errors for common failure cases: … Tool results mixed with other content: `-32602` (Invalid params)",
      ),
    },
  ),
  ...on(
    { "client/sampling": since("2025-11-25") },
    {
      "sampling/tools-declared":
        "Clients MUST declare support for tool use via the `sampling.tools` capability to receive tool-enabled sampling requests.",
      "sampling/tool-results-only": outside(SERVER, "it MUST contain ONLY tool results."),
      "sampling/tool-results-balanced": outside(
        SERVER,
        "every assistant message containing `ToolUseContent` blocks MUST be followed by a user message that consists entirely of `ToolResultContent` blocks",
      ),
      "sampling/tool-choice": outside(APPLICATION, "Model MUST use at least one tool before completing"),
      "sampling/tool-choice-none": outside(APPLICATION, "Model MUST NOT use any tools"),
      "sampling/tool-loops": outside(
        APPLICATION,
        "Both parties SHOULD implement iteration limits for tool loops",
      ),
    },
  ),
  ...on(
    { "client/elicitation": between("2025-06-18", "2025-11-25") },
    {
      "elicitation/declared":
        "Clients that support elicitation MUST declare the `elicitation` capability during initialization:",
    },
  ),
  ...on(
    { "client/elicitation": ["2025-06-18"] },
    {
      "elicitation/review": outside(
        APPLICATION,
        "Applications SHOULD: … Provide UI that makes it clear which server is requesting information … Allow users to review and modify their responses before sending … Respect user privacy and provide clear decline and cancel options",
      ),
      "elicitation/which-server": outside(
        APPLICATION,
        "Clients SHOULD provide clear indication of which server is requesting information",
      ),
      "elicitation/validated": outside(
        APPLICATION,
        "Both parties SHOULD validate elicitation content against the provided schema",
      ),
    },
  ),
  ...on(
    { "client/elicitation": between("2025-06-18", "2025-11-25") },
    {
      "elicitation/rate": outside(APPLICATION, "Clients SHOULD implement rate limiting"),
    },
  ),
  ...on(
    { "client/elicitation": since("2025-06-18") },
    {
      "elicitation/approval": outside(APPLICATION, "Clients SHOULD implement user approval controls"),
      "elicitation/decline": "Clients SHOULD allow users to decline elicitation requests at any time",
      "elicitation/clear": outside(
        APPLICATION,
        "Clients SHOULD present elicitation requests in a way that makes it clear what information is being requested and why",
      ),
    },
  ),
  ...on(
    { "client/elicitation": since("2025-11-25") },
    {
      "elicitation/server-shown": outside(
        APPLICATION,
        "MCP clients MUST: … Provide UI that makes it clear which server is requesting information",
      ),
      "elicitation/privacy": outside(
        APPLICATION,
        "MCP clients MUST: … Respect user privacy and provide clear decline and cancel options",
      ),
      "elicitation/modify": outside(
        APPLICATION,
        "MCP clients MUST: … For form mode, allow users to review and modify their responses before sending",
      ),
      "elicitation/host-shown": outside(
        APPLICATION,
        "MCP clients MUST: … For URL mode, clearly display the target domain/host and gather user consent before navigation to the target URL",
      ),
      "elicitation/a-mode":
        "Clients declaring the `elicitation` capability MUST support at least one mode (`form` or `url`).",
      "elicitation/form-without-mode": "Clients MUST treat requests without a `mode` field as form mode.",
      "elicitation/defaults":
        "Clients that support defaults SHOULD pre-populate form fields with these values.",
      "elicitation/indication": outside(
        APPLICATION,
        "Clients MUST provide clear indication of which server is requesting information",
      ),
      "elicitation/urls-with-care": outside(
        APPLICATION,
        "Clients implementing URL mode elicitation MUST handle URLs carefully to prevent users from unknowingly clicking malicious links.",
      ),
      "elicitation/no-prefetch":
        "When handling URL mode elicitation requests, MCP clients: … MUST NOT automatically pre-fetch the URL or any of its metadata.",
      "elicitation/no-opening": "MUST NOT open the URL without explicit consent from the user.",
      "elicitation/url-shown": outside(
        APPLICATION,
        "MUST show the full URL to the user for examination before consent.",
      ),
      "elicitation/opened-safely": outside(
        APPLICATION,
        "MUST open the URL provided by the server in a secure manner that does not enable the client or LLM to inspect the content or user inputs.",
      ),
      "elicitation/domain-highlighted": outside(
        APPLICATION,
        "SHOULD highlight the domain of the URL to mitigate subdomain spoofing.",
      ),
      "elicitation/suspicious-urls": outside(
        APPLICATION,
        "SHOULD have warnings for ambiguous/suspicious URIs (i.e., containing Punycode).",
      ),
      "elicitation/other-urls-not-clickable": outside(
        APPLICATION,
        "SHOULD NOT render URLs as clickable in any field of an elicitation request",
      ),
      "elicitation/answers-validated": outside(
        APPLICATION,
        "Clients SHOULD validate all responses against the provided schema",
      ),
    },
  ),
  ...on(
    { "client/elicitation": ["2025-11-25"] },
    {
      "elicitation/unknown-completion":
        "MUST ignore notifications referencing unknown or already-completed IDs.",
      "elicitation/manual-controls": outside(
        APPLICATION,
        "SHOULD still provide manual controls that let the user retry or cancel the original request",
      ),
      "elicitation/error-mode":
        "Clients MUST return standard JSON-RPC errors for common failure cases: … Server sends an `elicitation/create` request with a mode not declared in client capabilities: `-32602` (Invalid params)",
    },
  ),
  ...on(
    { "client/elicitation": stateless },
    {
      "elicitation/declared-each-time":
        "Clients that support elicitation MUST declare the `elicitation` capability in `_meta.io.modelcontextprotocol/clientCapabilities` on each request:",
      "elicitation/controls": outside(
        APPLICATION,
        "Clients SHOULD provide manual controls that let the user retry or cancel the original request",
      ),
    },
  ),
];
