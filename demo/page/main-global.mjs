// The page from a script tag: the library is the global that `mcp-rivulet.global.js` leaves.
import { start } from "./app.mjs";

start(globalThis.McpRivulet);
