// The script of the application's page: what a test evaluates there. The package is whatever the page loaded.
import type * as Package from "mcp-rivulet";

type Client = Package.Client;
type ToolCall = Package.ToolCall;

/** How a promise ended, in a form that survives the way to the test. */
export interface Outcome {
  readonly text?: string;
  /** What is thrown and no error. */
  readonly thrown?: string;
  readonly code?: string;
  readonly message?: string;
  readonly retryable?: boolean;
  readonly status?: number;
  readonly url?: string;
  readonly retryAfterMs?: number;
  readonly cause?: string;
}

function settle(promise: PromiseLike<{ readonly text?: string }>): Promise<Outcome> {
  return Promise.resolve(promise).then(
    ({ text }) => ({ text }),
    (error: Package.McpError) => {
      if (!(error instanceof Error)) return { thrown: String(error) };
      const { code, message, retryable, status, url, retryAfterMs, cause } = error;
      return { code, message, retryable, status, url, retryAfterMs, cause: String(cause) };
    },
  );
}

let client: Client;
let call: ToolCall;
let events: AsyncIterator<Package.ToolEvent>;
let subscription: Package.Subscription;
let stop: AbortController;
const statuses: string[] = [];
const changes: string[] = [];

const api = {
  /** Connects, and says what was found. */
  async connect({ url, ...options }: Package.ConnectOptions & { url: string }) {
    client = await window.rivulet.connect(url, options);
    client.on("status", (status) => statuses.push(status));
    const { protocolVersion, transport } = client.server as Package.ServerInfo;
    return { protocolVersion, transport };
  },
  /** How connecting fails. */
  async failToConnect({ url, ...options }: Package.ConnectOptions & { url: string }): Promise<Outcome> {
    return settle(window.rivulet.connect(url, options).then(() => ({ text: "connected" })));
  },
  statuses: () => statuses,
  /** Starts a call, with a signal of its own. */
  start(tool: string) {
    stop = new AbortController();
    call = client.callTool(tool, {}, { signal: stop.signal });
    events = call[Symbol.asyncIterator]();
  },
  /** The next event of the call. */
  async next(): Promise<object> {
    const { done, value } = await events.next();
    if (done) return { type: "done" };
    const { raw: _, ...event } = value;
    return event.type === "result" ? { type: "result", text: event.result.text } : event;
  },
  outcome: () => settle(call),
  cancel: () => call.cancel("enough"),
  /** Whether what the call is rejected with is the very reason of its signal. */
  async abort() {
    const reason = new Error("left");
    stop.abort(reason);
    return call.then(
      () => false,
      (error) => error === reason,
    );
  },
  echo: (message: string) => settle(client.callTool("echo", { message })),
  async listen() {
    subscription = window.rivulet.listen(client, { toolsListChanged: true });
    (async () => {
      for await (const { type } of subscription) changes.push(type);
      changes.push("ended");
    })();
    return subscription.ready;
  },
  endListening: () => subscription.close(),
  changes: () => changes,
  close: () => client.close(),
};

declare global {
  interface Window {
    rivulet: typeof Package;
    inPage: typeof api;
  }
  /** In the page, when a test evaluates a function there. */
  const inPage: typeof api;
}

window.inPage = api;
