import { exclusive } from "../adapters/locks.ts";
import { type KnownServer, type TokenStore, tokensKey } from "./token-store.ts";
import { type Held, isOAuthError, requestByGrant, type TokenEndpoint } from "./tokens.ts";

/**
 * Gets new tokens for the refresh token of `old`, in one tab at a time. False when there is nothing left to
 * refresh, so that a person, or another grant, must give new ones.
 */
export async function refresh(
  store: TokenStore,
  at: TokenEndpoint,
  known: KnownServer,
  old: Held,
): Promise<boolean> {
  const used = old.refresh_token;
  if (used === undefined || at.client.client_id !== known.client) return false;
  return exclusive(store.store, tokensKey(known), async () => {
    // Another tab may have been quicker: it has used up the refresh token, and left new ones; or it signed out.
    const now = await store.stored(known);
    if (now ? now.access_token !== old.access_token : old.by !== "application") {
      store.held = now;
      return now !== undefined;
    }
    try {
      const { resource } = known;
      const fresh = await requestByGrant(at, "refresh", "refresh_token", { refresh_token: used, resource });
      // A server that does not rotate refresh tokens sends none.
      const { refresh_token = used, scope = old.scope } = fresh;
      await store.save(known, { ...fresh, refresh_token, scope, asked: old.asked, by: "refresh" });
      return true;
    } catch (error) {
      // Only an answer that says so ends the tokens; an authorization server that is away may come back.
      if (!isOAuthError(error) || isOAuthError(error, "server_error", "temporarily_unavailable")) throw error;
      const left = await store.stored(known);
      if (left && left.refresh_token !== used) {
        store.held = left;
        return true;
      }
      await store.forget(known);
      return false;
    }
  });
}
