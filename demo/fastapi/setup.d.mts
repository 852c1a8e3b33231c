export type Environment = "fastapi-mcp" | "fastmcp";

export const environments: readonly Environment[];

/** The interpreter to run the server with, or one line on why there is none. */
export function setup(
  name: Environment,
): Promise<{ python: string; reason?: undefined } | { python?: undefined; reason: string }>;
