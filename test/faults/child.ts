import { writeSync } from "node:fs";
import { inspect } from "node:util";
import {
  type Client,
  type ConnectOptions,
  connect,
  createClient,
  httpSse,
  streamableHttp,
} from "mcp-rivulet";
import { Hostile } from "./server.ts";
import type { Bench, Case, Outcome, Revision } from "./types.ts";

const DEADLINE_MS = Number(process.env.FAULTS_DEADLINE) || 10_000;
const EXIT_MS = 2_000;

/**
 * Runs cases one after the other in this process, and writes what came of each to stdout as a line of JSON.
 * After the last the process has to end by itself.
 */
export async function main(cases: readonly Case[]): Promise<void> {
  const rejections: string[] = [];
  process.on("unhandledRejection", (reason) => rejections.push(inspect(reason)));
  process.on("uncaughtException", (error) => rejections.push(`uncaught: ${inspect(error)}`));
  for (const index of process.argv.slice(2).map(Number)) {
    const outcome = await one(cases[index] as Case);
    // Rejections count as unhandled only after the turn they happened in.
    await new Promise((done) => setImmediate(done));
    writeSync(1, `${JSON.stringify({ index, ...outcome, rejections: rejections.splice(0) })}\n`);
  }
  setTimeout(() => {
    writeSync(2, `kept alive by ${process.getActiveResourcesInfo()}`);
    process.exit(3);
  }, EXIT_MS).unref();
}

async function one(found: Case): Promise<Outcome> {
  const clean = Object.getOwnPropertyNames(Object.prototype);
  const active = process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");
  const server = new Hostile(found.revision, found.server);
  await server.start();
  const clients: Client[] = [];
  const errors: unknown[] = [];
  const bench = benchOf(server, found.revision, clients, errors);
  const { setTimeout: timer } = globalThis;
  const spied = (action: () => void, ms: number) => {
    server.events.at(`wait ${ms}`).resolve();
    return timer(action, ms);
  };
  globalThis.setTimeout = Object.assign(spied, timer) as typeof setTimeout;

  global.gc?.();
  const start = process.memoryUsage().rss;
  let peak = start;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20).unref();

  const outcome = await new Promise<{ value?: unknown; error?: unknown; hung?: boolean }>((done) => {
    const deadline = setTimeout(() => done({ hung: true }), found.deadline ?? DEADLINE_MS);
    Promise.resolve(bench)
      .then(found.client)
      .then(
        (value) => done({ value }),
        (error) => done({ error }),
      )
      .finally(() => clearTimeout(deadline));
  });
  peak = Math.max(peak, process.memoryUsage().rss);
  clearInterval(sampler);

  let close: string | undefined;
  const closing = performance.now();
  await Promise.all(clients.map((client) => client.close())).catch((error) => {
    close = `close() rejected: ${inspect(error)}`;
  });
  const took = performance.now() - closing;
  if (took > 1000) close = `close() took ${Math.round(took)} ms`;
  const alive = await quiet(active);
  server.stop();
  globalThis.setTimeout = timer;

  const { error } = outcome;
  return {
    value: outcome.value,
    hung: outcome.hung,
    error: error === undefined ? undefined : plain(error),
    texts: [error, ...errors].map(allOf).join("\n"),
    errors: errors.map((one) => String((one as { code?: unknown })?.code ?? one)),
    requests: server.requests,
    evil: server.evilRequests,
    rejections: [],
    close,
    alive,
    grown: (peak - start) / 1e6,
    polluted: Object.getOwnPropertyNames(Object.prototype).filter((name) => !clean.includes(name)),
  };
}

/** Waits until nothing keeps the process but what did before; says what still does when that takes too long. */
async function quiet(before: readonly string[]): Promise<string[] | undefined> {
  for (const start = performance.now(); ; ) {
    await new Promise((done) => setTimeout(done, 10));
    // Pipes are this process's own output.
    const left = process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");
    for (const known of before) if (left.includes(known)) left.splice(left.indexOf(known), 1);
    if (left.length === 0) return undefined;
    if (performance.now() - start > EXIT_MS) return left;
  }
}

function benchOf(server: Hostile, revision: Revision, clients: Client[], errors: unknown[]): Bench {
  const shared = revision === "2024-11-05";
  const url = `${server.origin}/${shared ? "sse" : "mcp"}?key=SECRET-QUERY`;
  let answers = 0;
  const counted: (() => void)[] = [];
  const counting: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    answers++;
    for (const look of counted) look();
    return response;
  };
  const listen = (client: Client) => {
    clients.push(client);
    client.on("error", (error) => errors.push(error));
    return client;
  };
  const bench: Bench = {
    url,
    evil: server.evil,
    requests: server.requests,
    errors,
    options: (extra) => ({
      ...(revision === "auto"
        ? {}
        : { protocolVersion: revision, transport: shared ? "http-sse" : "streamable-http" }),
      auth: "SECRET-TOKEN",
      headers: { "x-api-key": "SECRET-KEY" },
      fetch: counting as ConnectOptions["fetch"],
      logger: { warn: (message) => errors.push(new Error(`log: ${message}`)) && void errors.pop() },
      ...extra,
    }),
    async connect(extra) {
      return listen(await connect(url, bench.options(extra)));
    },
    create(extra) {
      const options = bench.options(extra);
      const transport = extra?.transport ?? (shared ? httpSse : streamableHttp)(url, options);
      return listen(createClient({ ...options, transport } as Parameters<typeof createClient>[0]));
    },
    async seen(key, count = 1) {
      await server.events.at(`seen ${key} ${count}`).promise;
      return server.requests.filter((request) => request.key === key)[count - 1] as Bench["requests"][0];
    },
    freed: (key, count = 1) => server.events.at(`freed ${key} ${count}`).promise,
    mark: (name) => server.marks.at(name).promise,
    go: (name) => server.gates.at(name).resolve(),
    waits: (ms) => server.events.at(`wait ${ms}`).promise,
    answered: (count) =>
      new Promise((done) => {
        const look = () => answers >= count && done();
        counted.push(look);
        look();
      }),
  };
  return bench;
}

function plain(error: unknown): { [field: string]: unknown } {
  if (typeof error !== "object" || error === null) return { thrown: String(error) };
  const { name, message, cause } = error as Error;
  return { ...error, name, message, hasCause: cause !== undefined };
}

/** Whatever a program could print of an error: message, stack, JSON, fields, and so on down its causes. */
function allOf(error: unknown): string {
  if (error === undefined) return "";
  let json = "";
  try {
    json = JSON.stringify(error) ?? "";
  } catch {
    // Not every cause has a JSON form.
  }
  const { cause } = (error ?? {}) as { cause?: unknown };
  return [inspect(error, { depth: 6 }), String(error), json, cause === error ? "" : allOf(cause)].join("\n");
}
