import type { Client, ConnectOptions, CreateClientOptions } from "mcp-rivulet";

/**
 * A case is a hostile server, what a client does with it, and what has to come out. Cases are plain data
 * but for the client's steps; each runs in a process of its own (child.ts), so that a hang, a crash, a
 * rejection nobody handles, a socket left open or a timer left running is seen for what it is.
 */
export interface Case {
  readonly name: string;
  readonly revision: Revision;
  /** What the server says, by what it is asked ({@link Seen.key}). What is not here it answers as it should. */
  readonly server: Script;
  /** What the program does. What it resolves or rejects with is the outcome. */
  readonly client: (bench: Bench) => Promise<unknown>;
  readonly expect: Expectation;
  /** Milliseconds until the client counts as hanging. Far below its own timeout of a minute. */
  readonly deadline?: number;
}

export type Revision = "2026-07-28" | "2025-11-25" | "2025-06-18" | "2025-03-26" | "2024-11-05" | "auto";

/** A method, with a session id after a blank if need be, or `"GET"`, `"GET resume"`, …: `"tools/call"`, `"GET"`, `"GET resume"`, `"DELETE"`, `"reply"` (an answer of the client), or a path such as `"/elsewhere"`. */
export interface Script {
  readonly [key: string]: Say | readonly Say[];
}

/** One answer of the server, byte by byte. Of a list of answers each request takes the next; the last stays. */
export interface Say {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  /** Short for the content type. */
  readonly as?: "json" | "sse" | "html" | "text";
  /** What is written; `$id`, `$token`, `$n`, `$origin` and `$evil` stand for what they say. */
  readonly body?: Piece | readonly Piece[];
  /** How it ends. `drop` closes the socket in the middle, `reset` with RST, `hang` never. */
  readonly then?: "end" | "drop" | "reset" | "hang";
  /** The body is compressed with gzip, whatever it is. */
  readonly gzip?: boolean;
  /** No status line, no headers: the pieces are all that is written to the socket. */
  readonly raw?: boolean;
  /** Written to the open event stream of HTTP+SSE; the POST is accepted with 202 before, or gets `status` after. */
  readonly stream?: Piece | readonly Piece[];
  /** With `stream`: how the stream ends after that. Default: it stays. */
  readonly streamThen?: "end" | "drop" | "reset";
  /** Answers as a server of this revision should. */
  readonly usual?: true;
}

export type Piece =
  | string
  /** One write for each byte. */
  | { readonly bytes: string }
  /** The same again, so many times; `$i` counts. */
  | { readonly repeat: string; readonly times: number }
  /** The same again after so many milliseconds, until nobody listens. */
  | { readonly forever: string; readonly every: number }
  /** Tells the client's steps that everything before has been written. */
  | { readonly mark: string }
  | { readonly pause: number }
  /** Waits until the client's steps say so. */
  | { readonly until: string };

export interface Seen {
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: unknown;
  readonly at: number;
}

/** What the steps of a client work with. */
export interface Bench {
  readonly url: string;
  readonly evil: string;
  readonly requests: readonly Seen[];
  /** What came on `client.on("error")`. */
  readonly errors: unknown[];
  /** Options that pin the revision and carry the secrets. */
  options(extra?: ConnectOptions): ConnectOptions;
  connect(extra?: ConnectOptions): Promise<Client>;
  /** One that is not connected yet. */
  create(extra?: ConnectOptions & Partial<CreateClientOptions>): Client;
  /** Resolves when the `count`th request with this key has arrived. */
  seen(key: string, count?: number): Promise<Seen>;
  /** Resolves when the connection of the `count`th request with this key is free again. */
  freed(key: string, count?: number): Promise<void>;
  /** Resolves when the server has passed this mark. */
  mark(name: string): Promise<void>;
  /** Lets the server go on. */
  go(name: string): void;
  /** Resolves when the client has begun to wait for so many milliseconds, as between two attempts. */
  waits(ms: number): Promise<void>;
  /** Resolves with the number of answers whose headers the client has, once there are `count`. */
  answered(count: number): Promise<void>;
}

export interface Expectation {
  /** Code of the McpError it rejects with; a list where the design supports each. */
  readonly code?: string | readonly string[];
  /** What it resolves with (toMatchObject), when it resolves. */
  readonly value?: unknown;
  /** Fields of the error. */
  readonly error?: { readonly [field: string]: unknown };
  readonly message?: RegExp;
  /** Text that stands in no error. Page text and secrets never may. */
  readonly never?: readonly string[];
  /** Codes of what came on `on("error")`, in order; unless given, anything may. */
  readonly errors?: readonly string[];
  /** At least these codes came on `on("error")`. */
  readonly reported?: readonly string[];
  /** How often the server was asked, exactly or from–to. `tools/call` is once unless said here. */
  readonly requests?: { readonly [key: string]: number | readonly [number, number] };
  /** Looks at the requests; says what is wrong with them. */
  readonly check?: (outcome: Outcome) => string | undefined;
  /** Most MB the process may have grown. */
  readonly grown?: number;
}

export interface Outcome {
  readonly value?: unknown;
  /** The error as data: own fields, name, message. */
  readonly error?: { readonly [field: string]: unknown };
  /** Every text of every error, its causes included. */
  readonly texts: string;
  readonly errors: readonly string[];
  readonly requests: readonly Seen[];
  readonly evil: number;
  readonly rejections: readonly string[];
  readonly hung?: boolean;
  /** `close()` took too long, or threw. */
  readonly close?: string;
  /** What kept the process alive after `close()`. */
  readonly alive?: readonly string[];
  readonly grown: number;
  /** `Object.prototype` gained these. */
  readonly polluted: readonly string[];
}
