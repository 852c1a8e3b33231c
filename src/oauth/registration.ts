import type { AuthorizationServer, ClientAuth } from "oauth4webapi";
import { shownUrl } from "../adapters/fetch.ts";
import { quote } from "../core/errors.ts";
import { fault, refusedBy } from "./errors.ts";
import { jsonOf, type Send } from "./send.ts";

/** Where a client keeps another way of proving who it is than a secret. */
export const AUTH: unique symbol = Symbol("auth");

/** This client, as one authorization server knows it. */
export type Registered = {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly token_endpoint_auth_method?: string;
  /** When the secret ends, in seconds since 1970; 0 for never. */
  readonly client_secret_expires_at?: number;
  /** The redirect URI it was registered with. */
  readonly uri?: string;
  /** The scopes it may ask for, where the registration limited them. */
  readonly scope?: string;
  readonly [AUTH]?: ClientAuth;
};

/**
 * How a client proves at the token endpoint who it is.
 *
 * For HTTP Basic id and secret are form-encoded as RFC 6749 2.3.1 has it, but no more than a browser's form would:
 * servers that forget to decode then still understand the "-", "_" and "." that most identifiers are made of.
 */
export function authentication(client: Registered): ClientAuth {
  const { client_id, client_secret: secret, token_endpoint_auth_method: method } = client;
  if (client[AUTH]) return client[AUTH];
  return (_as, _client, body, headers) => {
    if (secret && method === "client_secret_basic") {
      const encode = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
      headers.set("authorization", `Basic ${btoa(`${encode(client_id)}:${encode(secret)}`)}`);
      return;
    }
    body.set("client_id", client_id);
    if (secret && method !== "none") body.set("client_secret", secret);
  };
}

/** A client that was registered by hand. "The authorization server MUST support […] HTTP Basic". */
export function preRegistered(
  as: AuthorizationServer,
  client_id: string,
  client_secret: string | undefined,
): Registered {
  const methods = as.token_endpoint_auth_methods_supported;
  const post = methods?.includes("client_secret_post") && !methods.includes("client_secret_basic");
  const method = client_secret === undefined ? "none" : post ? "client_secret_post" : "client_secret_basic";
  return { client_id, client_secret, token_endpoint_auth_method: method };
}

/**
 * Dynamic client registration.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc7591
 */
export async function register(
  send: Send,
  as: AuthorizationServer,
  redirectUri: string,
  clientName: string | undefined,
  scope: string | undefined,
): Promise<Registered> {
  const endpoint = as.registration_endpoint;
  if (endpoint === undefined) {
    throw fault(
      "auth_refused",
      `${shownUrl(as.issuer)} registers no clients by itself: pass the \`clientId\` of a client registered there` +
        `${as.client_id_metadata_document_supported ? ", or `clientMetadataUrl`" : ""}.`,
      as.issuer,
    );
  }
  const { protocol, hostname } = new URL(redirectUri);
  const methods = as.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const wanted = ["none", "client_secret_basic", "client_secret_post"];
  const method = wanted.find((each) => methods.includes(each)) ?? "none";
  const response = await send(endpoint, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({
      client_name: clientName ?? "MCP client",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: method,
      // "MCP clients MUST specify an appropriate `application_type`"
      application_type:
        protocol === "https:" && !/^(localhost|127\.|\[::1)/.test(hostname) ? "web" : "native",
      scope,
    }),
  });
  const json = await jsonOf(response);
  if (response.status >= 500) throw refusedBy(endpoint, "registration", undefined, response.status);
  if (!response.ok || typeof json.client_id !== "string") {
    const why = [json.error, json.error_description].filter(Boolean).map((each) => quote(each));
    throw fault(
      "auth_refused",
      `${shownUrl(endpoint)} did not register this client (${why.join(": ") || response.status}). Its redirect URI is ` +
        `${shownUrl(redirectUri)}; if that is not allowed there, pass a \`clientId\` or \`clientMetadataUrl\`.`,
      endpoint,
      { status: response.status, error: json.error },
    );
  }
  const text = (name: string) => (typeof json[name] === "string" ? json[name] : undefined);
  return {
    client_id: json.client_id,
    client_secret: text("client_secret"),
    token_endpoint_auth_method:
      text("token_endpoint_auth_method") ?? (method === "none" ? "client_secret_basic" : method),
    client_secret_expires_at: Number(json.client_secret_expires_at) || 0,
    scope: text("scope") ?? scope,
    uri: redirectUri,
  };
}
