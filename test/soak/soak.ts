import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { type Revision, revisions } from "../servers/gated.ts";
import { startProxy } from "./proxy.ts";
import { type Measure, type Order, type Report, seeded } from "./work.ts";

export interface SoakOptions {
  /** How long calls are made, in all. */
  readonly seconds: number;
  /** How often all revisions are gone through. What is left is measured after each. */
  readonly rounds: number;
  readonly seed: number;
  readonly root: string;
  readonly log?: (line: string) => void;
}

export interface Figures {
  readonly calls: number;
  /** By kind of call, and what became of it. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly executions: number;
  /** Calls that were answered to nobody: executed, and lost on the way. */
  readonly lost: number;
  readonly kills: number;
  readonly proxy: Readonly<Record<string, number>>;
  readonly connects: number;
  readonly events: number;
  readonly measures: readonly (Measure & { readonly sockets: number })[];
  readonly violations: readonly string[];
}

/**
 * Clients work against a server that is killed and restarted behind a proxy that resets, cuts and delays; every
 * call is accounted for on both sides.
 */
export async function soak(options: SoakOptions): Promise<Figures> {
  const { seconds, rounds, seed, log = () => {} } = options;
  const bundles = await bundle(options.root);
  const random = seeded(seed);
  const proxy = await startProxy(random);
  const violations: string[] = [];
  const accounts = new Accounts((what) => {
    violations.push(what);
    log(`violation: ${what}`);
  });
  const client = new ClientProcess(bundles.client, seed, accounts);
  let server: ServerProcess | undefined;
  let kills = 0;
  const measures: (Measure & { sockets: number })[] = [];
  const each = (seconds * 1000) / rounds / revisions.length;

  const start = async (revision: Revision) => {
    server = await startServer(bundles.server, revision, (id) => accounts.executed(id));
    proxy.target = server.port;
    return server;
  };

  try {
    for (let round = 0; round < rounds; round++) {
      for (const revision of revisions) {
        const { path } = await start(revision);
        proxy.wild = true;
        const done = client.order({
          type: "work",
          url: `http://127.0.0.1:${proxy.port}${path}`,
          revision,
          ms: each,
        });
        let over = false;
        void done.then(() => {
          over = true;
        });
        while (!over) {
          await Promise.race([done, pause(800 + random() * 2500)]);
          if (over) break;
          if (random() < 0.5) proxy.strike(random());
          else {
            kills++;
            await server?.kill();
            proxy.target = undefined;
            // A restart takes a while, and sometimes longer.
            if (random() < 0.3) await pause(random() * 800);
            await start(revision);
          }
        }
        await done;
        proxy.wild = false;
        await client.order({ type: "settle" });
        await server?.kill();
        proxy.target = undefined;
        accounts.check();
        log(`${revision}: ${accounts.calls} calls so far, ${kills} kills, ${violations.length} violations`);
      }
      const measured = await client.order({ type: "measure" });
      // Both sides let go of a connection that nobody uses after some seconds.
      for (let n = 0; n < 100 && proxy.open > 0; n++) await pause(100);
      const sockets = proxy.open;
      measures.push({ ...(measured as { type: "measured" } & Measure), sockets });
      log(`round ${round + 1}: ${JSON.stringify(measures.at(-1))}`);
    }
    client.end();
    const code = await client.exited;
    if (code !== 0) violations.push(`the client's process ended with ${code}`);
  } finally {
    await server?.kill();
    client.kill();
    await proxy.close();
    rmSync(bundles.outdir, { recursive: true, force: true });
  }
  return {
    calls: accounts.calls,
    outcomes: accounts.outcomes,
    executions: accounts.executions,
    lost: accounts.lost,
    kills,
    proxy: proxy.counts,
    connects: client.connects,
    events: client.events,
    measures,
    violations,
  };
}

/** What the server executed, against what the client was told. */
class Accounts {
  calls = 0;
  executions = 0;
  lost = 0;
  readonly outcomes: Record<string, Record<string, number>> = {};
  readonly violation: (what: string) => void;
  readonly #executed = new Map<string, number>();
  readonly #settled = new Map<string, { came: string; most: number }>();

  constructor(violation: (what: string) => void) {
    this.violation = violation;
  }

  executed(id: string): void {
    this.executions++;
    this.#executed.set(id, (this.#executed.get(id) ?? 0) + 1);
  }

