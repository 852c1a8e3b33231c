import {
  allowInsecureRequests,
  customFetch,
  DPoP,
  type DPoPHandle,
  protectedResourceRequest,
} from "oauth4webapi";
import { generateKey } from "../adapters/keys.ts";
import { exclusive } from "../adapters/locks.ts";
import type { Store } from "../core/ports.ts";
import type { HeaderMap } from "../core/wire/headers.ts";

const KEY = "mcp-rivulet dpop";

/**
 * Proofs of possession: a token bound to a key that cannot leave this runtime is of no use to who steals it.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc9449
 */
export class Proofs {
  readonly #store: Store;
  readonly #nonces: Map<string, string> = new Map();
  #handle: Promise<DPoPHandle> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What the requests of the library take. One key for all that are made here. */
  handle(): Promise<DPoPHandle> {
    this.#handle ??= this.#load();
    return this.#handle;
  }

  #load(): Promise<DPoPHandle> {
    const store = this.#store.keys ? this.#store : undefined;
    // Tabs that start at the same time must end up with one key: only the last one made would be kept.
    return exclusive(this.#store, KEY, async () => {
      let pair = (await store?.get(KEY)) as CryptoKeyPair | undefined;
      if (!pair) {
        pair = await generateKey();
        await store?.set(KEY, pair);
      }
      return DPoP({}, pair);
    });
  }

  /** Remembers what a server wants to see in the next proof. */
  answered(url: string, nonce: string | null): void {
    if (nonce) this.#nonces.set(new URL(url).origin, nonce);
  }

  /** Headers of one request, with a proof of its own. The library makes them for a request that is not sent. */
  async headers(token: string, method: string, target: string): Promise<HeaderMap> {
    const url = new URL(target);
    const nonce = this.#nonces.get(url.origin);
    this.#nonces.delete(url.origin);
    const headers: HeaderMap = {};
    const options = {
      DPoP: await this.handle(),
      [allowInsecureRequests]: true,
      [customFetch]: async (_: string, init: { headers: Record<string, string> }) => {
        for (const name of ["authorization", "dpop"]) headers[name] = init.headers[name] as string;
        // The nonce reaches the library where it looks for it: in an answer.
        return new Response(null, nonce === undefined ? {} : { headers: { "dpop-nonce": nonce } });
      },
    } as const;
    const make = () => protectedResourceRequest(token, method, url, undefined, undefined, options);
    if (nonce !== undefined) await make();
    await make();
    return headers;
  }
}
