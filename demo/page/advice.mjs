const nothingThere = "Nothing there speaks MCP. The address of an endpoint often ends in /mcp or /sse.";

/** What the person at the page can do, by the code of an error. */
const advice = {
  connection_lost: "Try again once the server can be reached.",
  negotiation_failed: nothingThere,
  content_type: nothingThere,
  unauthorized: "Choose “Another server…” and give a token that this server takes.",
  forbidden: "The token is not good for this. Try another.",
  rate_limited: "Wait a moment and try again.",
  timeout: "Try again, or see whether the server is busy.",
  cors_blocked: "Whoever runs the server has to let this page in:",
  insecure_endpoint: "Use the address that the server has for itself.",
};

/** An error in words for whoever looks at the page: what to do, then what happened. */
export function explain(error) {
  const message = error instanceof Error ? error.message : String(error);
  const help = advice[error?.code];
  return help ? `${help} ${message}` : message;
}
