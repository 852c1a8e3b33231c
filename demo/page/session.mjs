/**
 * The one connection of the page. Views read `client` and `tools`, and are told by events:
 * `change` (connected, disconnected, another status), `tools` (another list), `wire` (`detail` is a message),
 * `abort` (a call ended without an answer), `reset` (a new connection begins), `trouble` (`detail` is what no call reports).
 */
export class Session extends EventTarget {
  /** @type {import("mcp-rivulet").Client | undefined} */
  client;
  /** @type {readonly import("mcp-rivulet").Tool[]} */
  tools = [];
  /** What made the last attempt to connect fail. */
  error;
  /** The target of the last attempt. */
  target;
  #library;
  #handlers;

  /**
   * @param {typeof import("mcp-rivulet")} library
   * @param {Pick<import("mcp-rivulet").ConnectOptions, "onElicit" | "onSample">} handlers
   */
  constructor(library, handlers) {
    super();
    this.#library = library;
    this.#handlers = handlers;
  }

  get status() {
    return this.client?.status ?? "idle";
  }

  get ready() {
    return this.client?.server !== undefined && this.status !== "closed";
  }

  /** @param {string} name */
  tool(name) {
    return this.tools.find((tool) => tool.name === name);
  }

  /**
   * Leaves the server before and goes to another.
   *
   * @param {{ url: string, protocolVersion?: string, token?: string, sse?: boolean }} target
   */
  async connect(target) {
    await this.disconnect();
    const { createClient, auto, guards, httpSse, tasks } = this.#library;
    const wire = { auth: target.token || undefined };
    // What `connect` does, in two steps, so that the wire inspector sees the handshake too.
    const client = createClient({
      transport: target.sse ? httpSse(target.url, wire) : auto(target.url, wire),
      validate: guards,
      protocolVersion: target.protocolVersion,
      clientInfo: { name: "mcp-rivulet-demo", version: "1.0.0" },
      extensions: [tasks()],
      ...this.#handlers,
    });
    this.client = client;
    this.target = target;
    this.error = undefined;
    this.#tell("reset");
    const mine = (listener) => (value) => {
      if (this.client === client) listener(value);
    };
    client.on(
      "status",
      mine(() => this.#tell("change")),
    );
    client.on(
      "message",
      mine((detail) => this.#tell("wire", detail)),
    );
    client.on(
      "error",
      mine((detail) => this.#tell("trouble", detail)),
    );
    this.#tell("change");
    try {
      await client.connect();
      await this.#list();
      void this.#watch(client);
    } catch (error) {
      if (this.client !== client) return;
      this.error = error;
      await client.close();
    }
    if (this.client === client) this.#tell("change");
  }

  /**
   * A tool call for a view. Tells `abort` with the tool's name when it is given up or lost, which in the
   * stateless era no message does.
   *
   * @param {string} name
   * @param {import("mcp-rivulet").JsonObject} args
   * @param {AbortSignal} signal
   */
  callTool(name, args, signal) {
    if (!this.client) throw new Error("Not connected.");
    const call = this.client.callTool(name, args, { signal });
    call.result.catch(() => this.#tell("abort", { name, state: signal.aborted ? "cancelled" : "failed" }));
    return call;
  }

  /**
   * Takes up a task again, as if its call had never been left.
   *
   * @param {string} taskId
   * @param {AbortSignal} signal
   */
  resumeTask(taskId, signal) {
    if (!this.client) throw new Error("Not connected.");
    return this.#library.resumeTask(this.client, taskId, { signal });
  }

  async disconnect() {
    const { client } = this;
    this.client = undefined;
    this.tools = [];
    await client?.close();
  }

  /** Lists the tools again whenever the server says that they changed, for as long as it can be heard. */
  async #watch(client) {
    if (!client.server?.capabilities.tools?.listChanged) return;
    try {
      for await (const change of this.#library.listen(client, { toolsListChanged: true })) {
        if (this.client !== client) return;
        if (change.type === "toolsChanged" || change.type === "resync") await this.#list();
      }
    } catch (error) {
      if (this.client === client) this.#tell("trouble", error);
    }
  }

  async #list() {
    const { client } = this;
    if (!client) return;
    const tools = client.server?.capabilities.tools ? await client.listTools() : [];
    if (this.client !== client) return;
    this.tools = tools;
    this.#tell("tools");
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