  settled(report: Extract<Report, { type: "outcomes" }>): void {
    for (const { id, kind, came, most } of report.outcomes) {
      this.calls++;
      const counts = this.outcomes[kind] ?? {};
      counts[came] = (counts[came] ?? 0) + 1;
      this.outcomes[kind] = counts;
      if (this.#settled.has(id)) this.violation(`${id} settled twice`);
      this.#settled.set(id, { came, most });
    }
  }

  /** Everything has settled, and the server has ended: the books must agree. */
  check(): void {
    for (const [id, { came, most }] of this.#settled) {
      const times = this.#executed.get(id) ?? 0;
      if (times > most) this.violation(`${id} was executed ${times} times, not ${most}`);
      if (came === "ok" && most > 0 && times === 0) this.violation(`${id} was answered but never executed`);
      if (came === "connection_lost" && times > 0) this.lost++;
      this.#executed.delete(id);
    }
    for (const id of this.#executed.keys()) this.violation(`${id} was executed but never settled`);
    this.#executed.clear();
    this.#settled.clear();
  }
}

/** The process under test. */
class ClientProcess {
  connects = 0;
  events = 0;
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  #answered: ((report: Report) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  constructor(bundle: string, seed: number, accounts: Accounts) {
    this.#child = fork(bundle, [String(seed)], { execArgv: ["--expose-gc"], serialization: "advanced" });
    this.#child.on("message", (report: Report) => {
      if (report.type === "outcomes") accounts.settled(report);
      else if (report.type === "violation") accounts.violation(report.what);
      else {
        if (report.type === "settled") {
          this.connects = report.connects;
          this.events = report.events;
        }
        this.#answered?.(report);
      }
    });
    this.exited = new Promise((resolve) => {
      this.#child.once("exit", (code) => {
        this.#failed?.(new Error(`The client's process ended with ${code}: ${accounts.outcomes}`));
        resolve(code);
      });
    });
  }

  /** Resolves with the report that says it is done. */
  order(order: Order): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#child.send(order);
    });
  }

  end(): void {
    this.#failed = undefined;
    this.#child.send({ type: "end" } satisfies Order);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

interface ServerProcess {
  readonly port: number;
  readonly path: string;
  kill(): Promise<void>;
}

function startServer(
  bundle: string,
  revision: Revision,
  executed: (id: string) => void,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [bundle, revision], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  // Closed once every line it wrote before its end has been read.
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`The server ended with ${signal ?? code}`)));
    lines.on("line", (line) => {
      const [word, first = "", path = ""] = line.split(" ");
      if (word === "run") executed(first);
      else if (word === "at") {
        const kill = async () => {
          child.kill("SIGKILL");
          await closed;
        };
        resolve({ port: Number(first), path, kill });
      }
    });
  });
}

async function bundle(root: string): Promise<{ client: string; server: string; outdir: string }> {
  const outdir = `${root}.cache/soak-${process.pid}`;
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: [`${root}test/soak/client.ts`, `${root}test/soak/server.ts`],
    // SOAK_SRC: another client, such as one that is broken on purpose.
    alias: { "mcp-rivulet": process.env.SOAK_SRC ?? `${root}src/index.ts` },
    external: ["@modelcontextprotocol/*"],
    bundle: true,
    platform: "node",
    format: "esm",
    outdir,
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
  });
  return { client: `${outdir}/client.mjs`, server: `${outdir}/server.mjs`, outdir };
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** MB that the heap may be larger at the end than after the first round. */
const HEAP_MB = 2;

/** What the figures show that must not be. */
export function judge({ violations, measures, calls, outcomes }: Figures): readonly string[] {
  const faults = [...violations];
  const [first, last] = [measures[0], measures.at(-1)];
  for (const { resources, listeners, held, sockets } of measures) {
    if (resources.length > 0) faults.push(`left over: ${resources}`);
    if (listeners > 0) faults.push(`${listeners} listeners are left on a signal`);
    if (held > 0) faults.push(`${held} clients and calls are still held`);
    if (sockets > 0) faults.push(`${sockets} sockets are open`);
  }
  if (!first || !last || last.heapMB - first.heapMB > HEAP_MB)
    faults.push(`the heap grew from ${first?.heapMB} to ${last?.heapMB} MB`);
  const { connect = {}, ...kinds } = outcomes;
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  const meant = Object.values(kinds).flatMap(({ ok = 0, left = 0, aborted = 0, timeout = 0 }) => [
    ok,
    left,
    aborted,
    timeout,
  ]);
  // Faults that nothing survives would show nothing.
  if (sum(meant) * 5 < calls - sum(Object.values(connect)))
    faults.push(`hardly a call came to what it was meant to: ${JSON.stringify(outcomes)}`);
  return faults;
}
