import { genericTokenEndpointRequest } from "oauth4webapi";
import { parseUrl } from "../adapters/fetch.ts";
import { fault } from "./errors.ts";
import type { CommonOptions, Context, OAuthProvider } from "./grant.ts";
import { preRegistered } from "./registration.ts";
import { secured } from "./send.ts";
import { TokenProvider } from "./token-provider.ts";
import { type Held, requestByGrant, requestTokens } from "./tokens.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";

/** A token, or a function that gets the current one. */
const read = async (source: WorkloadOptions["assertion"]): Promise<string> =>
  typeof source === "function" ? await source() : source;

function bearer(context: Context, assertion: string, scope: string | undefined): Promise<Held> {
  const { resource } = context;
  return requestByGrant(context, "assertion", GRANT, {
    assertion,
    resource,
    ...(scope !== undefined && { scope }),
  });
}

/** What {@link workload} takes. */
export interface WorkloadOptions extends CommonOptions {
  /** This client at the authorization server. */
  readonly clientId: string;
  /** The JWT that the platform gives this workload, made out to the authorization server. */
  readonly assertion: string | (() => string | Promise<string>);
}

/**
 * A workload that proves who it is with the token its platform gives it.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc7523
 */
export function workload(options: WorkloadOptions): OAuthProvider {
  const { clientId, assertion } = options;
  return new TokenProvider(
    {
      clientId,
      client: async (_send, as) => preRegistered(as, clientId, undefined),
      tokens: async (context, scope) => bearer(context, await read(assertion), scope),
    },
    options,
  );
}

/** What {@link enterprise} takes. */
export interface EnterpriseOptions extends CommonOptions {
  /** This client at the authorization server of the MCP server. */
  readonly clientId: string;
  /** Its secret there, if it has one. Pass `issuer` too: the MCP server says which authorization server that is. */
  readonly clientSecret?: string | undefined;
  /** Where the person is signed in already. */
  readonly idp: {
    readonly issuer: string;
    readonly tokenEndpoint: string;
    /** This client at the identity provider. */
    readonly clientId: string;
    readonly clientSecret?: string | undefined;
    readonly idToken: string | (() => string | Promise<string>);
  };
}

/**
 * Enterprise-managed authorization: the identity provider of the company, where the person is signed in, vouches
 * for them with an ID-JAG, and nobody is asked.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-identity-assertion-authz-grant/
 */
export function enterprise(options: EnterpriseOptions): OAuthProvider {
  const { clientId, clientSecret, idp } = options;
  return new TokenProvider(
    {
      clientId,
      client: async (_send, as) => preRegistered(as, clientId, clientSecret),
      async tokens(context, scope) {
        const { as, resource, server, send } = context;
        const token_endpoint = secured(idp.tokenEndpoint, "`idp.tokenEndpoint`").href;
        if (parseUrl(String(as.token_endpoint))?.href === token_endpoint) {
          throw fault(
            "auth_refused",
            `${server} names the identity provider as its authorization server.`,
            server,
          );
        }
        const provider = { issuer: idp.issuer, token_endpoint };
        const at = { as: provider, client: preRegistered(provider, idp.clientId, idp.clientSecret), send };
        const parameters = {
          requested_token_type: `${TOKEN_TYPE}id-jag`,
          // "The Issuer URL of the Resource Authorization Server"
          audience: as.issuer,
          resource,
          subject_token: await read(idp.idToken),
          subject_token_type: `${TOKEN_TYPE}id_token`,
          ...(scope !== undefined && { scope }),
        };
        const { access_token } = await requestTokens(
          at,
          "token exchange",
          (auth, o) =>
            genericTokenEndpointRequest(
              provider,
              at.client,
              auth,
              "urn:ietf:params:oauth:grant-type:token-exchange",
              parameters,
              o,
            ),
          // An ID-JAG is not a token to be used as one: its type is "N_A".
          "n_a",
        );
        return bearer(context, access_token, scope);
      },
    },
    options,
  );
}
