import { describe, expect, it } from "vitest";
import { runInChild } from "./child.ts";

const CLEAN = { code: 0, stdout: "done\n", stderr: "" };

/** Node ends a process at the first rejection that nobody handles; each of these is in a process of its own. */
describe.concurrent("no failure becomes an unhandled rejection:", { timeout: 30_000 }, () => {
  const refuse = `(reply) => reply({ error: { code: -1, message: "no" } })`;
  it.each<[string, string]>([
    ["a call nobody looks at fails", `const { client } = await meet(${refuse}); client.callTool("a");`],
    [
      "a call nobody looks at is cancelled",
      `const { client } = await meet(); client.callTool("a").cancel(); client.callTool("b").cancel(new Error("x"));`,
    ],
    [
      "a call is only iterated",
      `const { client } = await meet(${refuse}); try { for await (const _ of client.callTool("a")); } catch {}`,
    ],
    [
      "a loop is left, and nobody looks at the call",
      `const { client } = await meet((reply, params, server) => server.send({ jsonrpc: "2.0",
         method: "notifications/progress", params: { progressToken: params._meta.progressToken, progress: 1 } }));
       for await (const _ of client.callTool("a")) break;`,
    ],
    [
      "a failed call is read by an iterator that is then forgotten",
      `const { client } = await meet(${refuse}); client.callTool("a")[Symbol.asyncIterator]().next().catch(() => {});`,
    ],
    [
      "the text of a call is made and forgotten",
      `const { client } = await meet(${refuse}); client.callTool("a").text();`,
    ],
    [
      "the stream of a call's text is made and forgotten",
      `const { client } = await meet(${refuse}); client.callTool("a").textStream();`,
    ],
    [
      "result, catch and finally are looked at, and one handles it",
      `const { client } = await meet(${refuse}); const call = client.callTool("a");
       call.result; await call.catch(() => {}); await call.finally(() => {}).catch(() => {});`,
    ],
    [
      "a call is cancelled with null",
      `const { client } = await meet(); const call = client.callTool("a"); await tick(); call.cancel(null);
       await call.catch((reason) => { if (reason !== null) throw new Error("not null"); });`,
    ],
    [
      "a signal aborts with null, 0 and an empty string",
      `const { client } = await meet();
       for (const reason of [null, 0, ""]) {
         const controller = new AbortController();
         const call = client.callTool("a", {}, { signal: controller.signal });
         await tick();
         controller.abort(reason);
         await call.catch((caught) => { if (caught !== reason) throw new Error("another"); });
       }`,
    ],
    [
      "connecting with a signal that aborts with null",
      `const [transport] = memory();
       const client = createClient({ transport });
       const controller = new AbortController();
       const connecting = client.connect({ signal: controller.signal });
       await tick();
       controller.abort(null);
       await connecting.catch(() => {});`,
    ],
    [
      "a transport throws nothing at all",
      `const transport = { async *send() { throw undefined; }, async close() {} };
       const client = createClient({ transport });
       await client.connect().catch(() => {});
       await client.callTool("a").catch(() => {});`,
    ],
    [
      "the client is closed with calls that nobody looks at",
      `const { client } = await meet(); client.callTool("a"); client.listTools(); await client.close();
       client.callTool("b"); client.listTools();`,
    ],
    [
      "the server goes away",
      `const { client, server } = await meet((reply, params, server) => {}, { reconnect: { attempts: 2, delay: 1 } });
       client.callTool("a"); await server.close(); await sleep(200); await client.close();`,
    ],
    [
      "listeners reject",
      `const { client, server } = await meet();
       for (const event of ["status", "notification", "toolsChanged", "message", "error"]) {
         client.on(event, async () => { throw new Error("mine"); });
       }
       server.send({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
       server.send({ jsonrpc: "2.0", id: 99, result: {} });
       await tick(); await client.close();`,
    ],
  ])("%s", async (_, code) => {
    const ended = await runInChild(
      `${code}; await tick(); await tick(); console.log("done"); process.exit();`,
    );
    expect(ended).toEqual(CLEAN);
  });
});

it("a process ends by itself once its clients are closed", { timeout: 30_000 }, async () => {
  const ended = await runInChild(`
    const { client } = await meet();
    client.callTool("a").catch(() => {});
    await tick();
    await client.close();
    console.log("done");`);
  expect(ended).toEqual(CLEAN);
});

it("a client without calls keeps no process alive", { timeout: 30_000 }, async () => {
  const ended = await runInChild(`
    const { client } = await meet((reply) => reply({ result: { content: [] } }));
    await client.callTool("a");
    process.exitCode = process.getActiveResourcesInfo().includes("Timeout") ? 1 : 0;
    console.log("done");`);
  expect(ended).toEqual(CLEAN);
});

describe.concurrent("garbage collection takes", { timeout: 30_000 }, () => {
  const GONE = `
    async function gone(ref) {
      for (let n = 0; n < 20 && ref.deref(); n++) { await sleep(5); gc(); }
      return ref.deref() === undefined;
    }
    // The measure sees what is there.
    const held = {};
    if (await gone(new WeakRef(held))) throw new Error("gc takes everything");`;

  it.each<[string, string]>([
    [
      "a call that is over, and its result",
      `const { client } = await meet((reply) => reply({ result: { content: [] } }));
       const refs = await (async () => {
         const call = client.callTool("a");
         return [new WeakRef(call), new WeakRef(await call.result)];
       })();
       // The latest may still be on somebody's stack.
       await client.callTool("b");
       const ok = (await gone(refs[0])) && (await gone(refs[1]));`,
    ],
    [
      "a call that was given up",
      `const { client } = await meet();
       const ref = await (async () => {
         const call = client.callTool("a");
         await tick();
         call.cancel();
         await call.catch(() => {});
         return new WeakRef(call);
       })();
       const ok = await gone(ref);`,
    ],
    [
      "a call with a signal that lives on",
      `const { client } = await meet((reply) => reply({ result: { content: [] } }));
       const { signal } = new AbortController();
       const ref = await (async () => {
         const call = client.callTool("a", {}, { signal });
         await call;
         return new WeakRef(call);
       })();
       const ok = (await gone(ref)) && !signal.aborted;`,
    ],
    [
      "a client that was closed with calls under way",
      `const ref = await (async () => {
         const { client } = await meet();
         client.on("status", () => {});
         client.callTool("a").catch(() => {});
         await tick();
         await client.close();
         return new WeakRef(client);
       })();
       const ok = await gone(ref);`,
    ],
    [
      "a client that was dropped without being closed",
      `const ref = await (async () => {
         const { client } = await meet((reply) => reply({ result: { content: [] } }));
         await client.callTool("a");
         return new WeakRef(client);
       })();
       const ok = await gone(ref);`,
    ],
  ])("%s", async (_, code) => {
    const ended = await runInChild(`${GONE}${code} console.log(ok ? "done" : "kept"); process.exit();`, [
      "--expose-gc",
    ]);
    expect(ended).toEqual(CLEAN);
  });
});
