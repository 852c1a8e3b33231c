import { type ErrorCode, isMcpError, McpError } from "../core/errors.ts";
import type { ReconnectPolicy } from "../core/flow/backoff.ts";
import type { Message, Verdict } from "../core/types.ts";
import type { HeaderMap } from "../core/wire/headers.ts";
import { isObject } from "../core/wire/jsonrpc.ts";

/** What tabs say to the one that holds the connection. `n` names a message a tab wants sent. */
export type ToHub =
  | ToSend
  /** Nobody waits for it any more. */
  | { readonly type: "drop"; readonly n: number }
  /** So many of its replies were read since the last time. */
  | { readonly type: "more"; readonly n: number; readonly count: number }
  | { readonly type: "seen"; readonly visible: boolean }
  | { readonly type: "bye" };

export interface ToSend {
  readonly type: "send";
  readonly n: number;
  /** The message as JSON, so that what an application put into it becomes what it would on the wire. */
  readonly text: string;
  /** A request by which the tab learns who the server is. */
  readonly handshake: boolean;
  readonly headers?: HeaderMap;
  readonly reconnect?: ReconnectPolicy;
  /** Not to be sent after that, in milliseconds since 1970: by then the tab may have turned to another. */
  readonly until?: number;
}

/** What the tab that holds the connection says to one of the others. */
export type ToTab =
  | Welcome
  | { readonly type: "got"; readonly n: number }
  /** It was not sent in time, and will not be unless it is said again. */
  | { readonly type: "again"; readonly n: number }
  /** It is being sent: from now on it may have run. */
  | { readonly type: "sent"; readonly n: number }
  | { readonly type: "active"; readonly n: number }
  /** What came on the message's own reply channel. `server` with the answer of a handshake. */
  | { readonly type: "reply"; readonly n: number; readonly message: Message; readonly server?: Verdict }
  /** Its reply channel has ended. */
  | { readonly type: "end"; readonly n: number; readonly error?: Packed }
  /** What came on a channel that requests share. */
  | { readonly type: "say"; readonly message: Message }
  | { readonly type: "report"; readonly error: Packed }
  /** Whether a person is being asked, so that no clock should run. */
  | { readonly type: "asking"; readonly on: boolean }
  /** Something the server said unasked may not have been heard. */
  | { readonly type: "missed" }
  /** The session is gone. */
  | { readonly type: "lost" }
  | { readonly type: "bye" };

export interface Welcome {
  readonly type: "welcome";
  /** Whether a person is being asked. */
  readonly asking: boolean;
  /** When it began to hold the connection, in milliseconds since 1970. */
  readonly since: number;
}

/** What is said to everybody: a tab that looks for the connection, and one that just got to hold it. */
export type ToAll =
  | { readonly type: "hello"; readonly from: string; readonly visible: boolean }
  | { readonly type: "who" };

/** A letter from one tab to another. */
export type Letter<T> = T & { readonly from: string; readonly to: string };

/** Whether it is a letter to `to`. Only this library writes to these channels, but every script of the origin can. */
export function isLetter<T>(data: unknown, to: string): data is Letter<T> {
  return isObject(data) && data.to === to && typeof data.from === "string";
}

/** An error as plain data. */
export interface Packed {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly details?: object;
  /** What brought it about. */
  readonly cause?: Packed;
}

export function pack(error: unknown, during?: "sharing"): Packed {
  if (!isMcpError(error)) return { message: String((error as Error | undefined)?.message ?? error) };
  const { cause, code, message, status, rpcCode, data, url, retryAfterMs, retryable } = error;
  return {
    code,
    message: message.replace(`[${code}] `, ""),
    details: JSON.parse(
      JSON.stringify({
        ...{ status, rpcCode, data, url, retryAfterMs, retryable },
        during: error.during ?? during,
      }),
    ),
    ...(cause !== undefined && { cause: pack(cause) }),
  };
}

export function unpack({ code, message, details, cause }: Packed): Error {
  if (!code) return new Error(message);
  return new McpError(code, message, { ...details, cause: cause && unpack(cause) });
}
