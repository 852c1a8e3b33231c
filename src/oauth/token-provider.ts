import type { AuthorizationServer } from "oauth4webapi";
import { shownUrl } from "../adapters/fetch.ts";
import { IGNORE } from "../core/flow/deferred.ts";
import type { AuthChallenge } from "../core/ports.ts";
import type { HeaderMap } from "../core/wire/headers.ts";
import { covers, readChallenge, union } from "./challenge.ts";
import { authorizationServer, type Protection, protectedResource } from "./discovery.ts";
import { Proofs } from "./dpop.ts";
import { fault } from "./errors.ts";
import type { CommonOptions, Grant, OAuthProvider } from "./grant.ts";
import { refresh } from "./refresh.ts";
import { authentication, type Registered } from "./registration.ts";
import { type Send, sender } from "./send.ts";
import { memoryStore } from "./store.ts";
import { type KnownServer, TokenStore } from "./token-store.ts";
import { type Held, type TokenEndpoint, toHeld } from "./tokens.ts";
import { Waiting } from "./waiting.ts";

/** Lends the tokens of one MCP server to its requests, and gets new ones when they are refused. */
export class TokenProvider implements OAuthProvider {
  readonly #grant: Grant;
  readonly #options: CommonOptions;
  /** The tokens in use and in the store, with the server they are for. */
  readonly #kept: TokenStore;
  readonly #proofs: Proofs | undefined;
  readonly #send: Send;
  #origin: string | undefined;
  #last: AuthChallenge | undefined;
  #as: AuthorizationServer | undefined;
  #waiting: Waiting | undefined;
  #flight: Promise<boolean> | undefined;
  #refreshing: Promise<boolean> | undefined;

  constructor(grant: Grant, options: CommonOptions) {
    this.#grant = grant;
    this.#options = options;
    const store = options.store ?? memoryStore();
    this.#kept = new TokenStore(store, grant, options);
    this.#proofs = options.dpop ? new Proofs(store) : undefined;
    this.#send = sender(options.fetch, () => this.#waiting?.signal);
  }

  headers({
    url,
    method,
  }: {
    readonly url: string;
    readonly method: string;
  }): HeaderMap | Promise<HeaderMap> {
    this.#bind(url);
    const tokens = this.#kept.held;
    return tokens && !isDue(tokens) ? this.#headers(tokens, url, method) : this.#load(url, method);
  }

  async challenged(challenge: AuthChallenge): Promise<boolean> {
    const { sent, signal, asking } = challenge;
    this.#last = challenge;
    // All whom it was for have given up: how it ends is no answer to this one.
    while (this.#waiting?.signal.aborted) await this.#flight?.catch(IGNORE);
    // Another request of the same time has brought new tokens already.
    const { held } = this.#kept;
    if (held && !this.#flight && !sent?.endsWith(` ${held.access_token}`)) return true;
    this.#waiting ??= new Waiting();
    this.#waiting.join(signal, asking);
    this.#flight ??= this.#answer(challenge, this.#waiting).finally(() => {
      this.#flight = this.#waiting = undefined;
    });
    return this.#flight;
  }

  answered(url: string, headers: { get(name: string): string | null }): void {
    this.#proofs?.answered(url, headers.get("dpop-nonce"));
  }

  async signIn(url: string | URL | undefined = this.#server): Promise<void> {
    const release = this.#grant.prepare?.();
    try {
      if (url === undefined)
        throw fault("auth_refused", "signIn() needs the URL of the server: none asked for it yet.");
      const target = String(url);
      const tokens = await this.#tokens(target);
      const last = this.#last?.url === target ? this.#last : undefined;
      const good = tokens && !isDue(tokens);
      // What is good may still lack the scopes that a call needed when no window could be opened.
      if (good && last?.status !== 403) return;
      const status = good ? 403 : 401;
      const header = last?.status === status ? last.header : null;
      await this.challenged({ url: target, status, header, sent: tokens && ` ${tokens.access_token}` });
    } finally {
      release?.();
    }
  }

  async signOut(url: string | URL | undefined = this.#server): Promise<void> {
    const tokens = url && (await this.#tokens(String(url)));
    const { known } = this.#kept;
    this.#kept.held = undefined;
    if (!known || !tokens) return;
    await this.#kept.forget(known, true);
    try {
      const { as, client } = await this.#endpoint(known);
      const body = new URLSearchParams({ token: tokens.refresh_token ?? tokens.access_token });
      const headers = new Headers();
      await authentication(client)(as, client, body, headers);
      if (as.revocation_endpoint) await this.#send(as.revocation_endpoint, { method: "POST", headers, body });
    } catch {
      // It is forgotten here; that the other side could not be told changes nothing about that.
    }
  }

  /** The server that asked last, or else the one whose tokens are held. */
  get #server(): string | undefined {
    return this.#last?.url ?? this.#kept.known?.server;
  }

