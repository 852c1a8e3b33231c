import { body } from "./body.mjs";
import { modules } from "./modules.mjs";

// @ts-expect-error The global of Bun.
await body(modules, JSON.parse(Bun.argv[2]));
console.log("done");
