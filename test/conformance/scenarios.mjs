// Every client scenario of the official suite, and what is expected of it on each revision's wire.
//
// "pass" must pass, "not-yet" must fail: a scenario that starts to pass is moved to "pass" in the same change,
// so the table always says what works. Two more fields keep a pass from being hollow, since the suite is content
// with a client that does nothing:
//   successes  how many checks have to succeed (default 1); where listed, the full score
//   refusal    the code with which connecting or calling must fail, where failing is the right behaviour

/** The revisions that the suite has a requirement set for. */
export const requirementSets = ["2025-11-25", "2026-07-28"];

const old = "2025-11-25";
const modern = "2026-07-28";

/** Nothing known to work yet, on the named wires. */
const notYet = (...revisions) => Object.fromEntries(revisions.map((revision) => [revision, "not-yet"]));

export const scenarios = {
  // requires: lifecycle/initialize-request, lifecycle/offers-latest-version
  initialize: { on: { [old]: "pass" } },
  // requires: base/json-rpc
  tools_call: { on: { [old]: "pass", [modern]: "pass" }, successes: 2 },
  // requires: elicitation/defaults
  "elicitation-sep1034-client-defaults": { on: { [old]: "pass" }, successes: 5 },
  // requires: http/resumes, http/polls, http/retry-respected
  "sse-retry": { on: { [old]: "pass" }, successes: 3 },
  // requires: base/meta-required-fields, versioning/selects-mutual, http/400-inspected
  "request-metadata": { on: { [modern]: "pass" }, successes: 8 },
  // requires: http/metadata-headers, http/standard-headers, headers/on-tools-call
  "http-standard-headers": { on: { [modern]: "pass" }, successes: 9 },
  // requires: headers/supported, headers/mirrored, headers/values-encoded, headers/base64, headers/markers
  // requires: headers/null-omitted, headers/given-included, headers/from-schema
  "http-custom-headers": { on: { [modern]: "pass" }, successes: 18 },
  // requires: headers/invalid-tool-rejected, headers/not-empty, headers/token-syntax
  // requires: headers/no-control-characters, headers/unique, headers/primitive
  "http-invalid-tool-headers": { on: { [modern]: "pass" }, successes: 12 },
  // requires: mrtr/inputs-first, mrtr/state-echoed, mrtr/no-state-no-state, mrtr/new-id
  // requires: mrtr/new-id-of-tools, mrtr/only-its-request, base/result-type-absent-complete
  "sep-2322-client-request-state": { on: { [modern]: "pass" }, successes: 5 },
  // requires: base/schema-no-network
  "json-schema-ref-no-deref": { on: { [modern]: "pass" } },
  "json-schema-2020-12-preservation": { on: { [old]: "pass", [modern]: "pass" }, successes: 9 },

  // requires: auth/over-http, base/authorization-over-http, auth/header, auth/resource-metadata
  // requires: auth/resource-indicators, auth/resource-in-both, auth/resource-identifies
  // requires: auth/resource-always, security/resource, security/resource-explicit, auth/pkce
  // requires: auth/pkce-required, security/pkce, security/pkce-s256, auth/registration-supported
  // requires: auth/registration-without-user, auth/registration-06, auth/registration-06-without-user
  // requires: auth/client-id-first, security/redirect-registered, auth/server-metadata
  // requires: auth/uses-server-metadata, auth/follows-rfc8414, auth/discovery-followed
  // requires: discovery/parses-challenge, discovery/without-path
  "auth/metadata-default": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  // requires: discovery/resource-metadata, discovery/well-known-endpoints, auth/both-discovery-mechanisms
  "auth/metadata-var1": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  // requires: discovery/resource-metadata, discovery/with-path
  "auth/metadata-var2": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  // requires: discovery/with-path, auth/both-discovery-mechanisms
  "auth/metadata-var3": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  // requires: auth/client-metadata-documents, registration/metadata-documents
  // requires: registration/metadata-documents-11, registration/document-requirements
  "auth/basic-cimd": { on: { [old]: "pass", [modern]: "pass" }, successes: 12 },
  // requires: auth/scope-from-challenge, auth/scopes-authoritative, auth/least-privilege
  "auth/scope-from-www-authenticate": { on: { [old]: "pass", [modern]: "pass" }, successes: 14 },
  // requires: auth/scope-from-metadata, auth/scope-fallback
  "auth/scope-from-scopes-supported": { on: { [old]: "pass", [modern]: "pass" }, successes: 14 },
  // requires: auth/scope-from-metadata
  "auth/scope-omitted-when-undefined": { on: { [old]: "pass", [modern]: "pass" }, successes: 14 },
  // requires: auth/step-up, auth/step-up-for-user, auth/scopes-kept, auth/scopes-no-set-relationship
  // requires: auth/scopes-authoritative-for-operation
  "auth/scope-step-up": { on: { [old]: "pass", [modern]: "pass" }, successes: 23 },
  // requires: auth/step-up-limit
  "auth/scope-retry-limit": { on: { [old]: "pass", [modern]: "pass" }, successes: 10, refusal: "forbidden" },
  "auth/token-endpoint-auth-basic": { on: { [old]: "pass", [modern]: "pass" }, successes: 19 },
  "auth/token-endpoint-auth-post": { on: { [old]: "pass", [modern]: "pass" }, successes: 19 },
  "auth/token-endpoint-auth-none": { on: { [old]: "pass", [modern]: "pass" }, successes: 19 },
  // requires: registration/static, registration/static-11
  "auth/pre-registration": { on: { [old]: "pass", [modern]: "pass" }, successes: 12 },
  "auth/resource-mismatch": { on: { [modern]: "pass" }, successes: 2, refusal: "auth_refused" },
  // requires: auth/refresh-grant-type
  "auth/offline-access-scope": { on: { [modern]: "pass" }, successes: 12 },
  "auth/offline-access-not-supported": { on: { [modern]: "pass" }, successes: 14 },
  // requires: registration/server-changed, discovery/state-per-server
  "auth/authorization-server-migration": { on: { [modern]: "pass" }, successes: 27 },
  // requires: auth/iss-validated
  "auth/iss-supported": { on: { [modern]: "pass" }, successes: 14 },
  // requires: auth/iss-validated
  "auth/iss-not-advertised": { on: { [modern]: "pass" }, successes: 14 },
  // requires: auth/iss-validated
  "auth/iss-supported-missing": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
  // requires: auth/iss-validated
  "auth/iss-wrong-issuer": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
  // requires: auth/iss-validated
  "auth/iss-unexpected": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
  // requires: auth/iss-not-normalized
  "auth/iss-normalized": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
  // requires: discovery/issuer-checked
  "auth/metadata-issuer-mismatch": { on: { [modern]: "pass" }, successes: 3, refusal: "auth_refused" },

  // Extensions: the suite runs them beside both sets without scoring them.
  "auth/client-credentials-jwt": { on: { [old]: "pass", [modern]: "pass" }, successes: 7 },
  "auth/client-credentials-basic": { on: { [old]: "pass", [modern]: "pass" }, successes: 7 },
  "auth/enterprise-managed-authorization": { on: { [old]: "pass", [modern]: "pass" }, successes: 8 },
  "auth/wif-jwt-bearer": { on: { [old]: "pass", [modern]: "pass" }, successes: 7 },
  "auth/dpop": { on: { [old]: "pass", [modern]: "pass" }, successes: 12 },
  "auth/dpop-nonce": { on: { [old]: "pass", [modern]: "pass" }, successes: 14 },
  "sep-2640-client-no-prefetch": { on: notYet(modern) },
  "sep-2640-client-verify-digest": { on: notYet(modern) },
  "sep-2640-client-verify-size": { on: notYet(modern) },
  "sep-2640-client-verify-frontmatter": { on: notYet(modern) },

  // Servers of 2025-03-26 that predate protected resource metadata.
  // requires: auth/base-url, auth/metadata-at-base-url, auth/metadata-before-defaults
  "auth/2025-03-26-oauth-metadata-backcompat": { on: { "2025-03-26": "pass" }, successes: 13 },
  // requires: auth/default-endpoints
  "auth/2025-03-26-oauth-endpoint-fallback": { on: { "2025-03-26": "pass" }, successes: 8 },
};
