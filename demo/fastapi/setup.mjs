/**
 * Makes the virtual environments the Python servers run in, under `demo/fastapi/.venv/`. Doing it
 * again costs nothing: an environment is made anew only when its requirements changed.
 *
 *     node demo/fastapi/setup.mjs
 */
import { execFile } from "node:child_process";
import { mkdir, open, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

/** @typedef {"fastapi-mcp" | "fastmcp"} Environment */

/** @type {readonly Environment[]} */
export const environments = ["fastapi-mcp", "fastmcp"];

/**
 * @param {Environment} name
 * @returns {Promise<{ python: string, reason?: undefined } | { python?: undefined, reason: string }>}
 */
export async function setup(name) {
  const folder = join(here, ".venv", name);
  const python = join(
    folder,
    ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]),
  );
  const stamp = join(folder, "requirements.stamp");
  const requirements = join(here, `requirements-${name}.txt`);
  const wanted = await readFile(requirements, "utf8");

  await mkdir(dirname(folder), { recursive: true });
  const release = await lock(`${folder}.lock`);
  try {
    if ((await readFile(stamp, "utf8").catch(() => "")) === wanted && (await works(python)))
      return { python };
    const base = process.platform === "win32" ? "python" : "python3";
    try {
      await rm(folder, { recursive: true, force: true });
      await run(base, ["-m", "venv", folder]);
    } catch (error) {
      return { reason: `${base} cannot make a virtual environment: ${lastLine(error)}` };
    }
    try {
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
      await run(python, [...pip, "--timeout", "20", "--requirement", requirements]);
    } catch (error) {
      return { reason: `pip cannot install ${name}: ${lastLine(error)}` };
    }
    await writeFile(stamp, wanted);
    return { python };
  } finally {
    await release();
  }
}

/** The interpreter an environment links to can go away under it. @param {string} python */
async function works(python) {
  return run(python, ["-c", ""]).then(
    () => true,
    () => false,
  );
}

/** @param {unknown} error */
function lastLine(error) {
  const { stderr = "", message = String(error) } = /** @type {{ stderr?: string, message?: string }} */ (
    error
  );
  return (stderr.trim() || message).split("\n").at(-1)?.trim() ?? "";
}

/**
 * Test files start servers side by side; only one of them may build an environment.
 *
 * @param {string} path
 */
async function lock(path) {
  for (;;) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
      const holder = Number(await readFile(path, "utf8").catch(() => ""));
      if (holder && !alive(holder)) await rm(path, { force: true });
      else await sleep(200);
    }
  }
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] && (await realpath(process.argv[1])) === fileURLToPath(import.meta.url)) {
  for (const name of environments) {
    const { python, reason } = await setup(name);
    console.log(python ? `${name}: ready` : `${name}: ${reason}`);
    if (!python) process.exitCode = 1;
  }
}
