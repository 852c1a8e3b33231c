// An MCP server and its authorization server behind one `fetch`, for tests that bend what these two say.
import { createHash } from "node:crypto";
import type { Authorize, OAuthOptions } from "mcp-rivulet/oauth";

export const server = "https://mcp.example/mcp";
export const issuer = "https://as.example";
export const redirectUri = "https://app.example/callback";

type Json = Record<string, unknown>;

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly form: URLSearchParams;
  readonly body: string;
}

export interface WorldOptions {
  /** Changes to the protected resource metadata. */
  readonly resource?: Json;
  /** Changes to the authorization server metadata. */
  readonly metadata?: Json;
  /** The callback URL, as the authorization server would send it, and what becomes of it. */
  readonly callback?: (url: URL) => void;
  /** Answers a request before anybody else does. */
  readonly answer?: (seen: Seen) => Response | Promise<Response> | undefined;
  /** Seconds that access tokens last. */
  readonly expiresIn?: number;
  readonly challenge?: string;
}

export interface World {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly authorize: Authorize;
  readonly seen: readonly Seen[];
  /** How often a person was asked, and with which URL. */
  readonly asked: URL[];
  /** Access tokens the server takes. */
  readonly valid: Set<string>;
  readonly refreshTokens: Set<string>;
  requests(path: string): readonly Seen[];
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

export function createWorld(options: WorldOptions = {}): World {
  const seen: Seen[] = [];
  const asked: URL[] = [];
  const valid = new Set<string>();
  const refreshTokens = new Set<string>();
  const challenges = new Map<string, string>();
  let count = 0;

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none", "client_secret_basic"],
    authorization_response_iss_parameter_supported: true,
    ...options.metadata,
  };

  function issue(): Response {
    const [access_token, refresh_token] = [`access-${++count}`, `refresh-${count}`];
    valid.add(access_token);
    refreshTokens.add(refresh_token);
    const expires_in = options.expiresIn ?? 3600;
    return json({ access_token, refresh_token, token_type: "Bearer", expires_in });
  }

  function token(form: URLSearchParams): Response {
    const refused = (error: string) => json({ error }, 400);
    if (form.get("grant_type") === "refresh_token") {
      // Rotation: each is good for one refresh.
      return refreshTokens.delete(form.get("refresh_token") ?? "") ? issue() : refused("invalid_grant");
    }
    if (form.get("grant_type") !== "authorization_code") return issue();
    const challenge = challenges.get(form.get("code") ?? "");
    challenges.delete(form.get("code") ?? "");
    const hash = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    return challenge === hash ? issue() : refused("invalid_grant");
  }

  function mcp({ method, headers, body }: Seen): Response {
    if (method !== "POST") return new Response(null, { status: 405 });
    const given = headers.get("authorization")?.replace(/^\w+ /, "");
    if (!given || !valid.has(given)) {
      const challenge =
        options.challenge ??
        'Bearer resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp"';
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    }
    const { id, method: called } = JSON.parse(body) as { id: number; method: string };
    const results: Record<string, Json> = {
      "server/discover": { supportedVersions: ["2026-07-28"], capabilities: { tools: {} } },
      "tools/list": { tools: [], ttlMs: 0, cacheScope: "private" },
      "tools/call": { content: [{ type: "text", text: "called" }] },
    };
    return json({ jsonrpc: "2.0", id, result: { resultType: "complete", ...results[called] } });
  }

  async function answer(each: Seen): Promise<Response> {
    const own = await options.answer?.(each);
    if (own) return own;
    switch (each.url.replace(/\?.*/, "")) {
      case server:
        return mcp(each);
      case "https://mcp.example/.well-known/oauth-protected-resource/mcp":
        return json({ resource: server, authorization_servers: [issuer], ...options.resource });
      case `${issuer}/.well-known/oauth-authorization-server`:
        return json(metadata);
      case `${issuer}/register`:
        return json({ ...JSON.parse(each.body), client_id: "client-1" }, 201);
      case `${issuer}/token`:
        return token(each.form);
      default:
        return new Response("nothing here", { status: 404 });
    }
  }

  return {
    seen,
    asked,
    valid,
    refreshTokens,
    requests: (path) => seen.filter(({ url }) => new URL(url).pathname === path),
    async fetch(url, init = {}) {
      const body = init.body === undefined || init.body === null ? "" : String(init.body);
      const each = {
        method: init.method ?? "GET",
        url,
        headers: new Headers(init.headers),
        body,
        form: new URLSearchParams(body),
      };
      seen.push(each);
      return answer(each);
    },
    async authorize(url) {
      asked.push(url);
      const code = `code-${asked.length}`;
      challenges.set(code, url.searchParams.get("code_challenge") ?? "");
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", url.searchParams.get("state") ?? "");
      back.searchParams.set("iss", issuer);
      options.callback?.(back);
      return back;
    },
  };
}

export const optionsFor = (world: World): OAuthOptions => ({
  redirectUri,
  fetch: world.fetch,
  authorize: world.authorize,
});