  /** The tokens for a server: the one that this provider has met first, and no other. */
  async #tokens(url: string): Promise<Held | undefined> {
    this.#bind(url);
    return this.#kept.held ?? (await this.#kept.load(url));
  }

  /** "MCP clients MUST NOT send tokens to the MCP server other than ones issued by [its] authorization server." */
  #bind(url: string): void {
    const { origin } = new URL(url);
    this.#origin ??= origin;
    if (origin === this.#origin) return;
    throw fault(
      "auth_refused",
      `These credentials belong to ${this.#origin}. Make a provider for each server.`,
      url,
    );
  }

  #headers({ access_token }: Held, url: string, method: string): HeaderMap | Promise<HeaderMap> {
    return this.#proofs
      ? this.#proofs.headers(access_token, method, url)
      : { authorization: `Bearer ${access_token}` };
  }

  /** The headers once tokens are loaded, or those that end are refreshed. */
  async #load(url: string, method: string): Promise<HeaderMap> {
    const tokens = await this.#tokens(url);
    // Ahead of their end: should it fail, the server decides about the tokens there are.
    if (tokens?.refresh_token && isDue(tokens)) await this.#refresh(tokens).catch(IGNORE);
    const { held } = this.#kept;
    return held ? this.#headers(held, url, method) : {};
  }

  /** Does what a challenge asks for. True when the request is worth another try. */
  async #answer(challenge: AuthChallenge, waiting: Waiting): Promise<boolean> {
    const { status, url, header, attempt = 0 } = challenge;
    const { error, scope: needed, resource_metadata: hint } = await readChallenge(header);
    if (error === "use_dpop_nonce") return Boolean(this.#proofs) && attempt < 2;
    if (status === 403 && error !== "insufficient_scope") return false;
    const before = this.#kept.held;
    const { given } = this.#grant;
    if (status === 401 && before?.by === "application" && typeof given === "function") {
      const next = await given();
      if (next && next.access_token !== before.access_token) {
        this.#kept.held = toHeld(next, { by: "application" });
        return true;
      }
    }
    // A server that refuses what was issued for this very request will not take the next one either.
    if (status === 401 && attempt > 0 && before?.by === "grant") return false;
    // A person is not asked again and again for one request, whatever it says it needs next.
    if (status === 403 && (attempt > 1 || covers(before?.asked, needed))) return false;

    const release = before?.refresh_token && status === 401 ? undefined : this.#grant.prepare?.();
    let leave: (() => void) | undefined;
    try {
      const kept = this.#kept;
      const server = kept.known?.server ?? url;
      const protection = await protectedResource(this.#send, server, hint ?? kept.known?.metadata);
      const { resource, legacy, metadata, scopes } = protection;
      const issuer = this.#choose(protection);
      const as = await this.#metadata(issuer, server, legacy);
      const base = { server, issuer, resource, legacy, metadata };
      const stays = !kept.known || (kept.known.issuer === issuer && kept.known.resource === resource);
      if (!stays) kept.held = undefined;
      else if (status === 401 && before?.refresh_token && !(attempt > 0 && before.by === "refresh")) {
        kept.known ??= { ...base, client: (await this.#client(as)).client_id };
        if (await this.#refresh(before)) return true;
      }

      const asked = union(before?.asked, this.#options.scope, needed) ?? union(scopes);
      const scope = union(asked, this.#grant.scope?.(as));
      leave = await this.#grant.listen?.();
      const client = await this.#client(as, union(scope, scopes));
      const known: KnownServer = { ...base, client: client.client_id };
      // Another tab may have signed in meanwhile: nobody is asked twice.
      const stored = await kept.stored(known);
      if (stored && !challenge.sent?.endsWith(` ${stored.access_token}`) && covers(stored.asked, needed)) {
        await kept.save(known, stored);
        return true;
      }
      const at = { as, client, send: this.#send, proofs: this.#proofs };
      const tokens = await this.#grant.tokens(
        { ...at, server, resource, asked, store: kept.store, waiting },
        scope,
      );
      await kept.save(known, { asked, ...tokens, by: "grant" });
      return true;
    } finally {
      release?.();
      leave?.();
    }
  }

  /** "The responsibility for selecting which authorization server to use lies with the MCP client". */
  #choose({ issuers }: Protection): string {
    const bound =
      this.#options.issuer ?? (this.#grant.clientId === undefined ? undefined : this.#kept.known?.issuer);
    if (bound !== undefined && !issuers.includes(bound)) {
      // "clients MUST NOT reuse client credentials from a different authorization server"
      throw fault(
        "auth_refused",
        `The server is now guarded by ${issuers.map(shownUrl).join(", ")}, and these credentials are for ${shownUrl(bound)}.`,
        issuers[0],
      );
    }
    return bound ?? issuers.find((each) => each === this.#kept.known?.issuer) ?? (issuers[0] as string);
  }

  async #metadata(issuer: string, server: string, legacy: boolean | undefined): Promise<AuthorizationServer> {
    if (this.#as?.issuer !== issuer) this.#as = await authorizationServer(this.#send, issuer, server, legacy);
    return this.#as;
  }

  async #endpoint({ issuer, server, legacy }: KnownServer): Promise<TokenEndpoint> {
    const as = await this.#metadata(issuer, server, legacy);
    return { as, client: await this.#client(as), send: this.#send, proofs: this.#proofs };
  }

  #client(as: AuthorizationServer, scope?: string): Promise<Registered> {
    return this.#grant.client(this.#send, as, scope, this.#kept.store);
  }

  /** One refresh for all who need it. False when a person, or another grant, must give new tokens. */
  #refresh(tokens: Held): Promise<boolean> {
    const once = async () => {
      const { known } = this.#kept;
      return known ? refresh(this.#kept, await this.#endpoint(known), known, tokens) : false;
    };
    this.#refreshing ??= once().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }
}

function isDue({ renewAt }: Held): boolean {
  return renewAt !== undefined && Date.now() >= renewAt;
}
