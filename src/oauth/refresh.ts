import { exclusive } from "../adapters/locks.ts";
import { type Keep, type Known, tokensKey } from "./keep.ts";
import { type Held, isOAuthError, requestByGrant, type TokenEndpoint } from "./tokens.ts";

/**
 * Gets new tokens for the refresh token of `old`, in one tab at a time. False when there is nothing left to
 * refresh, so that a person, or another grant, must give new ones.
 */
export async function renew(keep: Keep, at: TokenEndpoint, known: Known, old: Held): Promise<boolean> {
  const used = old.refresh_token;
  if (used === undefined || at.client.client_id !== known.client) return false;
  return exclusive(keep.store, tokensKey(known), async () => {
    // Another tab may have been quicker: it has used up the refresh token, and left new ones; or it signed out.
    const now = await keep.stored(known);
    if (now ? now.access_token !== old.access_token : old.by !== "application") {
      keep.held = now;
      return now !== undefined;
    }
    try {
      const { resource } = known;
      const fresh = await requestByGrant(at, "refresh", "refresh_token", { refresh_token: used, resource });
      // A server that does not rotate refresh tokens sends none.
      const { refresh_token = used, scope = old.scope } = fresh;
      await keep.keep(known, { ...fresh, refresh_token, scope, asked: old.asked, by: "refresh" });
      return true;
    } catch (error) {
      // Only an answer that says so ends the tokens; an authorization server that is away may come back.
      if (!isOAuthError(error) || isOAuthError(error, "server_error", "temporarily_unavailable")) throw error;
      const left = await keep.stored(known);
      if (left && left.refresh_token !== used) {
        keep.held = left;
        return true;
      }
      await keep.drop(known);
      return false;
    }
  });
}
