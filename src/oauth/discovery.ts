import type { AuthorizationServer } from "oauth4webapi";
import { parseUrl, shownUrl } from "../adapters/fetch.ts";
import type { JsonObject } from "../core/types.ts";
import { fault, refusedBy } from "./errors.ts";
import { jsonOf, type Send, secured } from "./send.ts";

/** What a server says about who guards it. */
export interface Protection {
  /** The identifier that tokens are asked for. */
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopes?: string;
  /** It says nothing: a server of 2025-03-26, whose authorization server has its origin. */
  readonly legacy?: boolean;
  /** Where the document was. */
  readonly metadata?: string;
}

/** `name` inserted between host and path, as RFC 8414 and RFC 9728 have it. */
function wellKnown(target: string, name: string): string {
  const url = new URL(target);
  url.hash = "";
  url.pathname = `/.well-known/${name}${url.pathname.replace(/\/$/, "")}`;
  return url.href;
}

/**
 * Protected resource metadata: "use the resource metadata URL from the parsed WWW-Authenticate headers when
 * present; otherwise […] fall back to constructing and requesting the well-known URIs", at the path of the
 * endpoint, then at the root.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/authorization-server-discovery
 */
export async function protectedResource(
  send: Send,
  server: string,
  hint: string | undefined,
): Promise<Protection> {
  const { origin } = new URL(server);
  const name = "oauth-protected-resource";
  const places = hint
    ? [secured(hint, "resource_metadata URL", server).href]
    : [wellKnown(server, name), wellKnown(origin, name)];
  const found = await first(send, places);
  if (!found) {
    if (hint)
      throw fault("auth_refused", `There is no protected resource metadata at ${shownUrl(hint)}.`, hint);
    return { resource: canonical(server), issuers: [origin], legacy: true };
  }
  const { json, url } = found;
  const { resource, authorization_servers: servers, scopes_supported: scopes } = json;
  if (!isWithin(server, resource)) {
    throw fault(
      "auth_refused",
      `${shownUrl(url)} describes another resource than ${shownUrl(server)}. A token for it must not be asked for; ` +
        "connect to the URL that its `resource` names, or correct that.",
      url,
    );
  }
  const issuers = Array.isArray(servers)
    ? servers.filter((each) => typeof each === "string" && parseUrl(each))
    : [];
  return {
    resource: resource as string,
    issuers: issuers.length > 0 ? issuers : [origin],
    scopes: Array.isArray(scopes) ? scopes.join(" ") : undefined,
    metadata: url,
  };
}

/** "implementations SHOULD consistently use the form without the trailing slash". */
function canonical(server: string): string {
  const { origin, pathname } = new URL(server);
  return origin + (pathname === "/" ? "" : pathname);
}

/** A resource is the server's URL, or one above it that stands for all below. */
function isWithin(server: string, resource: unknown): boolean {
  const outer = typeof resource === "string" && !resource.includes("#") && parseUrl(resource);
  if (!outer) return false;
  const inner = new URL(server);
  const path = outer.pathname.replace(/\/?$/, "/");
  return outer.origin === inner.origin && inner.pathname.replace(/\/?$/, "/").startsWith(path);
}

/**
 * Authorization server metadata, in all its well-known places.
 *
 * "the `issuer` value in the document MUST be identical to the issuer identifier used to construct the
 * well-known URL. If they differ, the client MUST NOT use the metadata."
 *
 * @param legacy whether endpoints may be guessed when there is no document.
 * @see https://datatracker.ietf.org/doc/html/rfc8414#section-3.3
 */
export async function authorizationServer(
  send: Send,
  issuer: string,
  server: string,
  legacy: boolean | undefined,
): Promise<AuthorizationServer> {
  const url = secured(issuer, "authorization server", server);
  const places = [wellKnown(issuer, "oauth-authorization-server"), wellKnown(issuer, "openid-configuration")];
  if (url.pathname !== "/")
    places.push(`${url.origin}${url.pathname.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const found = await first(send, places);
  if (!found) {
    if (!legacy) {
      throw fault(
        "auth_refused",
        `The authorization server ${shownUrl(issuer)} has no metadata at any well-known URL.`,
        issuer,
      );
    }
    // 2025-03-26: "If the server does not provide the metadata […] default endpoints relative to the base URL".
    const at = (path: string) => new URL(path, issuer).href;
    return {
      issuer,
      authorization_endpoint: at("/authorize"),
      token_endpoint: at("/token"),
      registration_endpoint: at("/register"),
      code_challenge_methods_supported: ["S256"],
    };
  }
  const metadata = found.json as unknown as AuthorizationServer;
  // The slash that URL parsers put behind an origin makes no other identifier.
  if (metadata.issuer !== issuer && slashed(metadata.issuer) !== slashed(issuer)) {
    throw fault(
      "auth_refused",
      `${shownUrl(found.url)} is the metadata of another issuer than ${shownUrl(issuer)}. It must not be used; ` +
        "correct `authorization_servers` of the resource metadata, or `issuer` there.",
      found.url,
    );
  }
  for (const name of [
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
  ] as const) {
    // Without an endpoint for tokens there is nothing to sign in for.
    if (metadata[name] !== undefined || name === "token_endpoint")
      secured(metadata[name], `${name} of ${shownUrl(issuer)}`, server);
  }
  return metadata;
}

function slashed(issuer: unknown): unknown {
  return typeof issuer === "string" && /^https?:\/\/[^/?#]+$/.test(issuer) ? `${issuer}/` : issuer;
}

/** The first document there is. A place that cannot be read is worth mentioning only when no other has one. */
async function first(
  send: Send,
  places: readonly string[],
): Promise<{ json: JsonObject; url: string } | undefined> {
  let failure: unknown;
  for (const url of new Set(places)) {
    try {
      const response = await send(url, { headers: { accept: "application/json" } });
      const json = await jsonOf(response);
      if (response.ok && Object.keys(json).length > 0) return { json, url };
      if (response.status >= 500) throw refusedBy(url, "request for metadata", undefined, response.status);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}
