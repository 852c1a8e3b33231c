import type { AuthorizationServer } from "oauth4webapi";
import type { Fetch } from "../adapters/fetch.ts";
import type { AuthProvider, Store } from "../core/ports.ts";
import type { Registered } from "./registration.ts";
import type { Send } from "./send.ts";
import type { Held, TokenEndpoint, Tokens } from "./tokens.ts";
import type { Waiting } from "./waiting.ts";

/** What every provider of this entry takes. */
export interface CommonOptions {
  /** Scopes to ask for, besides those the server demands. */
  readonly scope?: string | undefined;
  /** Only this authorization server may be used. Its `issuer` identifier. */
  readonly issuer?: string | undefined;
  /** Where tokens are kept. Default `memoryStore()`. */
  readonly store?: Store | undefined;
  /** Used for requests of OAuth in place of the platform's `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Bind tokens to a key of this client. */
  readonly dpop?: boolean | undefined;
}

/** A provider that this entry makes. */
export interface OAuthProvider extends AuthProvider {
  /**
   * Gets tokens now, before a server asks for them. Call it in a click: the window opens at once, where a
   * window that opens later may be blocked.
   *
   * @param url the MCP endpoint; may be left out once a server asked for authorization.
   */
  signIn(url?: string | URL): Promise<void>;
  /**
   * Forgets the tokens, and asks the authorization server to do the same.
   *
   * @param url the MCP endpoint; may be left out once this provider has met the server, which after a reload it has not.
   */
  signOut(url?: string | URL): Promise<void>;
}

/** Where tokens come from, once that is known. */
export interface Context extends TokenEndpoint {
  readonly server: string;
  readonly resource: string;
  readonly store: Store;
  readonly waiting: Waiting;
  /** The scopes that the server wants, without those that are for the authorization server. */
  readonly asked: string | undefined;
}

/** How tokens are got when there are none to refresh. */
export interface Grant {
  client(send: Send, as: AuthorizationServer, scope: string | undefined, store: Store): Promise<Registered>;
  tokens(context: Context, scope: string | undefined): Promise<Held>;
  /** More scopes that it asks for where they are supported. */
  scope?(as: AuthorizationServer): string | undefined;
  /** Called at once when tokens will be asked for; the function it returns takes that back. */
  prepare?(): () => void;
  /** Called before anything is asked for the next tokens; the function it returns ends that. */
  listen?(): Promise<() => void>;
  /** The client and tokens that the application has already. */
  readonly clientId?: string;
  readonly given?: Tokens | (() => Tokens | undefined | Promise<Tokens | undefined>);
}
