// What every runtime has to do, with nothing of its own but the platform's fetch, timers and streams.

/**
 * @param {{ [entry: string]: any }} modules every entry of the package, by the name it is imported by
 * @param {{ servers: { url: string, protocolVersion: string }[], gate: string }} world
 */
export async function body(modules, { servers, gate }) {
  const { "mcp-rivulet": mcp, "mcp-rivulet/oauth": signIn } = modules;
  for (const [entry, module] of Object.entries(modules))
    same(`${entry} exports something`, Object.keys(module).length > 0, true);
  same(
    "a provider of credentials can be made",
    typeof signIn.oauth({ redirectUri: "https://example.com" }).headers,
    "function",
  );
  for (const { url, protocolVersion } of servers) {
    try {
      await speak(mcp, gate, url, protocolVersion);
    } catch (error) {
      throw new Error(`${protocolVersion}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
}

/**
 * @param {any} mcp
 * @param {string} gate where a token of the tool "chat" is let through, and where one learns that a call was given up
 * @param {string} url
 * @param {string} protocolVersion
 */
async function speak(mcp, gate, url, protocolVersion) {
  const client = await mcp.connect(url, { protocolVersion });
  same("the revision", client.server.protocolVersion, protocolVersion);
  same("the whole", (await client.callTool("echo", { message: "Hello" })).text, "Hello");

  // The server says the second token only when the first one was read: a runtime that keeps events back hangs here.
  const deltas = [];
  const types = [];
  for await (const event of client.callTool("chat", { prompt: "Hi" })) {
    if (event.type === "text" && deltas.push(event.delta) === 1) await fetch(`${gate}/go`);
    if (event.type !== "log") types.push(event.type);
  }
  same("the parts", deltas, ["first ", "second"]);
  same("their order", types, ["text", "text", "result"]);

  for await (const event of client.callTool("chat", { prompt: "Hi" })) if (event.type === "text") break;
  same("the server hears that a loop was left", await textOf(`${gate}/aborted`), "aborted");

  const controller = new AbortController();
  const reason = new Error("enough");
  let caught;
  try {
    for await (const token of client.callTool("chat", { prompt: "Hi" }, { signal: controller.signal }).text())
      if (token) controller.abort(reason);
  } catch (error) {
    caught = error;
  }
  same("an abort rejects with its own reason", caught === reason, true);
  same("the server hears of the abort", await textOf(`${gate}/aborted`), "aborted");

  const pending = client.callTool("slow", { ms: 3_600_000 });
  const outcome = pending.then(
    () => "resolved",
    (/** @type {any} */ error) => error.code,
  );
  // By now it is on its way. (workerd reports a fetch that is aborted in the turn it was made in, caught or not.)
  await client.callTool("echo", { message: "Hello" });
  await client.close();
  same("what is pending when the client is closed", await outcome, "closed");
  same("the status at the end", client.status, "closed");
}

/** @param {string} url */
async function textOf(url) {
  return (await fetch(url)).text();
}

/**
 * @param {string} what
 * @param {unknown} actual
 * @param {unknown} expected
 */
export function same(what, actual, expected) {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`);
}
