import type { Store } from "../core/ports.ts";
import type { CommonOptions, Grant } from "./grant.ts";
import { secured } from "./send.ts";
import { storeKey } from "./store.ts";
import { type Held, toHeld } from "./tokens.ts";

/** What is remembered of a server, besides its tokens. */
export interface KnownServer {
  readonly server: string;
  readonly issuer: string;
  readonly resource: string;
  readonly client: string;
  readonly legacy?: boolean;
  readonly metadata?: string;
}

/** "Clients MUST maintain separate registration state (client credentials, tokens) per authorization server". */
export function tokensKey({ issuer, resource, client }: KnownServer): string {
  return storeKey("tokens", issuer, resource, client);
}

/** The tokens of one server: those in use, and those in the store, which other tabs share. */
export class TokenStore {
  known: KnownServer | undefined;
  held: Held | undefined;
  readonly store: Store;
  readonly #grant: Grant;
  readonly #options: CommonOptions;

  constructor(store: Store, grant: Grant, options: CommonOptions) {
    this.store = store;
    this.#grant = grant;
    this.#options = options;
  }

  /** Takes up what is stored for a server, or given by the application. */
  async load(url: string): Promise<Held | undefined> {
    const known = (await this.store.get(storeKey("server", url))) as KnownServer | undefined;
    const { clientId, given } = this.#grant;
    const { issuer } = this.#options;
    // What another client or authorization server left here is not refreshed there with credentials of this one.
    if (known && (clientId ?? known.client) === known.client && (issuer ?? known.issuer) === known.issuer) {
      this.known = known;
      this.held = await this.stored(known);
      if (this.held) return this.held;
    }
    const tokens = typeof given === "function" ? await given() : given;
    if (tokens) secured(url, "MCP server");
    this.held = tokens && toHeld(tokens, { by: "application" });
    return this.held;
  }

  /** The tokens in the store. Those bound to a key are of no use without it, nor the other way round. */
  async stored(known: KnownServer): Promise<Held | undefined> {
    const tokens = (await this.store.get(tokensKey(known))) as Held | undefined;
    return tokens && (tokens.token_type === "dpop") === Boolean(this.#options.dpop) ? tokens : undefined;
  }

  async save(known: KnownServer, tokens: Held): Promise<void> {
    this.known = known;
    this.held = tokens;
    await this.store.set(tokensKey(known), tokens);
    await this.store.set(storeKey("server", known.server), known);
  }

  /** Forgets the tokens of a server, and with `server` which authorization server and client it had. */
  async forget(known: KnownServer, server = false): Promise<void> {
    this.held = undefined;
    await this.store.delete(tokensKey(known));
    if (!server) return;
    this.known = undefined;
    await this.store.delete(storeKey("server", known.server));
  }
}
