// React Native's `fetch`: it resolves when it has all of an answer, whose `body` nobody sees, and the signals of
// its `AbortController` have no `reason`.
import "./less.mjs";
import { argv } from "node:process";
import { same } from "./body.mjs";
import { modules } from "./modules.mjs";

/** @typedef {{ signal?: EventTarget & { aborted: boolean }, [name: string]: unknown }} Init */

const { AbortController: PlatformController, fetch: platformFetch } = globalThis;
const { connect, httpSse, listen } = /** @type {any} */ (modules)["mcp-rivulet"];
const { servers, gate } = JSON.parse(argv[2] ?? "");

class Controller {
  signal = Object.assign(new EventTarget(), { aborted: false });
  abort() {
    this.signal.aborted = true;
    this.signal.dispatchEvent(new Event("abort"));
  }
}

/** A `fetch` that streams, like Expo's. @param {string} url @param {Init} init */
function streaming(url, { signal, ...init }) {
  const own = new PlatformController();
  if (signal?.aborted) own.abort();
  signal?.addEventListener("abort", () => own.abort());
  return platformFetch(url, { ...init, signal: own.signal });
}

/** A response without a body to read. */
class Unseen {
  type = "default";
  /** @param {Response} response */
  constructor({ status, ok, headers, url }, text = async () => "") {
    Object.assign(this, { status, ok, headers, url, text });
  }
}

/** One that resolves when the head is there. @param {string} url @param {Init} init */
async function early(url, init) {
  const response = await streaming(url, init);
  return new Unseen(response, () => response.text());
}

/** One that resolves when all of it is there. @param {string} url @param {Init} init */
async function late(url, init) {
  const response = await streaming(url, init);
  const text = await response.text();
  return new Unseen(response, async () => text);
}

Object.assign(globalThis, { fetch: late, Response: Unseen, AbortController: Controller });
Reflect.deleteProperty(globalThis, "TextDecoder");

/** @param {PromiseLike<unknown>} promise */
const failure = (promise) =>
  Promise.resolve(promise).then(
    () => undefined,
    (error) => error,
  );

/** @param {any} error @param {string} what */
function wantsStreams(error, what) {
  same(`${what} fails with the code`, error?.code, "capability_missing");
  same(`${what} says what to pass`, /`fetch`.*expo\/fetch/.test(error.message), true);
}

for (const fetch of [undefined, early]) {
  for (const { url, protocolVersion } of servers) {
    if (protocolVersion === "2024-11-05") {
      wantsStreams(await failure(connect(url, { fetch, transport: httpSse(url, { fetch }) })), "HTTP+SSE");
      wantsStreams(await failure(connect(url, { fetch })), "finding HTTP+SSE");
      continue;
    }
    const client = await connect(url, { fetch, protocolVersion, limits: { messageBytes: 10_000 } });
    const told = new Promise((resolve) => client.on("error", resolve));
    same("the whole", (await client.callTool("echo", { message: "Grüße, 世界" })).text, "Grüße, 世界");
    const types = [];
    const parts = client.callTool("generate_numbers", { count: 2, delayMs: 0 });
    for await (const event of parts) types.push(event.type);
    same("the parts, though late", types, ["progress", "progress", "text", "result"]);
    const refused = await failure(client.request("no/such/method"));
    same("what is refused", refused.rpcCode, -32601);
    const large = await failure(client.callTool("echo", { message: "x".repeat(10_001) }));
    same("what is too large", large.code, "limit_exceeded");
    const controller = new Controller();
    const aborted = failure(client.callTool("slow", { ms: 60_000 }, { signal: controller.signal }));
    controller.abort();
    same("what is aborted without a reason", (await aborted)?.name, "AbortError");
    if (protocolVersion === "2026-07-28") {
      wantsStreams(await failure(listen(client, { toolsListChanged: true }).ready), "listening");
    } else {
      client.on("toolsChanged", () => {});
      wantsStreams(await told, "the stream beside the calls");
    }
    await client.close();
  }
}

// With a `fetch` that streams, all is as ever.
globalThis.TextDecoder = /** @type {any} */ (await import("node:util")).TextDecoder;
for (const { url, protocolVersion } of servers) {
  const client = await connect(url, { fetch: streaming, protocolVersion });
  const deltas = [];
  for await (const event of client.callTool("chat", { prompt: "Hi" })) {
    if (event.type === "text" && deltas.push(event.delta) === 1) await platformFetch(`${gate}/go`);
  }
  same("the parts, as they come", deltas, ["first ", "second"]);
  await client.close();
}
console.log("done");
