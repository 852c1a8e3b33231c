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

/** Notifications that carry a tool's output ahead of its result: npm `fastmcp`'s, and those of drafts. */
const CONTENT_CARRIER = /^notifications\/(tools?\/(streamContent|partial_result)|tasks\/partial)$/;

/** Says what a notification means to the call it belongs to. Unknown and malformed ones pass as they are. */
export function emitEvents(raw: RpcNotification, emit: (event: ToolEvent) => void): void {
  const { method, params = {} } = raw;
  if (method === "notifications/progress" && typeof params.progress === "number") {
    const { progress, total, message } = params as { progress: number; total?: number; message?: string };
    emit({ type: "progress", progress, total, message, raw });
  } else if (method === "notifications/message") {
    const { level, logger, data } = params as { level: LogLevel; logger?: string; data: unknown };
    emit({ type: "log", level, logger, data, raw });
  } else if (CONTENT_CARRIER.test(method) && Array.isArray(params.content) && params.content.some(isBlock)) {
    for (const block of params.content) {
      if (isText(block)) emit({ type: "text", delta: block.text, source: "stream", raw });
      else if (isBlock(block)) emit({ type: "content", content: block, raw });
    }
  } else if (/^notifications\/tasks(\/status)?$/.test(method)) {
    emit({ type: "task", task: params as unknown as Task, raw });
  } else emit({ type: "notification", method, params, raw });
}

function isBlock(value: unknown): value is ContentBlock {
  return isObject(value) && typeof value.type === "string";
}

function isText(value: unknown): value is { type: "text"; text: string } & ContentBlock {
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

/** Gathers what a call streamed, for a result that leaves it out. At most `limit` characters. */
export class Gathered {
  readonly blocks: ContentBlock[] = [];
  #room: number;
  #count = 0;
  #seq: unknown = -1;

  constructor(limit: number) {
    this.#room = limit;
  }

  /** Says whether parts are missing before this one, by their numbers. Those of one message have the same. */
  add(event: Extract<ToolEvent, { type: "text" | "content" }>): boolean {
    const { seq } = (event.raw as RpcNotification).params ?? {};
    const gap = (seq as number) > (this.#seq as number) + 1;
    this.#seq = seq;
    const block: ContentBlock = event.type === "text" ? { type: "text", text: event.delta } : event.content;
    const { text, data } = block as { text?: string; data?: string };
    this.#room -= (text ?? data)?.length ?? 1000;
    if (this.#room < 0) return gap;
    const last = this.blocks.at(-1);
    if (isText(block) && isText(last)) {
      (last as { text: string }).text += block.text;
      // Looking into a string flattens it: a million pieces kept apart would weigh far more than their text.
      if (++this.#count % 4096 === 0) last.text.charCodeAt(0);
    } else this.blocks.push({ ...block });
    return gap;
  }

  get text(): string {
    return joinText(this.blocks);
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
  const empty = raw.structuredContent === undefined && given.every((block) => isText(block) && !block.text);
  const content = empty && gathered ? gathered.blocks : given;
  const text = joinText(content);
  const { structuredContent: data, _meta } = raw;
  const result: ToolResult = {
    content,
    structuredContent: data,
    isError: raw.isError === true,
    text,
    data,
    _meta: isObject(_meta) ? _meta : undefined,
    raw,
  };
  // Only what may be JSON has a getter: making one costs more than the rest of the result.
  if (data === undefined && /^\s*["[{\dftn-]/.test(text)) {
    Object.defineProperty(result, "data", {
      get() {
        try {
          return JSON.parse(text);
        } catch {
          return undefined;
        }
      },
    });
  }
  return result;
}

/** Deltas are joined up to about so many characters: a queue of them may not grow for ever. */
const MAX_DELTA = 16_384;

/**
 * Makes room in a queue of events without losing output: deltas of text are joined; of what only informs, the
 * last of each kind is kept.
 */
export function compactEvents<T>(queue: readonly CallEvent<T>[]): CallEvent<T>[] {
  const kept: CallEvent<T>[] = [];
  const informing = new Map<string, CallEvent<T>>();
  for (let i = queue.length - 1; i >= 0; i--) {
    const event = queue[i] as CallEvent<T>;
    const next = kept.at(-1);
    if (
      event.type === "text" &&
      next?.type === "text" &&
      next.source === event.source &&
      next.delta.length < MAX_DELTA
    ) {
      kept[kept.length - 1] = { ...next, delta: event.delta + next.delta };
    } else if (/^(text|content|result)$/.test(event.type)) kept.push(event);
    else if (!informing.has(event.type)) informing.set(event.type, event);
  }
  return [...kept, ...informing.values()].reverse();
}
