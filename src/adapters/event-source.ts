import { McpError } from "../core/errors.ts";
import { onAbort } from "../core/flow/abort.ts";
import { type Fetch, failure } from "./fetch.ts";

/** The part of the platform's `EventSource` that is used. */
export type EventSourceLike = new (
  url: string,
  options: { readonly withCredentials: boolean },
) => {
  addEventListener(type: string, listener: (event: { type: string; data: string }) => void): void;
  close(): void;
};

/**
 * A `fetch` that opens event streams with `EventSource`, where that can say all that has to be said: it sends no
 * headers. Those of the protocol (a session, a revision, where to go on) make it an ordinary request. With the
 * caller's own it is refused, so that nobody believes credentials sent that were not.
 */
export function withEventSource(Source: EventSourceLike, fetch: Fetch): Fetch {
  return (url, init) => {
    const { method, headers, credentials, signal } = init;
    const names = Object.keys(headers as object).filter((name) => name !== "accept");
    if (method !== "GET" || /mcp-|last-/.test(names.join())) return fetch(url, init);
    return new Promise((resolve, reject) => {
      if (names.length > 0) {
        throw new McpError(
          "capability_missing",
          `EventSource cannot send ${names}. Leave it out to use fetch.`,
        );
      }
      const source = new Source(url, { withCredentials: credentials === "include" });
      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array>({
        start(out) {
          const pass = ({ type, data }: { type: string; data: string }) =>
            out.enqueue(encoder.encode(`event:${type}\ndata:${data.replaceAll("\n", "\ndata:")}\n\n`));
          const end = (reason: unknown) => {
            source.close();
            out.error(reason);
            reject(reason);
          };
          source.addEventListener("message", pass);
          source.addEventListener("endpoint", pass);
          source.addEventListener("open", () =>
            resolve(new Response(body, { headers: { "content-type": "text/event-stream" } })),
          );
          // By itself it would come back; but then the session is another.
          source.addEventListener("error", () =>
            end(failure("http_error", url, "is no event stream, or no more.")),
          );
          onAbort(signal ?? undefined, end);
        },
        cancel: () => source.close(),
      });
    });
  };
}
