import { between, on, outside, type Requirement, SERVER, STDIO, since, stateless } from "./requirement.ts";

const older = between("2025-06-18", "2025-11-25");
const HOSTED = "binds who hosts the metadata document: the application gives its URL as `clientMetadataUrl`";

/** Tokens, scopes and where they come from: basic/authorization, before it was split into four pages and after. */
export const authorization: readonly Requirement[] = [
  ...on(
    { "basic/authorization": between("2025-03-26", "2025-11-25"), "basic/authorization/index": stateless },
    {
      "auth/over-http": "Implementations using an HTTP-based transport SHOULD conform to this specification.",
      "auth/stdio": outside(
        STDIO,
        "Implementations using an STDIO transport SHOULD NOT follow this specification, and instead retrieve credentials from the environment.",
      ),
      "auth/other-transports": outside(
        "binds who writes such a transport; `memory()` has no credentials",
        "Implementations using alternative transports MUST follow established security best practices for their protocol.",
      ),
      "auth/header": "MCP client MUST use the Authorization request header field",
      "auth/on-every-request":
        "Note that authorization MUST be included in every HTTP request from client to server",
      "auth/not-in-query": "Access tokens MUST NOT be included in the URI query string",
    },
  ),
  ...on(
    { "basic/authorization": ["2025-03-26"] },
    {
      "auth/oauth-2.1":
        "MCP auth implementations MUST implement OAuth 2.1 with appropriate security measures for both confidential and public clients.",
      "auth/registration-supported":
        "MCP auth implementations SHOULD support the OAuth 2.0 Dynamic Client Registration Protocol (RFC7591).",
      "auth/server-metadata":
        "MCP servers SHOULD and MCP clients MUST implement OAuth 2.0 Authorization Server Metadata (RFC8414).",
      "auth/base-url":
        "The authorization base URL MUST be determined from the MCP server URL by discarding any existing `path` component.",
      "auth/metadata-at-base-url":
        "The metadata endpoint MUST be at `https://api.example.com/.well-known/oauth-authorization-server`",
      "auth/default-endpoints":
        "clients MUST use the following default endpoint paths relative to the authorization base URL:",
      "auth/metadata-before-defaults":
        "Clients MUST first attempt to discover endpoints via the metadata document before falling back to default paths.",
      "auth/registration-without-user":
        "MCP clients and servers SHOULD support the OAuth 2.0 Dynamic Client Registration Protocol to allow MCP clients to obtain OAuth client IDs without user interaction.",
      "auth/resource-requests":
        "Access token handling MUST conform to OAuth 2.1 Section 5 requirements for resource requests.",
      "auth/tokens-stored-securely": "Clients MUST securely store tokens following OAuth 2.0 best practices",
      "auth/endpoints-https": "All authorization endpoints MUST be served over HTTPS",
      "auth/redirect-localhost-or-https": "Redirect URIs MUST be either localhost URLs or HTTPS URLs",
      "auth/best-practices": "Implementations MUST follow OAuth 2.1 security best practices",
      "auth/pkce-required": "PKCE is REQUIRED for all clients",
      "auth/token-rotation": "Token rotation SHOULD be implemented for enhanced security",
      "auth/token-lifetimes": outside(
        SERVER,
        "Token lifetimes SHOULD be limited based on security requirements",
      ),
    },
  ),
  ...on(
    { "basic/authorization": ["2025-06-18"] },
    {
      "auth/registration-06":
        "Authorization servers and MCP clients SHOULD support the OAuth 2.0 Dynamic Client Registration Protocol (RFC7591).",
      "auth/registration-06-without-user":
        "MCP clients and authorization servers SHOULD support the OAuth 2.0 Dynamic Client Registration Protocol RFC7591 to allow MCP clients to obtain OAuth client IDs without user interaction.",
      "auth/uses-server-metadata": "MCP clients MUST use the OAuth 2.0 Authorization Server Metadata.",
      "auth/follows-rfc8414":
        "MCP clients MUST follow the OAuth 2.0 Authorization Server Metadata RFC8414 specification to obtain the information required to interact with the authorization server.",
      "auth/pkce": "MCP clients MUST implement PKCE according to OAuth 2.1 Section 7.5.2",
    },
  ),
  ...on(
    { "basic/authorization": older },
    {
      "auth/best-practices-2.1":
        "Implementations MUST follow OAuth 2.1 security best practices as laid out in OAuth 2.1 Section 7.",
    },
  ),
  ...on(
    { "basic/authorization": older, "basic/authorization/index": stateless },
    {
      "auth/resource-metadata":
        "MCP clients MUST use OAuth 2.0 Protected Resource Metadata for authorization server discovery.",
      "auth/resource-indicators":
        "MCP clients MUST implement Resource Indicators for OAuth 2.0 as defined in RFC 8707 to explicitly specify the target resource for which the token is being requested.",
      "auth/resource-in-both": "MUST be included in both authorization requests and token requests.",
      "auth/resource-identifies":
        "MUST identify the MCP server that the client intends to use the token with.",
      "auth/resource-canonical":
        "MUST use the canonical URI of the MCP server as defined in RFC 8707 Section 2.",
      "auth/resource-most-specific":
        "MCP clients SHOULD provide the most specific URI that they can for the MCP server they intend to access, following the guidance in RFC 8707.",
      "auth/resource-uppercase":
        "implementations SHOULD accept uppercase scheme and host components for robustness and interoperability.",
      "auth/resource-no-slash":
        "implementations SHOULD consistently use the form without the trailing slash for better interoperability unless the trailing slash is semantically significant for the specific resource.",
      "auth/resource-always":
        "MCP clients MUST send this parameter regardless of whether authorization servers support it.",
      "auth/resource-requests-2.1":
        'Access token handling when making requests to MCP servers MUST conform to the requirements defined in OAuth 2.1 Section 5 "Resource Requests".',
      "auth/tokens-of-its-server":
        "MCP clients MUST NOT send tokens to the MCP server other than ones issued by the MCP server's authorization server.",
    },
  ),
  ...on(
    { "basic/authorization": ["2025-11-25"] },
    {
      "auth/scopes-authoritative":
        "Clients MUST treat the scopes provided in the challenge as authoritative for satisfying the current request.",
      "auth/scope-fallback":
        "If the `scope` parameter is absent, clients SHOULD apply the fallback behavior defined in the Scope Selection Strategy section.",
    },
  ),
  ...on(
    { "basic/authorization": ["2025-11-25"], "basic/authorization/index": stateless },
    {
      "auth/client-metadata-documents":
        "Authorization servers and MCP clients SHOULD support OAuth Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document-00).",
      "auth/both-discovery-mechanisms":
        "MCP clients MUST support both discovery mechanisms to obtain the information required to interact with the authorization server.",
      "auth/scopes-no-set-relationship":
        "Clients MUST NOT assume any particular set relationship between the challenged scope set and `scopes_supported`.",
      "auth/least-privilege":
        "MCP clients SHOULD follow the principle of least privilege by requesting only the scopes necessary for their intended operations.",
      "auth/scope-from-challenge":
        "MCP clients SHOULD follow this priority order for scope selection: … Use `scope` parameter from the initial `WWW-Authenticate` header in the 401 response, if provided",
      "auth/scope-from-metadata":
        "MCP clients SHOULD follow this priority order for scope selection: … If `scope` is not available, use all scopes defined in `scopes_supported` from the Protected Resource Metadata document, omitting the `scope` parameter if `scopes_supported` is undefined.",
      "auth/step-up":
        "Clients SHOULD respond to these errors by requesting a new access token with an increased set of scopes via a step-up authorization flow",
      "auth/step-up-for-user":
        "Clients acting on behalf of a user SHOULD attempt the step-up authorization flow.",
      "auth/step-up-limit":
        "Clients SHOULD implement retry limits and SHOULD track scope upgrade attempts to avoid repeated failures for the same resource and operation combination.",
    },
  ),
  ...on(
    { "basic/authorization/index": stateless },
    {
      "auth/discovery-followed":
        "Implementations MUST follow the normative discovery requirements defined in Authorization Server Discovery.",
      "auth/client-id-first":
        "Before initiating the authorization flow, MCP clients MUST obtain a client ID through one of three registration mechanisms:",
      "auth/scopes-authoritative-for-operation":
        "Clients MUST treat the scopes provided in the challenge as authoritative for the current operation.",
      "auth/scopes-kept":
        "When re-authorizing, clients SHOULD include these scopes alongside any previously granted scopes",
      "auth/issuer-recorded":
        "Before redirecting the user-agent, the client MUST record the `issuer` value from the selected authorization server's validated metadata document",
      "auth/iss-validated":
        "MCP clients MUST apply the validation in RFC9207 Section 2.4 before transmitting the authorization code to any token endpoint:",
      "auth/iss-not-normalized":
        "clients MUST NOT apply scheme or host case folding, default-port elision, trailing-slash, or percent-encoding normalization",
      "auth/iss-on-errors":
        "on mismatch the client MUST NOT act on or display `error`, `error_description`, or `error_uri`.",
      "auth/refresh-tokens-confidential": "MUST keep refresh tokens confidential in transit and storage",
      "auth/refresh-grant-type": "SHOULD include `refresh_token` in their `grant_types` client metadata",
      "auth/refresh-tokens-not-assumed":
        "MUST NOT assume refresh tokens will be issued; the AS retains discretion",
      "auth/security-followed":
        "Implementations of this specification MUST follow the normative security requirements in Security Considerations",
    },
  ),
  ...on(
    { "basic/authorization": older, "basic/authorization/authorization-server-discovery": stateless },
    {
      "discovery/parses-challenge":
        "MCP clients MUST be able to parse `WWW-Authenticate` headers and respond appropriately to `HTTP 401 Unauthorized` responses from the MCP server.",
    },
  ),
  ...on(
    {
      "basic/authorization": ["2025-11-25"],
      "basic/authorization/authorization-server-discovery": stateless,
    },
    {
      "discovery/resource-metadata":
        "MCP clients MUST support both discovery mechanisms and use the resource metadata URL from the parsed `WWW-Authenticate` headers when present; otherwise, they MUST fall back to constructing and requesting the well-known URIs in the order listed above.",
      "discovery/well-known-endpoints":
        "MCP clients MUST attempt multiple well-known endpoints when discovering authorization server metadata.",
      "discovery/with-path":
        "For issuer URLs with path components (e.g., `https://auth.example.com/tenant1`), clients MUST try endpoints in the following priority order:",
      "discovery/without-path":
        "For issuer URLs without path components (e.g., `https://auth.example.com`), clients MUST try:",
    },
  ),
  ...on(
    { "basic/authorization/authorization-server-discovery": stateless },
    {
      "discovery/state-per-server":
        "Clients MUST maintain separate registration state (client credentials, tokens) per authorization server and MUST NOT assume that credentials valid for one authorization server will be accepted by another.",
      "discovery/issuer-checked":
        "the `issuer` value in the document MUST be identical to the issuer identifier used to construct the well-known URL. If they differ, the client MUST NOT use the metadata.",
    },
  ),
  ...on(
    { "basic/authorization": ["2025-11-25"] },
    {
      "registration/order-11": "Clients supporting all options SHOULD follow the following priority order:",
      "registration/metadata-documents-11":
        "MCP clients and authorization servers SHOULD support OAuth Client ID Metadata Documents as specified in OAuth Client ID Metadata Document.",
      "registration/static-11":
        "MCP clients SHOULD support an option for static client credentials such as those supplied by a preregistration flow.",
    },
  ),
  ...on(
    { "basic/authorization": ["2025-11-25"], "basic/authorization/client-registration": stateless },
    {
      "registration/document-requirements":
        "MCP implementations supporting Client ID Metadata Documents MUST follow the requirements specified in OAuth Client ID Metadata Document.",
      "registration/document-hosted": outside(
        HOSTED,
        "Clients MUST host their metadata document at an HTTPS URL following RFC requirements",
      ),
      "registration/document-url":
        'The `client_id` URL MUST use the "https" scheme and contain a path component',
      "registration/document-properties": outside(
        HOSTED,
        "The metadata document MUST include at least the following properties:",
      ),
      "registration/document-client-id": outside(
        HOSTED,
        "Clients MUST ensure the `client_id` value in the metadata matches the document URL exactly",
      ),
      "registration/document-support-checked":
        "MCP clients SHOULD check for this capability and MAY fall back to Dynamic Client Registration or pre-registration if unavailable.",
    },
  ),
  ...on(
    { "basic/authorization/client-registration": stateless },
    {
      "registration/order": "Clients supporting all options SHOULD use the following priority order:",
      "registration/metadata-documents":
        "MCP clients and authorization servers SHOULD support OAuth Client ID Metadata Documents as specified in OAuth Client ID Metadata Document for client registration.",
      "registration/static":
        "MCP clients SHOULD support an option for static client credentials such as those supplied by a pre-registration flow.",
      "registration/application-type":
        "MCP clients MUST specify an appropriate `application_type` during Dynamic Client Registration.",
      "registration/native":
        'Native applications (desktop applications, mobile apps, CLI tools, and locally-hosted web applications accessed via `localhost`) SHOULD use `application_type: "native"`',
      "registration/web":
        'Web applications (remote browser-based applications served from a non-local host) SHOULD use `application_type: "web"`',
      "registration/failure-handled":
        "MCP clients MUST be prepared to handle registration failures due to redirect URI constraints when authorization servers implement OIDC.",
      "registration/failure-told":
        "When a registration request is rejected, clients SHOULD surface a meaningful error to the user or developer.",
      "registration/bound-to-issuer":
        "MUST associate those credentials with the specific authorization server that issued them, keyed by the authorization server's `issuer` identifier.",
      "registration/server-changed":
        "clients MUST NOT reuse client credentials from a different authorization server and MUST re-register with the new authorization server.",
      "registration/mismatch-told":
        "clients SHOULD surface an error rather than silently attempting to use mismatched credentials.",
    },
  ),
  ...on(
    { "basic/authorization": older, "basic/authorization/security-considerations": stateless },
    {
      "security/resource":
        "MCP clients MUST include the `resource` parameter in authorization and token requests",
      "security/token-storage":
        "Clients and servers MUST implement secure token storage and follow OAuth best practices",
      "security/communication": 'Implementations MUST follow OAuth 2.1 Section 1.5 "Communication Security".',
      "security/endpoints-https": "All authorization server endpoints MUST be served over HTTPS.",
      "security/redirect-localhost-or-https": "All redirect URIs MUST be either `localhost` or use HTTPS.",
      "security/redirect-registered":
        "MCP clients MUST have redirect URIs registered with the authorization server.",
      "security/state":
        "MCP clients SHOULD use and verify state parameters in the authorization code flow and discard any results that do not include or have a mismatch with the original state.",
      "security/resource-explicit":
        "MCP clients MUST implement and use the `resource` parameter as defined in RFC 8707",
      "security/static-proxy-consent": outside(
        SERVER,
        "MCP proxy servers using static client IDs MUST obtain user consent for each dynamically registered client",
      ),
    },
  ),
  ...on(
    { "basic/authorization": ["2025-11-25"], "basic/authorization/security-considerations": stateless },
    {
      "security/pkce":
        "MCP clients MUST implement PKCE according to OAuth 2.1 Section 7.5.2 and MUST verify PKCE support before proceeding with authorization.",
      "security/pkce-s256": "MCP clients MUST use the `S256` code challenge method when technically capable",
      "security/pkce-from-metadata":
        "MCP clients MUST rely on authorization server metadata to verify this capability:",
      "security/pkce-absent":
        "If `code_challenge_methods_supported` is absent, the authorization server does not support PKCE and MCP clients MUST refuse to proceed.",
      "security/pkce-oidc":
        "MCP clients MUST verify the presence of `code_challenge_methods_supported` in the provider metadata response. If the field is absent, MCP clients MUST refuse to proceed.",
    },
  ),
  ...on(
    { "basic/authorization/security-considerations": since("2026-07-28") },
    {
      "security/considered":
        "This document outlines security requirements that implementers MUST consider when building MCP clients and servers.",
      "security/best-practices": "Additionally, implementors MUST follow OAuth 2.1 security best practices",
    },
  ),
];
