import type { JsonObject } from "mcp-rivulet";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll } from "vitest";

export const ORIGIN = "https://mcp.example.com";
export const URL_ = `${ORIGIN}/mcp`;

export type Legacy = "2025-03-26" | "2025-06-18" | "2025-11-25";
export type Version = Legacy | "2026-07-28";
export const legacyVersions: readonly Legacy[] = ["2025-03-26", "2025-06-18", "2025-11-25"];
export const versions: readonly Version[] = [...legacyVersions, "2026-07-28"];

/** One HTTP request, as a server sees it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  /** The JSON-RPC message, if there is a body. */
  readonly message: { readonly id?: number; readonly method?: string; readonly params?: JsonObject };
  readonly body: string;
  readonly request: Request;
}

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterAll(() => server.close());

const owned: { close(): Promise<unknown> }[] = [];
const waiting = new Set<(seen: Seen) => void>();

/** Resolves with the next request of this method; nobody waits for the answer to a DELETE. */
export function arrival(method: string): Promise<Seen> {
  return new Promise((resolve) => {
    const look = (seen: Seen) => {
      if (seen.method !== method) return;
      waiting.delete(look);
      resolve(seen);
    };
    waiting.add(look);
  });
}

afterEach(async () => {
  for (const one of owned.splice(0)) await one.close();
  waiting.clear();
  server.resetHandlers();
});

/** Closes it after the test, whatever became of the test. */
export function own<T extends { close(): Promise<unknown> }>(one: T): T {
  owned.push(one);
  return one;
}

/** Answers every request by `answer`, and records it. */
export function serve(answer: (seen: Seen) => Response | undefined | Promise<Response | undefined>): Seen[] {
  const all: Seen[] = [];
  server.use(
    http.all("*", async ({ request }) => {
      const body = await request.clone().text();
      const seen: Seen = {
        method: request.method,
        url: request.url,
        headers: Object.fromEntries(request.headers),
        message: body ? JSON.parse(body) : {},
        body,
        request,
      };
      all.push(seen);
      for (const look of waiting) look(seen);
      return (await answer(seen)) ?? new HttpResponse(null, { status: 500 });
    }),
  );
  return all;
}

export const capabilities: JsonObject = { tools: {} };
export const serverInfo = { name: "msw", version: "1.0.0" };

export function json(body: unknown, init?: ResponseInit): Response {
  return HttpResponse.json(body as never, init);
}

export function reply({ message }: Seen, result: JsonObject, init?: ResponseInit): Response {
  return json({ jsonrpc: "2.0", id: message.id, result }, init);
}

export function refuse({ message }: Seen, status: number, code: number, data?: unknown): Response {
  return json({ jsonrpc: "2.0", id: message.id, error: { code, message: "no", data } }, { status });
}

export function sse(...chunks: readonly string[]): Response {
  return new HttpResponse(chunks.join(""), { headers: { "content-type": "text/event-stream" } });
}

export const event = (message: unknown): string => `data: ${JSON.stringify(message)}\n\n`;

export const text = (text: string): JsonObject => ({ content: [{ type: "text", text }] });

/** A server of one revision; what is not about connecting goes to `answer`. */
export function mcp(
  version: Version,
  answer: (seen: Seen) => Response | undefined | Promise<Response | undefined> = () => undefined,
  session: string | undefined = version === "2026-07-28" ? undefined : "session-1",
): Seen[] {
  return serve((seen) => {
    const { method, message } = seen;
    if (method === "DELETE") return new HttpResponse(null, { status: 200 });
    if (method === "GET") return answer(seen) ?? new HttpResponse(null, { status: 405 });
    if (version === "2026-07-28") {
      if (message.method !== "server/discover") return answer(seen);
      return reply(seen, { resultType: "complete", supportedVersions: [version], capabilities, serverInfo });
    }
    if (message.method === "server/discover") return refuse(seen, 400, -32000);
    if (message.method === "initialize") {
      const headers: HeadersInit = session ? { "mcp-session-id": session } : {};
      return reply(seen, { protocolVersion: version, capabilities, serverInfo }, { headers });
    }
    if (message.id === undefined) return new HttpResponse(null, { status: 202 });
    return answer(seen);
  });
}
