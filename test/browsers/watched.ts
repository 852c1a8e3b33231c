import { request } from "node:http";
import { watch } from "../support/browser.ts";
import { serve } from "../support/serve.ts";

/** An origin in front of another, the same but for its pages: their first script is `watch`. */
export async function startWatched(origin: string): Promise<{ origin: string; close(): Promise<void> }> {
  return serve((req, res) => {
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
}
