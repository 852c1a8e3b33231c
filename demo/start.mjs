// What `npm start` runs, on a fresh clone with no other command before it: installs, builds, starts the
// embedded server, makes the calls of the README on each revision, and serves the demo page.
//   npm start              PORT=8000 unless the environment says otherwise
//   npm start -- --once    stops after the calls; the exit code says whether all went well
import { ensureBuilt, ensureInstalled } from "../test/support/set-up.mjs";

ensureInstalled();
ensureBuilt();

// Only now is there something to import.
const { startServer } = await import("./server.mjs");
const { bundlePage } = await import("./bundle.mjs");
const { showCalls } = await import("./show-calls.mjs");

const once = process.argv.includes("--once");
await bundlePage();
const server = await start(Number(process.env.PORT || 8000));
const failures = await showCalls(server.url);

process.exitCode = failures > 0 ? 1 : 0;
if (once) await server.close();
else {
  console.log(`\nThe demo page: ${server.url}/`);
  console.log(`The same page, built by a bundler: ${server.url}/page/bundled.html`);
  console.log("Ctrl+C stops the server.");
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void server.close());
}

/** @param {number} port */
async function start(port) {
  try {
    return await startServer({ port });
  } catch (error) {
    if (error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
    console.log(`port ${port} cannot be used (${error.code}), taking a free one`);
    return startServer({ port: 0 });
  }
}
