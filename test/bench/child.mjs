// What only a fresh process can tell: `node child.mjs import <module>` the milliseconds to import a client,
// `node --expose-gc child.mjs heap <contender> <revision>` the bytes of heap of one of a thousand.
import { pathToFileURL } from "node:url";

const [what, which = "", revision = ""] = process.argv.slice(2);

if (what === "import") {
  const start = performance.now();
  await import(pathToFileURL(which).href);
  console.log(performance.now() - start);
} else {
  const { contenders } = await import("./clients.mjs");
  const { fetchFromMemory } = await import("./wire.mjs");
  const contender = contenders.find(({ name }) => name === which);
  if (!contender || !globalThis.gc) throw new Error(`no contender ${which}, or no --expose-gc`);
  const open = async () => {
    const session = await contender.connect("http://127.0.0.1", revision, fetchFromMemory());
    return session.client ?? session;
  };
  const kept = [await open(), await open()];
  const settle = async () => {
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return process.memoryUsage().heapUsed;
  };
  const before = await settle();
  for (let i = 0; i < 1000; i++) kept.push(await open());
  const after = await settle();
  console.log((after - before) / 1000, kept.length);
}
process.exit(0);
