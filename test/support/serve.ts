import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of one test. */
export interface Served {
  readonly server: Server;
  /** The URL without a path. */
  readonly origin: string;
  /** Ends it, and every connection to it. */
  close(): Promise<void>;
}

/**
 * Serves on a free port of this machine.
 *
 * @param host "localhost" where a page is to be of another site than the servers at 127.0.0.1.
 */
export async function serve(handler: RequestListener, host = "127.0.0.1"): Promise<Served> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  return {
    server,
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
