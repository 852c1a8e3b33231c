// Names that code blocks of README.md may use without declaring them: what the text around a block has already
// introduced. A block that declares one of them itself gets its own.
import type { Client } from "mcp-rivulet";

/** A client that is connected. */
export declare const client: Client;
/** What a person has typed. */
export declare const prompt: string;
/** The server's URL. */
export declare const url: string;
/** An access token from elsewhere. */
export declare const token: string;
/** Where a page shows text. */
export declare const output: HTMLElement;
export declare function render(value: unknown): void;

/** The one Node name that examples for the terminal use; the library itself is free of Node types. */
export declare const process: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): boolean };
};

/** The global of the script tag. */
export declare const McpRivulet: typeof import("mcp-rivulet");

/** Applications of server frameworks, as far as examples of CORS use them. */
interface Answer {
  set(headers: Readonly<Record<string, string>>): void;
  sendStatus(status: number): void;
}
type Middleware = (req: { readonly method: string }, res: Answer, next: () => void) => void;
export declare const expressApp: { use(middleware: Middleware): void };
export declare const honoApp: import("hono").Hono;
