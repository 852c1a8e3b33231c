import { pageUrl } from "../adapters/browser.ts";
import { parseUrl } from "../adapters/fetch.ts";
import { covers, union } from "./challenge.ts";
import { type Authorize, codeGrant, type Landing } from "./code.ts";
import { fault } from "./errors.ts";
import type { CommonOptions, Grant, OAuthProvider } from "./grant.ts";
import { popup } from "./popup.ts";
import { preRegistered, type Registered, register } from "./registration.ts";
import { secured } from "./send.ts";
import { storeKey } from "./store.ts";
import { TokenProvider } from "./token-provider.ts";
import { isOAuthError, type Tokens } from "./tokens.ts";

/** What {@link oauth} takes. */
export interface OAuthOptions extends CommonOptions {
  /**
   * Where the authorization server sends the person back to: an https URL, or one of localhost. In a page it may
   * be relative.
   */
  readonly redirectUri: string | URL;
  /** An https URL with this client's metadata, for authorization servers that take that as its id. */
  readonly clientMetadataUrl?: string | undefined;
  /** The id of a client that is registered with the authorization server, and its secret if it has one. */
  readonly clientId?: string | undefined;
  /** A secret of that client. In a page it is none: leave it out there. */
  readonly clientSecret?: string | undefined;
  /** What the authorization server calls this client when it asks the person. */
  readonly clientName?: string | undefined;
  /** Tokens there are already, or a function that gets the current ones. */
  readonly tokens?: Tokens | (() => Tokens | undefined | Promise<Tokens | undefined>) | undefined;
  /** Takes the person to a URL and resolves with the one they came back to. Default: a popup, in pages. */
  readonly authorize?: Authorize | undefined;
}

/**
 * Signs a person in at the authorization server of an MCP server, when that asks for it. One provider is for
 * one server.
 *
 * @throws McpError `insecure_endpoint` for another `redirectUri`.
 * @example
 * ```ts
 * const client = await connect(url, { auth: oauth({ redirectUri: "/callback" }) });
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 */
export function oauth(options: OAuthOptions): OAuthProvider {
  const { authorize = popup() } = options;
  // "All redirect URIs MUST be either `localhost` or use HTTPS."
  const redirectUri = secured(parseUrl(String(options.redirectUri), pageUrl()), "redirectUri").href;
  let landing: Landing | undefined;
  const grant: Grant = {
    clientId: options.clientId,
    given: options.tokens,
    prepare: authorize.prepare,
    async listen() {
      landing = await authorize.listen?.(redirectUri);
      return () => {
        landing?.close();
        landing = undefined;
      };
    },
    // "MAY add `offline_access` […] when the Authorization Server metadata contains it in `scopes_supported`"
    scope: ({ scopes_supported: scopes }) =>
      scopes?.includes("offline_access") ? "offline_access" : undefined,
    async client(send, as, scope, store) {
      const { clientId, clientSecret, clientMetadataUrl, clientName } = options;
      // In the order of the specification: registered by hand, then by its metadata, then by asking.
      if (clientId !== undefined) return preRegistered(as, clientId, clientSecret);
      if (clientMetadataUrl !== undefined && as.client_id_metadata_document_supported)
        return described(clientMetadataUrl);
      const key = storeKey("client", as.issuer, redirectUri);
      const known = (await store.get(key)) as Registered | undefined;
      const { client_secret_expires_at: end = 0, scope: registered } = known ?? {};
      const lasts = end === 0 || end * 1000 > Date.now();
      // An authorization server may hold a client to the scopes it was registered with.
      const good = known && lasts && (registered === undefined || covers(registered, scope));
      // Not every authorization server leaves the port of the loopback out when it compares.
      const uri = landing?.redirectUri ?? known?.uri ?? redirectUri;
      if (good && known.uri === uri) return known;
      const client = await register(send, as, uri, clientName, union(registered, scope));
      await store.set(key, client);
      return client;
    },
    async tokens(context, scope) {
      try {
        return await codeGrant(context, scope, landing?.redirectUri ?? redirectUri, authorize);
      } catch (error) {
        // It may be the registration that is no longer good. The next attempt starts with another.
        if (isOAuthError(error, "invalid_client", "unauthorized_client")) {
          await context.store.delete(storeKey("client", context.as.issuer, redirectUri));
        }
        throw error;
      }
    },
  };
  return new TokenProvider(grant, options);
}

/** "The `client_id` URL MUST use the "https" scheme and contain a path component". */
function described(url: string): Registered {
  const { protocol, pathname } = new URL(url);
  if (protocol !== "https:" || pathname === "/") {
    throw fault("auth_refused", "`clientMetadataUrl` must be an https URL with a path.", url);
  }
  return { client_id: url, token_endpoint_auth_method: "none" };
}
