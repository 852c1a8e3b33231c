import type { Store } from "../core/ports.ts";

/** "separate registration state (client credentials, tokens) per authorization server" */
export function storeKey(...parts: readonly string[]): string {
  return `mcp-rivulet ${JSON.stringify(parts)}`;
}

/** Keeps tokens in memory, until the page or the process ends. The default. */
export function memoryStore(): Store {
  const values = new Map<string, unknown>();
  return {
    keys: true,
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
  };
}
