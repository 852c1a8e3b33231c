import type {
  CallEvent,
  ContentBlock,
  JsonObject,
  LogLevel,
  RpcNotification,
  Task,
  ToolEvent,
  ToolResult,
} from "../types.ts";
import { isObject } from "../wire/jsonrpc.ts";

/** Notifications that carry a tool's output ahead of its result. */
const CONTENT_CARRIERS: { readonly [method: string]: true } = {
  /** npm `fastmcp`'s `streamContent()`. */
  "notifications/tool/streamContent": true,
  /** Draft partial results. */
  "notifications/tools/partial_result": true,
};

/** Says what a notification means to the call it belongs to. Unknown and malformed ones pass as they are. */
export function narrate(raw: RpcNotification, emit: (event: ToolEvent) => void): void {
  const { method, params = {} } = raw;
  if (method === "notifications/progress" && typeof params.progress === "number") {
    const { progress, total, message } = params;
    emit({
      type: "progress",
      progress,
      total: typeof total === "number" ? total : undefined,
      message: typeof message === "string" ? message : undefined,
      raw,
    });
  } else if (method === "notifications/message") {
    const { level, logger, data } = params;
    emit({
      type: "log",
      level: (typeof level === "string" ? level : "info") as LogLevel,
      logger: typeof logger === "string" ? logger : undefined,
      data,
      raw,
    });
  } else if (CONTENT_CARRIERS[method] === true && Array.isArray(params.content)) {
    for (const block of params.content) {
      if (isText(block)) emit({ type: "text", delta: block.text, source: "stream", raw });
      else if (isBlock(block)) emit({ type: "content", content: block, raw });
    }
  } else if (method === "notifications/tasks" || method === "notifications/tasks/status") {
    emit({ type: "task", task: params as unknown as Task, raw });
  } else {
    emit({ type: "notification", method, params, raw });
  }
}

function isBlock(value: unknown): value is ContentBlock {
  return isObject(value) && typeof value.type === "string";
}

function isText(value: unknown): value is { text: string } {
  return isObject(value) && value.type === "text" && typeof value.text === "string";
}

/**
 * What of `final` was not streamed yet. A tool may end with the whole of what it streamed, with just the
 * last part, or with something else altogether, which then is new.
 */
export function remainder(streamed: string, final: string): string {
  if (final.startsWith(streamed)) return final.slice(streamed.length);
  return streamed.includes(final.trim()) ? "" : final;
}

/** Gathers what a call streamed, for a result that leaves it out. */
export class Gathered {
  #blocks: ContentBlock[] = [];
  #parts: string[] = [];
  #size = 0;

  constructor(readonly limit: number) {}

  add(event: ToolEvent): void {
    if (this.#size > this.limit) return;
    if (event.type === "text") {
      this.#size += event.delta.length;
      // Joined now and then: a million deltas kept apart would weigh far more than their text.
      if (this.#parts.push(event.delta) > 1000) this.#parts = [this.#parts.join("")];
    } else if (event.type === "content") {
      this.#size += JSON.stringify(event.content).length;
      this.#flush();
      this.#blocks.push(event.content);
    }
  }

  get blocks(): readonly ContentBlock[] {
    this.#flush();
    return this.#blocks;
  }

  get text(): string {
    return joinText(this.blocks);
  }

  #flush(): void {
    const text = this.#parts.join("");
    this.#parts = [];
    if (!text) return;
    const last = this.#blocks.at(-1);
    if (last?.type === "text")
      this.#blocks[this.#blocks.length - 1] = { type: "text", text: last.text + text };
    else this.#blocks.push({ type: "text", text });
  }
}

function joinText(blocks: readonly ContentBlock[]): string {
  let text = "";
  for (const block of blocks) if (isText(block)) text += block.text;
  return text;
}

/** The result of a call as its caller sees it; an empty one is filled from what was streamed. */
export function toolResult(raw: JsonObject, gathered: Gathered | undefined): ToolResult {
  const given = (Array.isArray(raw.content) ? raw.content.filter(isBlock) : []) as readonly ContentBlock[];
  const empty = given.length === 0 && raw.structuredContent === undefined;
  const content = empty && gathered ? gathered.blocks : given;
  const text = joinText(content);
  return {
    content,
    structuredContent: raw.structuredContent,
    isError: raw.isError === true,
    text,
    get data() {
      return raw.structuredContent !== undefined ? raw.structuredContent : parsed(text);
    },
    _meta: isObject(raw._meta) ? raw._meta : undefined,
    raw,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Makes room in a queue of events without losing text: deltas are joined, and of progress the last counts.
 * Where other events stand between and joining saves too little, what only informs is left out.
 */
export function compactEvents<T>(queue: CallEvent<T>[]): CallEvent<T>[] {
  const joined = join(queue);
  if (joined.length * 2 <= queue.length) return joined;
  return join(queue.filter(({ type }) => type === "text" || type === "content" || type === "result"));
}

function join<T>(queue: readonly CallEvent<T>[]): CallEvent<T>[] {
  const kept: CallEvent<T>[] = [];
  // Where the current run of deltas and of progress stand; anything else ends both.
  let text = -1;
  let progress = -1;
  for (const event of queue) {
    if (event.type === "text") {
      const last = kept[text];
      if (last?.type === "text" && last.source === event.source) {
        kept[text] = { ...event, delta: last.delta + event.delta };
      } else text = kept.push(event) - 1;
    } else if (event.type === "progress") {
      if (progress >= 0) kept[progress] = event;
      else progress = kept.push(event) - 1;
    } else {
      kept.push(event);
      text = progress = -1;
    }
  }
  return kept;
}
