import { bounds } from "./bounds.mjs";
import { cancel, time } from "./cancel.mjs";
import { recover } from "./recover.mjs";
import { resume } from "./resume.mjs";
import { say, settle } from "./settle.mjs";
import { correlate, exact, tolerate, trust } from "./trust.mjs";

const rules = { settle, resume, recover, cancel, time, correlate, bounds, exact, tolerate, trust, say };

/**
 * Each takes one thing away that the client does: `find`, which stands in `file` once, becomes `put`, and a test
 * that `seen` names fails.
 */
export const mutants = Object.entries(rules).flatMap(([rule, list]) =>
  list.map((mutant) => ({ rule, ...mutant })),
);
