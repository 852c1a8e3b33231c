import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A raw TCP proxy that is not to be relied on. */
export interface Proxy {
  readonly port: number;
  /** Where to go now; nowhere refuses. */
  target: number | undefined;
  /** While set, connections are reset, cut, delayed and torn into pieces. */
  wild: boolean;
  readonly counts: { connections: number; resets: number; cuts: number; delayed: number; torn: number };
  /** Connections that are open. */
  readonly open: number;
  /** Resets each open connection with this probability. */
  strike(share: number): void;
  close(): Promise<void>;
}

/** What becomes of a connection; with `after`, when so many bytes of answers have gone through. */
type Fate = "good" | "refused" | "reset" | "cut" | "delayed" | "torn";

export async function startProxy(random: () => number): Promise<Proxy> {
  const pairs = new Map<Socket, Socket>();
  const counts = { connections: 0, resets: 0, cuts: 0, delayed: 0, torn: 0 };

  const server = createServer((client) => {
    const fate = proxy.wild ? draw(random()) : "good";
    counts.connections++;
    client.on("error", () => {});
    if (fate === "refused" || proxy.target === undefined) {
      counts.resets++;
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(proxy.target, "127.0.0.1");
    pairs.set(client, upstream);
    client.on("close", () => {
      pairs.delete(client);
      upstream.destroy();
    });
    let queue = Promise.resolve();
    // A killed server takes its connections with it.
    upstream.on("error", () => client.resetAndDestroy());
    upstream.on("close", () => void queue.then(() => client.destroySoon()));
    client.pipe(upstream);
    if (fate === "delayed") counts.delayed++;
    if (fate === "torn") counts.torn++;
    let left = random() * 30_000;
    upstream.on("data", (chunk: Buffer) => {
      if (!proxy.wild || fate === "good") return void queue.then(() => client.write(chunk));
      left -= chunk.length;
      if (fate === "delayed") {
        const ms = random() * 30;
        queue = queue.then(() => new Promise((done) => setTimeout(done, ms)));
        void queue.then(() => client.write(chunk));
      } else if (fate === "torn") {
        client.setNoDelay();
        for (let at = 0; at < chunk.length; ) {
          const piece = chunk.subarray(at, at + 1 + Math.floor(random() * 200));
          at += piece.length;
          queue = queue.then(() => new Promise((done) => setImmediate(done)));
          void queue.then(() => client.write(piece));
        }
      } else if (left > 0) client.write(chunk);
      else if (fate === "reset") {
        counts.resets++;
        client.resetAndDestroy();
      } else if (!client.destroyed) {
        counts.cuts++;
        // What has come so far still arrives, also the first half of this chunk.
        client.write(chunk.subarray(0, chunk.length >> 1));
        client.destroySoon();
      }
    });
  });

  const proxy: Proxy = {
    port: 0,
    target: undefined,
    wild: false,
    counts,
    get open() {
      // One that is reset while it ends is destroyed without a "close".
      return [...pairs.keys()].filter(({ destroyed }) => !destroyed).length;
    },
    strike(share) {
      for (const client of [...pairs.keys()]) {
        if (random() >= share) continue;
        counts.resets++;
        client.resetAndDestroy();
      }
    },
    async close() {
      for (const client of [...pairs.keys()]) client.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return Object.defineProperty(proxy, "port", { value: (server.address() as AddressInfo).port });
}

function draw(random: number): Fate {
  if (random < 0.04) return "refused";
  if (random < 0.16) return "reset";
  if (random < 0.28) return "cut";
  if (random < 0.4) return "delayed";
  return random < 0.55 ? "torn" : "good";
}
