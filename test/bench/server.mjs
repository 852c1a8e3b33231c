// The server of the bench in a process of its own. Prints its origin.
import { listen } from "./wire.mjs";

console.log(await listen());
