import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { type Client, connect, isMcpError, type ToolCall } from "mcp-rivulet";
import {
  BIG,
  type CallArguments,
  type Measure,
  type Order,
  type Outcome,
  type Report,
  seeded,
} from "./work.ts";

/**
 * The process under test: clients that call, stream, break off and abort for as long as they are told to.
 * What becomes of each call is reported; what must never be is a violation.
 */
const CLIENTS = 6;
const CALLS_AT_ONCE = 5;
/** No call that is not meant to run into its limit may: what happened to it is known long before. */
const TIMEOUT_MS = 20_000;
const SETTLE_MS = 30_000;

const random = seeded(Number(process.argv[2]));
const below = (most: number): number => Math.floor(random() * most);
const report = (what: Report): void => void process.send?.(what);
const violation = (what: string): void => report({ type: "violation", what });

process.on("unhandledRejection", (reason) => violation(`unhandled rejection: ${inspect(reason)}`));
process.on("uncaughtException", (error) => violation(`uncaught: ${inspect(error)}`));

/** Given to every call, so that what stays behind on it is seen. It never aborts. */
const { signal: shared } = new AbortController();
const held: WeakRef<object>[] = [];
let working = false;
let ids = 0;
let connects = 0;
let events = 0;
let outcomes: Outcome[] = [];
/** Calls that have not settled, by id. */
const pending = new Map<string, string>();
let slots: Slot[] = [];

function settle(id: string, kind: string, came: string, most = 1): void {
  if (!pending.delete(id)) violation(`${kind} ${id} settled twice (${came})`);
  outcomes.push({ id, kind, came, most });
  if (outcomes.length >= 200) flush();
}

function flush(): void {
  report({ type: "outcomes", outcomes });
  outcomes = [];
}

/** One place for a client: it is connected, used, closed in the middle of things, and replaced. */
class Slot {
  #client: Client | undefined;
  readonly #closing = new WeakSet<Client>();
  readonly #url: string;
  readonly #revision: string | undefined;
  readonly #done: Promise<unknown>;

  constructor(url: string, revision: string | undefined) {
    this.#url = url;
    this.#revision = revision;
    this.#done = Promise.all([...Array.from({ length: CALLS_AT_ONCE }, () => this.#call()), this.#replace()]);
  }

  /** What this client says of itself, for a call that did not end as it should. */
  get client(): Client | undefined {
    return this.#client;
  }

