export { connect } from "./client/connect.ts";
export { createClient } from "./client/create-client.ts";
export { isMcpError, McpError } from "./core/errors.ts";
export { corsHeaders } from "./core/wire/headers.ts";
export { schemas } from "./core/wire/schemas.ts";
export { auto } from "./transports/auto.ts";
export { httpSse } from "./transports/http-sse.ts";
export { memory } from "./transports/memory.ts";
export { streamableHttp } from "./transports/streamable-http.ts";
