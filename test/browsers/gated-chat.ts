import type { ServerResponse } from "node:http";
import { serve } from "../support/serve.ts";

/** One request for a chat completion, answered as the test says. */
export interface Completion {
  say(token: string): void;
  end(): void;
  /** Resolves when the other side is gone, or has everything. */
  readonly closed: Promise<"finished" | "aborted">;
}

/** An OpenAI-compatible endpoint whose answers wait for the test, so that no test has to wait for a while. */
export interface GatedChat {
  readonly baseUrl: string;
  /** The next request that comes in. */
  next(): Promise<Completion>;
  close(): Promise<void>;
}

export async function startGatedChat(): Promise<GatedChat> {
  const waiting: ((completion: Completion) => void)[] = [];
  const { origin, close } = await serve((req, res) => {
    req.resume();
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.flushHeaders();
    waiting.shift()?.(completionOf(res));
  });
  return {
    baseUrl: origin,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close,
  };
}

function completionOf(res: ServerResponse): Completion {
  return {
    say: (token) =>
      void res.write(`data: ${JSON.stringify({ choices: [{ delta: { content: token } }] })}\n\n`),
    end: () => void res.end("data: [DONE]\n\n"),
    closed: new Promise((resolve) =>
      res.once("close", () => resolve(res.writableFinished ? "finished" : "aborted")),
    ),
  };
}
