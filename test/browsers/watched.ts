import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { watch } from "../support/browser.ts";

/** An origin in front of another, the same but for its pages: their first script is `watch`. */
export async function startWatched(origin: string): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((req, res) => {
    if (req.url === "/watch.js") {
      return void res.writeHead(200, { "content-type": "text/javascript" }).end(watch);
    }
    const { method, headers } = req;
    const onward = request(origin + req.url, { method, headers }, (answer) => {
      const { statusCode = 502, headers } = answer;
      const isPage = headers["content-type"]?.startsWith("text/html");
      if (isPage) delete headers["content-length"];
      res.writeHead(statusCode, headers);
      res.flushHeaders();
      if (!isPage) return void answer.pipe(res);
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => res.end(text.replace("<head>", '<head><script src="/watch.js"></script>')));
    });
    onward.on("error", () => res.destroy());
    // Whoever leaves, leaves there too.
    res.on("close", () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
