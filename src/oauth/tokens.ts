import {
  type AuthorizationServer,
  allowInsecureRequests,
  type ClientAuth,
  customFetch,
  genericTokenEndpointRequest,
  type TokenEndpointRequestOptions,
} from "oauth4webapi";
import { shownUrl } from "../adapters/fetch.ts";
import { isMcpError, quote } from "../core/errors.ts";
import type { JsonObject } from "../core/types.ts";
import type { Proofs } from "./dpop.ts";
import { explain, fault, refusedBy } from "./errors.ts";
import { authentication, type Registered } from "./registration.ts";
import { jsonOf, type Send } from "./send.ts";

/** Tokens as an authorization server issues them. */
export interface Tokens {
  /** What requests carry. A secret. */
  readonly access_token: string;
  /** `"Bearer"`, the default, or `"DPoP"`. */
  readonly token_type?: string;
  /** What gets the next access token. A secret. */
  readonly refresh_token?: string;
  /** Seconds, from the moment they are handed over. */
  readonly expires_in?: number;
  /** The scopes that were granted, with spaces between; those asked for, when absent. */
  readonly scope?: string;
}

/** Tokens as they are kept. */
export interface Held extends Tokens {
  /** When to get new ones, in milliseconds since 1970: a little ahead of their end. */
  readonly renewAt?: number;
  /** The scopes that were asked for when they were issued. */
  readonly asked?: string;
  /** Who gave them: the application's own are not in the store. */
  readonly by?: "grant" | "refresh" | "application";
}

/** A token endpoint, and how to speak to it. */
export interface TokenEndpoint {
  readonly as: AuthorizationServer;
  readonly client: Registered;
  readonly send: Send;
  readonly proofs?: Proofs;
}

/**
 * Tokens as they are kept.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6749#section-5.1
 */
export function toHeld(tokens: Tokens, more?: Partial<Held>): Held {
  const { access_token, token_type, refresh_token, scope } = tokens;
  // A header cannot carry anything else, and what fetch says about that would quote it.
  if (!/^[\x21-\x7e]+$/.test(access_token)) throw fault("auth_refused", "The access token is not a token.");
  const seconds = Number(tokens.expires_in) || 0;
  const renewAt = seconds > 0 ? Date.now() + seconds * 1000 - Math.min(30_000, seconds * 100) : undefined;
  return { access_token, token_type, refresh_token, scope, renewAt, ...more };
}

/**
 * One token request, repeated once when the authorization server wants a nonce in its DPoP proof.
 *
 * @param type the `token_type` that is due.
 */
export async function requestTokens(
  at: TokenEndpoint,
  step: string,
  request: (auth: ClientAuth, options: TokenEndpointRequestOptions) => Promise<Response>,
  type: string = at.proofs ? "dpop" : "bearer",
): Promise<Held> {
  const { as, client, send, proofs } = at;
  const url = as.token_endpoint ?? as.issuer;
  const options: TokenEndpointRequestOptions = {
    // Which http URLs are allowed is decided in `send`, for every request.
    [allowInsecureRequests]: true,
    [customFetch]: (target, init) => send(target, init as RequestInit),
    DPoP: await proofs?.handle(),
  };
  for (let again = false; ; again = true) {
    try {
      const response = await request(authentication(client), options);
      const body = await jsonOf(response);
      // Some servers refuse with status 200.
      const error = typeof body.error === "string" ? quote(body.error) : undefined;
      if (error === undefined && response.ok) return toHeld(checked(body, type, url));
      if (error !== "use_dpop_nonce" || again || !proofs) throw refusedBy(url, step, error, response.status);
    } catch (error) {
      throw explain(error, step, url);
    }
  }
}

/** A token response, down to what is used of it. */
function checked(body: JsonObject, type: string, url: string): Tokens {
  const { access_token, refresh_token, expires_in, scope } = body;
  const given = String(body.token_type).toLowerCase();
  // A token that is not bound as it was asked for, or is bound to a key that is not ours, must not be used.
  if (typeof access_token !== "string" || given !== type) {
    throw fault(
      "auth_refused",
      `${shownUrl(url)} issued no token of type ${type} (token_type ${quote(given)}).`,
      url,
    );
  }
  return {
    access_token,
    token_type: given,
    refresh_token: typeof refresh_token === "string" ? refresh_token : undefined,
    expires_in: Number(expires_in),
    scope: typeof scope === "string" ? scope : undefined,
  };
}

/** A token request whose parameters are all there is to it. */
export function requestByGrant(
  at: TokenEndpoint,
  step: string,
  grant: string,
  params: Record<string, string>,
): Promise<Held> {
  return requestTokens(at, step, (auth, options) =>
    genericTokenEndpointRequest(at.as, at.client, auth, grant, params, options),
  );
}

export function isOAuthError(error: unknown, ...codes: string[]): boolean {
  const code = isMcpError(error) ? (error.data as { error?: string } | undefined)?.error : undefined;
  return code !== undefined && (codes.length === 0 || codes.includes(code));
}
