// A real authorization server (oidc-provider), a real MCP server behind it, and the page of an application.
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { build } from "esbuild";
import { root } from "../package/bundle.ts";
import { serve } from "../support/serve.ts";
import { type Proof, readProof, whatIsWrong } from "./proof.ts";

export interface Site {
  readonly app: string;
  readonly mcp: string;
  readonly issuer: string;
  /** Grant types of the token requests so far. */
  readonly grants: string[];
  /** Authorization requests so far. */
  readonly asked: URL[];
  /** What pages of the application did against their policy. */
  readonly reports: string[];
  /** From now on the server takes no token that was issued before. */
  expire(): void;
  /** From now on tools need this scope too. */
  demand(scope: string): void;
  /** From now on the pages of the authorization server have no opener. */
  isolate(): void;
  /** Proofs of possession that the server has checked. */
  readonly proofs: Proof[];
  /** From now on the server wants another nonce in proofs. */
  changeNonce(): void;
  /** From now on browsers keep the server's challenges to themselves. */
  hideChallenges(): void;
  close(): Promise<void>;
}

const readBody = async (req: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of req) text += String(chunk);
  return text;
};

export interface SiteOptions {
  /** Clients that are registered by hand. */
  readonly clients?: readonly object[];
  /** Bind tokens to keys, with nonces in the proofs, at both servers. */
  readonly dpop?: boolean;
}

