import { PrivateKeyJwt } from "oauth4webapi";
import { importKey } from "../adapters/keys.ts";
import type { CommonOptions, OAuthProvider } from "./grant.ts";
import { AUTH, preRegistered } from "./registration.ts";
import { TokenProvider } from "./token-provider.ts";
import { requestByGrant } from "./tokens.ts";

/** What {@link clientCredentials} takes. */
export interface ClientCredentialsOptions extends CommonOptions {
  /** This client at the authorization server. */
  readonly clientId: string;
  /** Its secret there. Sent to the authorization server only. */
  readonly clientSecret?: string | undefined;
  /** Instead of a secret: the key that signs assertions, as a `CryptoKey` or a PEM of PKCS #8. */
  readonly privateKey?: CryptoKey | string | undefined;
  /** What the key of a PEM is for. Default `"ES256"`. */
  readonly algorithm?: string | undefined;
}

/**
 * A program that acts for itself, with credentials of its own.
 *
 * The secret goes to the authorization server that the MCP server names; pass `issuer` to allow only one.
 *
 * @example
 * ```ts
 * const auth = clientCredentials({ clientId: "nightly-report", clientSecret });
 * ```
 */
export function clientCredentials(options: ClientCredentialsOptions): OAuthProvider {
  const { clientId, clientSecret, privateKey, algorithm } = options;
  let key: Promise<CryptoKey> | undefined;
  return new TokenProvider(
    {
      clientId,
      async client(_send, as) {
        if (privateKey === undefined) return preRegistered(as, clientId, clientSecret);
        key ??=
          typeof privateKey === "string" ? importKey(privateKey, algorithm) : Promise.resolve(privateKey);
        return { client_id: clientId, [AUTH]: PrivateKeyJwt(await key) };
      },
      tokens: (context, scope) =>
        requestByGrant(context, "client credentials", "client_credentials", {
          resource: context.resource,
          ...(scope !== undefined && { scope }),
        }),
    },
    options,
  );
}
