import "./less.mjs";
import { argv } from "node:process";
import { body } from "./body.mjs";
import { modules } from "./modules.mjs";

await body(modules, JSON.parse(argv[2] ?? ""));
console.log("done");
