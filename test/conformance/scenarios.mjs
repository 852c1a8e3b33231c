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
  initialize: { on: { [old]: "pass" } },
  tools_call: { on: { [old]: "pass", [modern]: "pass" }, successes: 2 },
  "elicitation-sep1034-client-defaults": { on: { [old]: "pass" }, successes: 5 },
  "sse-retry": { on: { [old]: "pass" }, successes: 3 },
  "request-metadata": { on: { [modern]: "pass" }, successes: 8 },
  "http-standard-headers": { on: { [modern]: "pass" }, successes: 9 },
  "http-custom-headers": { on: { [modern]: "pass" }, successes: 18 },
  "http-invalid-tool-headers": { on: { [modern]: "pass" }, successes: 12 },
  "sep-2322-client-request-state": { on: { [modern]: "pass" }, successes: 5 },
  "json-schema-ref-no-deref": { on: { [modern]: "pass" } },
  "json-schema-2020-12-preservation": { on: { [old]: "pass", [modern]: "pass" }, successes: 9 },

  "auth/metadata-default": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  "auth/metadata-var1": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  "auth/metadata-var2": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  "auth/metadata-var3": { on: { [old]: "pass", [modern]: "pass" }, successes: 18 },
  "auth/basic-cimd": { on: { [old]: "pass", [modern]: "pass" }, successes: 12 },
  "auth/scope-from-www-authenticate": { on: { [old]: "pass", [modern]: "pass" }, successes: 14 },
  "auth/scope-from-scopes-supported": { on: { [old]: "pass", [modern]: "pass" }, successes: 14 },
  "auth/scope-omitted-when-undefined": { on: { [old]: "pass", [modern]: "pass" }, successes: 14 },
  "auth/scope-step-up": { on: { [old]: "pass", [modern]: "pass" }, successes: 23 },
  "auth/scope-retry-limit": { on: { [old]: "pass", [modern]: "pass" }, successes: 10, refusal: "forbidden" },
  "auth/token-endpoint-auth-basic": { on: { [old]: "pass", [modern]: "pass" }, successes: 19 },
  "auth/token-endpoint-auth-post": { on: { [old]: "pass", [modern]: "pass" }, successes: 19 },
  "auth/token-endpoint-auth-none": { on: { [old]: "pass", [modern]: "pass" }, successes: 19 },
  "auth/pre-registration": { on: { [old]: "pass", [modern]: "pass" }, successes: 12 },
  "auth/resource-mismatch": { on: { [modern]: "pass" }, successes: 2, refusal: "auth_refused" },
  "auth/offline-access-scope": { on: { [modern]: "pass" }, successes: 12 },
  "auth/offline-access-not-supported": { on: { [modern]: "pass" }, successes: 14 },
  "auth/authorization-server-migration": { on: { [modern]: "pass" }, successes: 27 },
  "auth/iss-supported": { on: { [modern]: "pass" }, successes: 14 },
  "auth/iss-not-advertised": { on: { [modern]: "pass" }, successes: 14 },
  "auth/iss-supported-missing": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
  "auth/iss-wrong-issuer": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
  "auth/iss-unexpected": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
  "auth/iss-normalized": { on: { [modern]: "pass" }, successes: 8, refusal: "auth_refused" },
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
  "auth/2025-03-26-oauth-metadata-backcompat": { on: { "2025-03-26": "pass" }, successes: 13 },
  "auth/2025-03-26-oauth-endpoint-fallback": { on: { "2025-03-26": "pass" }, successes: 8 },
};
