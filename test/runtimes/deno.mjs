import { body } from "./body.mjs";
import { modules } from "./modules.mjs";

// @ts-expect-error The global of Deno.
await body(modules, JSON.parse(Deno.args[0]));
console.log("done");
