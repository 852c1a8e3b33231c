import {
  AuthorizationResponseError,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  validateAuthResponse,
} from "oauth4webapi";
import { parseUrl, shownUrl } from "../adapters/fetch.ts";
import { quote } from "../core/errors.ts";
import type { Store } from "../core/ports.ts";
import { fault, refusedBy } from "./errors.ts";
import type { Context } from "./grant.ts";
import { secured } from "./send.ts";
import { storeKey } from "./store.ts";
import { type Held, requestByGrant } from "./tokens.ts";

/** What an `authorize` function may need besides the URL. */
export interface AuthorizeContext {
  /** Aborted when nobody waits for the sign-in any more. */
  readonly signal: AbortSignal;
  /** The MCP server that asks for it. */
  readonly server: string;
  /** Comes back in the callback URL. Not to be shown or logged. */
  readonly state: string;
}

/** Something that waits for the person to come back. */
export interface Landing {
  /** Where they come back to this time. */
  readonly redirectUri: string;
  /** Waits no more. */
  close(): void;
}

/** Takes the person to `url`, and resolves with the callback URL they came back to. */
export interface Authorize {
  (url: URL, context: AuthorizeContext): Promise<URL | string>;
  /** Begins to wait for the person, where that decides to which URL they come back; one sign-in each time. */
  listen?(redirectUri: string): Promise<Landing>;
  /** Gets a window ready while a click still allows it; the function it returns lets go of it. */
  prepare?(): () => void;
  /** The page itself goes away: this finds the callback URL that another page of this tab left for `server`. */
  resume?(server: string): string | undefined;
}

/** "associate it with the same per-request record used to store the PKCE code verifier" */
interface Attempt {
  readonly state: string;
  readonly verifier: string;
  readonly parties: string;
  readonly redirectUri: string;
  readonly asked?: string;
  readonly created: number;
}

/** How long a person has. */
export const PATIENCE_MS = 600_000;

/**
 * The authorization code grant, with PKCE.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#authorization-flow-steps
 */
export async function codeGrant(
  context: Context,
  scope: string | undefined,
  redirectUri: string,
  authorize: Authorize,
): Promise<Held> {
  const { as, client, resource, server, store, waiting, asked } = context;
  // "If the field is absent, MCP clients MUST refuse to proceed."
  const methods: unknown = as.code_challenge_methods_supported;
  if (!Array.isArray(methods) || !methods.includes("S256")) {
    throw fault(
      "auth_refused",
      `${shownUrl(as.issuer)} does not list S256 in code_challenge_methods_supported. It must support PKCE, and say so.`,
      as.issuer,
    );
  }
  const returned = await resumed(context, authorize, redirectUri);
  if (returned) return returned;

  const url = secured(as.authorization_endpoint, "authorization endpoint", server);
  const state = generateRandomState();
  const verifier = generateRandomCodeVerifier();
  const attempt: Attempt = {
    state,
    verifier,
    parties: partiesOf(context),
    redirectUri,
    asked,
    created: Date.now(),
  };
  const parameters = {
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUri,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
    // "MUST be included in both authorization requests and token requests"
    resource,
    scope,
    // OpenID Connect: without asking again, "offline_access" is to be ignored.
    prompt: scope?.split(" ").includes("offline_access") ? "consent" : undefined,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  if (authorize.resume) await remember(store, attempt);
  // Nobody is asked, and no page left, for requests that were given up meanwhile.
  if (waiting.signal.aborted) throw waiting.signal.reason;
  const callback = await waiting.person(authorize(url, { signal: waiting.signal, server, state }));
  return redeem(context, attempt, String(callback));
}

async function challengeOf(verifier: string): Promise<string> {
  try {
    return await calculatePKCECodeChallenge(verifier);
  } catch {
    throw fault("auth_refused", "PKCE needs WebCrypto: serve the page over https, or from localhost.");
  }
}

async function remember(store: Store, attempt: Attempt): Promise<void> {
  if (!store.persistent) {
    throw fault(
      "auth_refused",
      "redirect() leaves the page: pass a `store` that stays, such as webStore(sessionStorage).",
    );
  }
  await store.set(storeKey("attempt", attempt.state), attempt);
}

/** Whom an attempt concerns. It is of no use with another authorization server, client or resource. */
function partiesOf({ as, client, resource }: Context): string {
  return JSON.stringify([as.issuer, as.token_endpoint, client.client_id, resource]);
}

/** Takes up an attempt that left the page, when the person came back from it. */
async function resumed(
  context: Context,
  authorize: Authorize,
  redirectUri: string,
): Promise<Held | undefined> {
  const callback = authorize.resume?.(context.server);
  if (callback === undefined) return undefined;
  const state = new URL(callback).searchParams.get("state") ?? "";
  const key = storeKey("attempt", state);
  const attempt = (await context.store.get(key)) as Attempt | undefined;
  // Used once, whatever becomes of it.
  await context.store.delete(key);
  if (attempt?.parties !== partiesOf(context) || attempt.redirectUri !== redirectUri) return undefined;
  return redeem(context, attempt, callback);
}

/** Checks the answer, and only then takes the code out of it. */
async function redeem(context: Context, attempt: Attempt, callback: string): Promise<Held> {
  const { as, client, resource } = context;
  const { state, verifier, redirectUri, asked, created } = attempt;
  const where = shownUrl(as.issuer);
  const parameters = parseUrl(callback)?.searchParams;
  // "discard any results that do not include or have a mismatch with the original state"
  if (parameters?.get("state") !== state) {
    throw fault(
      "auth_refused",
      "The sign-in came back with another `state`: it answers no request of this page.",
    );
  }
  if (Date.now() - created > PATIENCE_MS)
    throw fault("auth_refused", "The sign-in took too long. Start it again.");
  let valid: URLSearchParams;
  try {
    // "Compare to the recorded issuer using simple string comparison"; only after that is `error` looked at.
    valid = validateAuthResponse(as, client, parameters, state);
  } catch (error) {
    if (!(error instanceof AuthorizationResponseError)) {
      throw fault(
        "auth_refused",
        `The sign-in did not come back from ${where} (\`iss\`). Nothing in it was used.`,
        as.issuer,
      );
    }
    throw refusedBy(as.issuer, "sign-in", quote(error.error));
  }
  const [code, another] = valid.getAll("code");
  if (!code || another !== undefined)
    throw fault("auth_refused", `The sign-in came back from ${where} without a code.`, as.issuer);
  const tokens = await requestByGrant(context, "code", "authorization_code", {
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    resource,
  });
  return { ...tokens, asked };
}
