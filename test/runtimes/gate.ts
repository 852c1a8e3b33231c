import type { ServerResponse } from "node:http";
import { serve } from "../support/serve.ts";

/** A language model of two words, the second said on `GET /go`. `GET /aborted` is answered once nobody listens. */
export interface Gate {
  readonly url: string;
  close(): Promise<void>;
}

export async function startGate(): Promise<Gate> {
  const open: { readonly answer: ServerResponse; readonly closed: Promise<void> }[] = [];
  const { origin: url, close } = await serve(async (req, res) => {
    if (req.url === "/go") {
      open.pop()?.answer.end(`${said("second")}data: [DONE]\n\n`);
      res.end("gone");
    } else if (req.url === "/aborted") {
      await open.pop()?.closed;
      res.end("aborted");
    } else {
      req.resume();
      open.push({ answer: res, closed: new Promise((resolve) => res.once("close", resolve)) });
      res.writeHead(200, { "content-type": "text/event-stream" }).write(said("first "));
    }
  });
  return { url, close };
}

const said = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
