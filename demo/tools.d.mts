import type { McpServer } from "@modelcontextprotocol/server";

/** An OpenAI-compatible endpoint for `chat`; without `baseUrl` the built-in responder answers. */
export interface ChatOptions {
  baseUrl?: string;
  apiKey?: string;
  model?: string;
}

/** The demo's tools, prompts and resources as one MCP server, to be connected to one transport. */
export function createDemoServer(options?: { protocolVersions?: string[]; chat?: ChatOptions }): McpServer;
