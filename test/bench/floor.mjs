// The least a client can be: bare fetch, a split at blank lines, JSON.parse. No errors, no ids to tell apart, no
// bounds, no cancelling: the measure for what all of that costs.

/**
 * @param {string} url
 * @param {string} revision
 * @param {(url: string, init: RequestInit) => Promise<Response>} fetch
 */
export async function connect(url, revision, fetch) {
  const sse = revision === "2024-11-05";
  let target = url;
  let ids = 0;
  const pending = new Map();
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": revision,
  };

  /**
   * @param {string} method
   * @param {object} params
   * @param {(message: string) => void} [seen]
   */
  async function request(method, params, seen) {
    const id = ++ids;
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id,
      method,
      params: { ...params, _meta: { progressToken: id } },
    });
    if (sse) {
      const answer = new Promise((resolve) => pending.set(id, { resolve, seen }));
      await fetch(target, { method: "POST", headers, body });
      return answer;
    }
    const response = await fetch(url, { method: "POST", headers, body });
    if (response.headers.get("content-type") === "application/json")
      return JSON.parse(await response.text()).result;
    let result;
    await read(response, (_, data) => {
      const message = JSON.parse(data);
      if (message.method) seen?.(message.params.message);
      else result = message.result;
    });
    return result;
  }

  if (sse) {
    const response = await fetch(url, { method: "GET", headers });
    await new Promise((resolve) => {
      read(response, (type, data) => {
        if (type === "endpoint") {
          target = new URL(data, url).href;
          resolve(undefined);
          return;
        }
        const message = JSON.parse(data);
        if (message.method) pending.get(message.params.progressToken)?.seen?.(message.params.message);
        else {
          pending.get(message.id)?.resolve(message.result);
          pending.delete(message.id);
        }
      }).catch(() => {});
    });
  }
  const opening = {
    protocolVersion: revision,
    capabilities: {},
    clientInfo: { name: "floor", version: "1.0.0" },
  };
  await (revision === "2026-07-28" ? request("server/discover", {}) : request("initialize", opening));
  return {
    call: (/** @type {string} */ name) => request("tools/call", { name, arguments: { message: "hello" } }),
    stream: (
      /** @type {string} */ name,
      /** @type {number} */ count,
      /** @type {(message: string) => void} */ seen,
    ) => request("tools/call", { name, arguments: { count } }, seen),
    list: async () => (await request("tools/list", {})).tools,
  };
}

/**
 * @param {Response} response
 * @param {(type: string, data: string) => void} on
 */
async function read(response, on) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    let from = 0;
    for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n", from)) {
      let type = "message";
      let data = "";
      for (const line of rest.slice(from, end).split("\n")) {
        if (line.startsWith("data: ")) data += line.slice(6);
        else if (line.startsWith("event: ")) type = line.slice(7);
      }
      on(type, data);
      from = end + 2;
    }
    rest = rest.slice(from);
  }
}
