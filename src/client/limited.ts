import { McpError } from "../core/errors.ts";
import { Deadline } from "./deadline.ts";
import type { InFlight } from "./host.ts";

/** What may take `ms` in all, and is no request. */
export function limited(what: string, ms: number, fail: (reason: unknown) => void): InFlight {
  const deadline = new Deadline(ms, ms);
  return {
    deadline,
    wanted: false,
    fail,
    check() {
      const { missed } = deadline;
      if (missed) fail(new McpError("timeout", `${what} was given up after ${missed}.`));
      return deadline.due;
    },
  };
}
