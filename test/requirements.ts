import { authorization } from "./requirements/authorization.ts";
import { base } from "./requirements/base.ts";
import { caching } from "./requirements/caching.ts";
import { clientFeatures } from "./requirements/client-features.ts";
import { lifecycle } from "./requirements/lifecycle.ts";
import { patterns } from "./requirements/patterns.ts";
import type { Requirement } from "./requirements/requirement.ts";
import { serverFeatures } from "./requirements/server-features.ts";
import { tasks } from "./requirements/tasks.ts";
import { transports } from "./requirements/transports.ts";

/**
 * Every MUST and SHOULD, and their negations, that the specification has for clients, in all five revisions.
 * Each is cited by a test (`// requires: <id>` above it), or says why none can show it.
 */
export const requirements: readonly Requirement[] = [
  ...base,
  ...lifecycle,
  ...transports,
  ...authorization,
  ...patterns,
  ...clientFeatures,
  ...serverFeatures,
  ...tasks,
  ...caching,
];
