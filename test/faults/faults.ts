import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Case, Outcome } from "./types.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A process that says nothing for so long is stuck in a loop that lets nothing else run. */
const KILL_MS = 40_000;

/** Cases that share a process, one after the other; starting one costs more than most cases do. */
const GROUP = 10;

/** What no error may ever show, whoever made its text. */
const SECRETS = [
  "SECRET-TOKEN",
  "SECRET-KEY",
  "SECRET-SESSION",
  "SECRET-QUERY",
  "SECRET-PASSWORD",
  "SECRET-PAGE",
];

/** Runs the cases of `cases/<name>.ts` in processes of their own, a few in each. */
export function faults(name: string, cases: readonly Case[], group: number = GROUP): void {
  const outfile = `${root}.cache/faults/${name}-${process.pid}.mjs`;
  beforeAll(async () => {
    mkdirSync(dirname(outfile), { recursive: true });
    await build({
      stdin: {
        contents: `import { main } from "./child.ts"; import { cases } from "./cases/${name}.ts"; await main(cases);`,
        resolveDir: `${root}test/faults`,
        loader: "ts",
      },
      // FAULTS_SRC: another client, such as one that is broken on purpose to see its cases fail.
      alias: { "mcp-rivulet": process.env.FAULTS_SRC ?? `${root}src/index.ts` },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      logLevel: "error",
    });
  });
  afterAll(() => rmSync(outfile, { force: true }));
  // FAULTS_ONLY: the cases to run, as a regular expression. With -t those run too that share a process with them.
  const only = new RegExp(process.env.FAULTS_ONLY ?? "");
  const wanted = [...cases.keys()].filter((index) => only.test((cases[index] as Case).name));
  const running = new Map<number, Promise<Group>>();
  describe(name, { concurrent: true, timeout: 180_000 }, () => {
    for (const [at, index] of wanted.entries()) {
      const one = cases[index] as Case;
      it(`${one.revision}: ${one.name}`, async () => {
        const first = at - (at % group);
        const indexes = wanted.slice(first, first + group);
        const started = running.get(first) ?? run(outfile, indexes);
        running.set(first, started);
        const { outcomes, end } = await started;
        const outcome = outcomes.get(index);
        if (!outcome) throw new Error(`no outcome; the process ended with ${end}`);
        judge(one, outcome);
        if (index === indexes.at(-1)) expect(end, "how the process ended").toBe("0 ");
      });
    }
  });
}

interface Group {
  readonly outcomes: ReadonlyMap<number, Outcome>;
  readonly end: string;
}

function run(outfile: string, indexes: readonly number[]): Promise<Group> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--expose-gc", outfile, ...indexes.map(String)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    let timer: NodeJS.Timeout | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill("SIGKILL"), KILL_MS);
    };
    alive();
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      out += chunk;
      alive();
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      err += chunk;
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const lines = out
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
      resolve({
        outcomes: new Map(lines.map((line) => [line.index, line])),
        end: `${signal ?? code} ${err.slice(0, 2000)}`,
      });
    });
  });
}

function judge({ expect: wanted }: Case, outcome: Outcome): void {
  const { error, value } = outcome;
  expect(outcome.hung, `it hangs; requests: ${shown(outcome)}`).toBeFalsy();
  expect(outcome.rejections, "unhandled").toEqual([]);
  expect(outcome.polluted, "on Object.prototype").toEqual([]);
  expect(outcome.evil, "requests at the other origin").toBe(0);
  for (const secret of [...SECRETS, ...(wanted.never ?? [])]) {
    const at = outcome.texts.indexOf(secret);
    expect(at < 0 ? "" : outcome.texts.slice(Math.max(0, at - 150), at + 50), `shows ${secret}`).toBe("");
  }
  expect(outcome.close, "close()").toBeUndefined();
  expect(outcome.alive, "kept the process alive").toBeUndefined();

  const said = JSON.stringify(error ?? value)?.slice(0, 600);
  if (wanted.code !== undefined) {
    expect([wanted.code].flat(), `it came to ${said}`).toContain(error?.code);
    expect(error?.message).toMatch(new RegExp(`^\\[${error?.code}\\] .`, "s"));
    expect(typeof error?.retryable).toBe("boolean");
    expect(String(error?.message).length, "length of the message").toBeLessThan(2500);
    expect(error?.message, "control characters").not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/,
    );
  } else if (wanted.error === undefined) expect(error, `it came to ${said}`).toBeUndefined();
  if (wanted.error) expect(error).toMatchObject(wanted.error);
  if (wanted.message) expect(error?.message).toMatch(wanted.message);
  if ("value" in wanted) {
    if (typeof wanted.value === "object" && wanted.value !== null) expect(value).toMatchObject(wanted.value);
    else expect(value).toEqual(wanted.value);
  }
  if (wanted.errors) expect(outcome.errors).toEqual(wanted.errors);
  for (const code of wanted.reported ?? []) expect(outcome.errors, "reported").toContain(code);
  for (const [key, count] of Object.entries({ "tools/call": [0, 1], ...wanted.requests })) {
    const asked = outcome.requests.filter((request) => request.key === key).length;
    const [least, most] = typeof count === "number" ? [count, count] : (count as [number, number]);
    expect(
      asked >= least && asked <= most,
      `${asked} × ${key}, not ${least}–${most}: ${shown(outcome)}`,
    ).toBe(true);
  }
  expect(wanted.check?.(outcome)).toBeUndefined();
  if (wanted.grown !== undefined) expect(outcome.grown, "MB grown").toBeLessThan(wanted.grown);
}

function shown({ requests }: Outcome): string {
  return requests
    .map(({ key, at }) => `${key}@${Math.round(at - (requests[0]?.at ?? 0))}`)
    .slice(0, 60)
    .join(" ");
}
