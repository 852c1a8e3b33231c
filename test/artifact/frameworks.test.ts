import { createRequire } from "node:module";
import { connect } from "mcp-rivulet";
import { expect, it } from "vitest";
import { startServer } from "../../demo/server.mjs";
import { tool } from "../support/tools.mjs";

it("a client and its calls work from the state of Vue, which makes proxies of objects", async () => {
  const { ref, reactive, isReactive } = createRequire(import.meta.url)(await tool("reactivity"));
  const server = await startServer();
  try {
    const client = ref(await connect(server.url));
    const state = reactive({ call: client.value.callTool("echo", { message: "Hello" }), tools: undefined });
    expect((await state.call).text).toBe("Hello");
    state.call = client.value.callTool("slow", { ms: 60_000 });
    state.call.cancel();
    await expect(state.call).rejects.toMatchObject({ name: "AbortError" });
    state.tools = client.value.listTools();
    expect(await state.tools).not.toEqual([]);
    expect(isReactive(state), "the check").toBe(true);
    await client.value.close();
  } finally {
    await server.close();
  }
});
