// The page from a script tag: the library is the global that `mcp-rivulet.global.js` leaves.
import { start } from "./app.mjs";

const extensions = await import(new URL("dist/extensions.js", import.meta.url));
start({ ...globalThis.McpRivulet, ...extensions });
