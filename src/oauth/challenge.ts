import { customFetch, protectedResourceRequest, WWWAuthenticateChallengeError } from "oauth4webapi";

/** The parameters of a `WWW-Authenticate` header that concern OAuth. */
export interface Challenge {
  readonly error?: string;
  readonly scope?: string;
  readonly resource_metadata?: string;
}

/** Characters of the longest header that is looked at. */
const MAX_LENGTH = 8192;

/**
 * Reads the challenges of OAuth out of a header; a parameter of the first one that has it counts.
 *
 * "MCP clients MUST be able to parse WWW-Authenticate headers".
 */
export async function readChallenge(header: string | null): Promise<Challenge> {
  if (!header || header.length > MAX_LENGTH) return {};
  // Many servers leave out the quotes that a URL or a scope needs.
  const found = (await parse(header)) ?? (await parse(header.replace(/=\s*([^\s",=]+)/g, '="$1"'))) ?? [];
  const all: Record<string, string> = Object.create(null);
  for (const { scheme, parameters } of found) {
    if (scheme === "bearer" || scheme === "dpop") Object.assign(all, { ...parameters, ...all });
  }
  return all;
}

/** The library's parser is reached through an answer that has the header. */
async function parse(header: string): Promise<WWWAuthenticateChallengeError["cause"] | undefined> {
  try {
    const response = new Response(null, { status: 401, headers: { "www-authenticate": header } });
    const url = new URL("https://unused.invalid");
    await protectedResourceRequest("-", "GET", url, undefined, undefined, {
      [customFetch]: async () => response,
    });
  } catch (error) {
    if (error instanceof WWWAuthenticateChallengeError) return error.cause;
  }
  return undefined;
}

/** Scopes as a list without repetition, in order of appearance. */
export function union(...scopes: readonly (string | undefined)[]): string | undefined {
  const all = new Set(scopes.flatMap((each) => each?.split(" ") ?? []).filter(Boolean));
  return all.size > 0 ? [...all].join(" ") : undefined;
}

/** Whether every scope of `wanted` is in `held`. */
export function covers(held: string | undefined, wanted: string | undefined): boolean {
  return union(held, wanted) === union(held);
}