  async #open(): Promise<Client> {
    for (;;) {
      const id = `c${++ids}`;
      pending.set(id, "connect");
      connects++;
      try {
        const client = await connect(this.#url, {
          protocolVersion: this.#revision,
          timeout: TIMEOUT_MS,
          reconnect: { attempts: 200, delay: 50, maxDelay: 200 },
          onElicit: ({ message }) => ({ action: "accept", content: { name: `for ${message}` } }),
        });
        settle(id, "connect", "ok", 0);
        held.push(new WeakRef(client));
        return client;
      } catch (error) {
        settle(id, "connect", named("connect", id, error, false), 0);
        await sleep(50);
      }
    }
  }

  /** Closes the client now and then, whatever it does. */
  async #replace(): Promise<void> {
    this.#client = await this.#open();
    while (working) {
      await sleep(500 + below(2_000));
      if (working && this.#client) {
        const old = this.#client;
        this.#closing.add(old);
        this.#client = undefined;
        await Promise.all([old.close(), old.close()]);
        this.#client = await this.#open();
      }
    }
  }

  async #call(): Promise<void> {
    while (working) {
      const client = this.#client;
      if (!client) await sleep(5);
      else if (random() < 0.05) await this.#list(client);
      else await this.#one(client);
    }
  }

  async #list(client: Client): Promise<void> {
    const id = `l${++ids}`;
    pending.set(id, "list");
    try {
      const { length } = await client.listTools({ signal: shared });
      if (length !== 5) violation(`list: ${length} tools`);
      settle(id, "list", "ok", 0);
    } catch (error) {
      settle(id, "list", named("list", id, error, this.#closing.has(client)), 0);
    }
  }

  async #one(client: Client): Promise<void> {
    const kind = KINDS[below(KINDS.length)] as Kind;
    const id = `${kind.name}-${++ids}`;
    const args: CallArguments = { id, ms: below(60), count: 1 + below(20) };
    const most = 1 + (kind.retry ?? 0);
    const own = new Error(`own reason of ${id}`);
    pending.set(id, kind.name);
    const controller = kind.aborts ? new AbortController() : undefined;
    const call = client.callTool(
      kind.tool,
      { ...args, ms: kind.limit ? 2_000 : args.ms },
      {
        signal: controller?.signal ?? shared,
        timeout: kind.limit,
        retry: kind.retry,
      },
    );
    held.push(new WeakRef(call));
    const abort = controller && setTimeout(() => controller.abort(own), below(60));
    let told: unknown;
    try {
      const text = await kind.use(call, args);
      const wanted = kind.answer(args);
      if (text !== wanted) violation(`${id} was answered ${text.slice(-100)}, not ${wanted.slice(-100)}`);
      settle(id, kind.name, "ok", most);
    } catch (error) {
      told = error;
      if (error === own) settle(id, kind.name, "aborted", most);
      else if (error instanceof Left) settle(id, kind.name, "left", most);
      else if (kind.limit && isMcpError(error, "timeout")) settle(id, kind.name, "timeout", most);
      else settle(id, kind.name, named(kind.name, id, error, this.#closing.has(client)), most);
    }
    clearTimeout(abort);
    // Knocking without pause at a server that is gone would be most of what is counted.
    if (isMcpError(told)) await sleep(20 + below(80));
    // The whole and the parts tell the same.
    await call.result.then(
      () => {
        if (told && !(told instanceof Left)) violation(`${id} failed in part only: ${inspect(told)}`);
      },
      (error) => {
        if (told instanceof Left ? error?.name !== "AbortError" && !isMcpError(error) : told !== error)
          violation(`${id} came to ${inspect(told)} and ${inspect(error)}`);
      },
    );
  }

  /** Once everything has settled, the client works, and closing it rejects what is under way. */
  async settle(): Promise<void> {
    await this.#done;
    const client = this.#client as Client;
    this.#client = undefined;
    const id = `last-${++ids}`;
    pending.set(id, "last");
    const call = () => client.callTool("work", { id, ms: 0, count: 1 }).result;
    // A connection that was reset may still be among those the platform keeps for the next request. A request
    // that found one was not answered, and says so.
    const again = (error: unknown) =>
      isMcpError(error, "connect_failed") && inspect(error).includes("ECONNRESET")
        ? call()
        : Promise.reject(error);
    await call()
      .catch(again)
      .then(
        () => settle(id, "last", "ok"),
        (error) => {
          violation(`the call after all faults failed: ${inspect(error)}`);
          settle(id, "last", "failed");
        },
      );
    const late = `late-${++ids}`;
    pending.set(late, "late");
    const slow = client.callTool("work", { id: late, ms: 60_000, count: 1 }).result;
    await Promise.all([client.close(), client.close()]);
    await slow.then(
      () => violation(`${late} was answered after close()`),
      (error) => settle(late, "late", named("late", late, error, true)),
    );
  }
}

/** The code of a failure that may be; anything else is a violation. */
function named(kind: string, id: string, error: unknown, closing: boolean): string {
  const code = isMcpError(error) ? error.code : "none";
  const known = ["connection_lost", "connect_failed", "session_expired"];
  if (kind === "connect") known.push("negotiation_failed");
  if (closing) known.push("closed");
  if (!known.includes(code)) violation(`${kind} ${id} failed with ${inspect(error)}`);
  return code;
}

/** A loop that was left. */
class Left extends Error {}

interface Kind {
  readonly name: string;
  readonly tool: string;
  readonly retry?: number;
  /** Its timeout, which it runs into. */
  readonly limit?: number;
  readonly aborts?: boolean;
  /** What the program does with it, and the text it comes to. */
  use(call: ToolCall, args: CallArguments): PromiseLike<string>;
  answer(args: CallArguments): string;
}

const whole = (call: ToolCall): PromiseLike<string> => call.then(({ text }) => text);

/** Reads the parts: each is its own, none is missing, none comes twice. */
async function parts(call: ToolCall, { id, count }: CallArguments, leaveAt = Number.NaN): Promise<string> {
  let last = 0;
  let text = "";
  for await (const event of call) {
    events++;
    if (event.type === "progress") {
      if (event.message !== id || event.progress !== last + 1)
        violation(`${id} heard ${event.progress} of ${event.message} after ${last}`);
      last = event.progress;
      if (last === leaveAt) throw new Left();
    } else if (event.type === "result") text = event.result.text;
  }
  if (last !== count) violation(`${id} heard ${last} of ${count} parts before its result`);
  return text;
}

async function tokens(call: ToolCall): Promise<string> {
  let text = "";
  for await (const token of call.text()) {
    events++;
    text += token;
  }
  return text;
}

const KINDS: readonly Kind[] = [
  { name: "work", tool: "work", use: whole, answer: ({ id }) => `work ${id}` },
  { name: "big", tool: "big", use: whole, answer: ({ id }) => `${BIG}${id}` },
  { name: "stream", tool: "stream", use: parts, answer: ({ id }) => `stream ${id}` },
  {
    name: "left",
    tool: "stream",
    use: (call, args) => parts(call, args, 1 + Math.floor(args.count / 2)),
    answer: ({ id }) => `stream ${id}`,
  },
  {
    name: "chat",
    tool: "chat",
    use: tokens,
    answer: ({ id, count }) => Array.from({ length: count }, (_, n) => `${id}-${n + 1} `).join(""),
  },
  { name: "ask", tool: "ask", use: whole, answer: ({ id }) => `ask ${id} for ${id}` },
  { name: "aborted", tool: "work", aborts: true, use: whole, answer: ({ id }) => `work ${id}` },
  {
    name: "cutOff",
    tool: "stream",
    aborts: true,
    use: parts,
    answer: ({ id }) => `stream ${id}`,
  },
  { name: "timed", tool: "work", limit: 40, use: whole, answer: ({ id }) => `work ${id}` },
  { name: "retried", tool: "work", retry: 2, use: whole, answer: ({ id }) => `work ${id}` },
];

async function settleAll(): Promise<void> {
  const late = setTimeout(() => {
    for (const [id, kind] of pending) violation(`${kind} ${id} did not settle within ${SETTLE_MS} ms`);
    process.exit(1);
  }, SETTLE_MS);
  await Promise.all(slots.map((slot) => slot.settle()));
  clearTimeout(late);
  slots = [];
  flush();
  if (pending.size > 0) violation(`${pending.size} calls are pending`);
  report({ type: "settled", connects, events });
}

const keeping = () => process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");

async function measure(): Promise<Measure> {
  // Connections that are kept for later use are let go after some seconds, by both sides.
  for (let n = 0; n < 100 && keeping().length > 0; n++) await sleep(100);
  const resources = keeping();
  for (let n = 0; n < 5; n++) {
    await sleep(10);
    global.gc?.();
  }
  const left = held.splice(0).filter((ref) => ref.deref()).length;
  const { heapUsed, rss } = process.memoryUsage();
  return {
    heapMB: heapUsed / 1e6,
    rssMB: rss / 1e6,
    resources,
    listeners: getEventListeners(shared, "abort").length,
    held: left,
  };
}

process.on("message", async (order: Order) => {
  if (order.type === "work") {
    working = true;
    // Half of them are told the revision, the others find out.
    slots = Array.from(
      { length: CLIENTS },
      (_, n) => new Slot(order.url, n % 2 ? order.revision : undefined),
    );
    setTimeout(() => {
      working = false;
      report({ type: "done" });
    }, order.ms);
  } else if (order.type === "settle") await settleAll();
  else if (order.type === "measure") report({ type: "measured", ...(await measure()) });
  else process.disconnect();
});
