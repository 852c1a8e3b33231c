import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A server in a process of its own. */
export interface Child {
  /** What it has written so far, for messages about failures. */
  output(): string;
  /** Settles once `found` gives something for the output so far; rejects if the process ends first. */
  until<T>(found: (output: string) => T | undefined | Promise<T | undefined>, timeoutMs?: number): Promise<T>;
  stop(): Promise<void>;
}

export function startChild(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Child {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      output += String(error);
      resolve();
    });
  });
  // A test run that is cut short must not leave servers behind.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  void exited.then(() => process.removeListener("exit", kill));

  return {
    output: () => output,
    async until(found, timeoutMs = 30_000) {
      const deadline = Date.now() + timeoutMs;
      while (Date.now() < deadline) {
        const value = await found(output);
        if (value !== undefined) return value;
        if (ended(child)) throw new Error(`${command} ended before it was ready:\n${output}`);
        await Promise.race([sleep(50), exited]);
      }
      await stop();
      throw new Error(`${command} was not ready within ${timeoutMs} ms:\n${output}`);
    },
    stop,
  };

  async function stop(): Promise<void> {
    if (ended(child)) return;
    child.kill("SIGTERM");
    const patience = setTimeout(kill, 3000);
    await exited;
    clearTimeout(patience);
  }
}

function ended(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** A port that was free a moment ago, for servers that cannot pick one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
