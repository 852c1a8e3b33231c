// `node test/tool.mjs knip …`: runs a program of test/support/tools.mjs with the arguments that follow its name.
import { ensureInstalled, root, runOrExit } from "./support/set-up.mjs";
import { tool } from "./support/tools.mjs";

const [name, ...args] = process.argv.slice(2);
ensureInstalled();
runOrExit(process.execPath, [await tool(name), ...args], { cwd: root });