export async function startSite(page: string, options: SiteOptions = {}): Promise<Site> {
  const grants: string[] = [];
  const expired = new Set<string>();
  const issued = new Set<string>();
  const asked: URL[] = [];
  const reports: string[] = [];
  const proofs: Proof[] = [];
  let nonce = randomUUID();
  let needed = "mcp:use";
  let isolated = false;
  let exposed = "Mcp-Session-Id, WWW-Authenticate, DPoP-Nonce";
  // oidc-provider names itself after its port, so the port comes first.
  let handleAs: RequestListener = () => {};
  const as = await serve((req, res) => handleAs(req, res), "localhost");
  let handleMcp: RequestListener = () => {};
  const mcp = await serve((req, res) => handleMcp(req, res), "localhost");
  const resource = `${mcp.origin}/mcp`;

  // @ts-expect-error: the package has no types of its own.
  const { default: Provider } = await import("oidc-provider");
  const provider = new Provider(as.origin, {
    clients: options.clients ?? [],
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    scopes: ["openid", "offline_access", "mcp:use", "mcp:write"],
    clientBasedCORS: () => true,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    features: {
      registration: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      dPoP: options.dpop
        ? { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true }
        : { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: "mcp:use mcp:write",
          audience: resource,
          accessTokenFormat: "opaque",
        }),
        useGrantedResource: () => true,
      },
    },
  });
  provider.on("grant.success", (ctx: { oidc: { params?: { grant_type?: string } } }) => {
    grants.push(ctx.oidc.params?.grant_type ?? "");
  });
  const answer = provider.callback();
  handleAs = (req, res) => {
    if (isolated) res.setHeader("cross-origin-opener-policy", "same-origin");
    if (req.url?.startsWith("/auth?")) asked.push(new URL(req.url, as.origin));
    // It has CORS everywhere but for registration.
    // Slow enough for whoever refreshes at the same time to be on the way too.
    if (req.url === "/token") return void setTimeout(() => answer(req, res), 400);
    if (!req.url?.startsWith("/reg")) return answer(req, res);
    res.setHeader("access-control-allow-origin", "*");
    res.setHeader("access-control-allow-headers", "content-type");
    if (req.method === "OPTIONS") res.writeHead(204).end();
    else answer(req, res);
  };

  const sessions = new Map<string, StreamableHTTPServerTransport>();
  handleMcp = (req, res) => {
    void (async () => {
      for (const [name, value] of Object.entries({
        "access-control-allow-origin": "*",
        "access-control-allow-headers":
          "*, Authorization, Content-Type, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID, DPoP",
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-expose-headers": exposed,
      })) {
        res.setHeader(name, value);
      }
      if (req.method === "OPTIONS") return res.writeHead(204).end();
      if (req.url === "/.well-known/oauth-protected-resource/mcp") {
        res.setHeader("content-type", "application/json");
        return res.end(
          JSON.stringify({ resource, authorization_servers: [as.origin], scopes_supported: ["mcp:use"] }),
        );
      }
      const body = await readBody(req);
      const [, scheme, given] = /^(Bearer|DPoP) (.+)$/.exec(req.headers.authorization ?? "") ?? [];
      const token =
        given === undefined || expired.has(given)
          ? undefined
          : ((await provider.AccessToken.find(given)) ?? (await provider.ClientCredentials.find(given)));
      if (token?.jkt !== undefined) {
        const proof = await readProof(String(req.headers.dpop)).catch(() => undefined);
        const wrong =
          !proof || scheme !== "DPoP" || whatIsWrong(proof, proofs, token.jkt, given, req.method, resource);
        if (wrong || proof.payload.nonce !== nonce) {
          const error = wrong ? `invalid_dpop_proof", error_description="${wrong}` : "use_dpop_nonce";
          res.setHeader("dpop-nonce", nonce);
          return res.writeHead(401, { "www-authenticate": `DPoP error="${error}"` }).end();
        }
        proofs.push(proof);
      }
      if (!token || token.aud !== resource) {
        return res
          .writeHead(401, {
            "www-authenticate": `Bearer resource_metadata="${mcp.origin}/.well-known/oauth-protected-resource/mcp"`,
          })
          .end();
      }
      issued.add(given as string);
      if (body.includes('"tools/call"') && !token.scope?.split(" ").includes(needed)) {
        return res
          .writeHead(403, { "www-authenticate": `Bearer error="insufficient_scope", scope="${needed}"` })
          .end();
      }
      const id = req.headers["mcp-session-id"];
      let transport = typeof id === "string" ? sessions.get(id) : undefined;
      if (!transport) {
        const opened = new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (key) => void sessions.set(key, opened),
        });
        const server = new McpServer({ name: "guarded", version: "1.0.0" });
        server.registerTool("who", {}, async () => ({
          content: [{ type: "text", text: token.accountId ?? token.clientId }],
        }));
        await server.connect(opened);
        transport = opened;
      }
      return transport.handleRequest(req, res, body === "" ? undefined : JSON.parse(body));
    })();
  };

  const bundled = await build({
    stdin: { contents: page, resolveDir: root, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    alias: { "mcp-rivulet/oauth": `${root}src/oauth/index.ts`, "mcp-rivulet": `${root}src/index.ts` },
    tsconfigRaw: {},
  });
  const app = await serve((req, res) => {
    const { pathname } = new URL(req.url ?? "/", "http://localhost");
    // The policy that the library promises to work under.
    const policy = `default-src 'none'; script-src 'self'; connect-src ${mcp.origin} ${as.origin}; require-trusted-types-for 'script'; report-uri /reports`;
    if (pathname === "/reports") {
      void readBody(req).then((report) => reports.push(report));
      return void res.writeHead(204).end();
    }
    if (pathname === "/page.js") {
      res.setHeader("content-type", "text/javascript");
      return void res.end(bundled.outputFiles[0]?.text);
    }
    res.setHeader("content-type", "text/html");
    res.setHeader("content-security-policy", policy);
    return void res.end(
      `<!doctype html><title>${pathname}</title><body data-mcp="${resource}"><button>sign in</button><script type="module" src="/page.js"></script>`,
    );
  }, "localhost");

  return {
    app: app.origin,
    mcp: resource,
    issuer: as.origin,
    grants,
    asked,
    reports,
    proofs,
    changeNonce: () => {
      nonce = randomUUID();
    },
    expire: () => {
      for (const token of issued) expired.add(token);
    },
    demand: (scope) => {
      needed = scope;
    },
    isolate: () => {
      isolated = true;
    },
    hideChallenges: () => {
      exposed = "Mcp-Session-Id";
    },
    async close() {
      for (const each of [as, mcp, app]) await each.close();
    },
  };
}
