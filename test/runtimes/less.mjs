// Takes away what some platform that has `fetch` lacks: Safari, Firefox ESR, React Native, older Node.

const { Symbol: all } = globalThis;
const gone = new Set(["asyncDispose", "dispose"]);
// They cannot be deleted from the one there is.
globalThis.Symbol = /** @type {any} */ (
  new Proxy((/** @type {string} */ text) => all(text), {
    get: (_, name) => (gone.has(/** @type {string} */ (name)) ? undefined : Reflect.get(all, name)),
  })
);

for (const [owner, ...names] of /** @type {const} */ ([
  [AbortSignal, "any", "timeout"],
  [AbortSignal.prototype, "throwIfAborted"],
  [Array, "fromAsync"],
  [Promise, "withResolvers", "try"],
  [Object, "groupBy"],
  [ReadableStream, "from"],
  [ReadableStream.prototype, all.asyncIterator, "pipeThrough", "pipeTo"],
  [URL, "canParse", "parse"],
  [Response, "json"],
  [globalThis, "structuredClone", "DOMException"],
  [globalThis, "ReadableStream", "WritableStream", "TransformStream", "TextDecoderStream"],
  [globalThis, "CompressionStream", "BroadcastChannel", "EventSource", "WebSocket"],
])) {
  for (const name of names) {
    const there = Reflect.get(owner, name);
    Object.defineProperty(owner, name, {
      configurable: true,
      // What Node itself is made of needs some of them.
      get: () => (/node:internal/.test(new Error().stack?.split("\n")[2] ?? "") ? there : undefined),
    });
  }
}
