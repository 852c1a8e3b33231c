/**
 * @typedef {import("@modelcontextprotocol/server").RegisteredTool} RegisteredTool
 * @typedef {object} Guest
 * @property {(tool: RegisteredTool) => () => void} welcome takes a server's copy of the tool; gives how to forget it
 * @property {(here: boolean) => void} set
 */

/**
 * One tool that all servers of a process have, or have not, at the same time.
 *
 * @param {() => void} onChange
 * @returns {Guest}
 */
export function createGuest(onChange) {
  /** @type {Set<RegisteredTool>} */
  const tools = new Set();
  let isHere = false;
  return {
    welcome(tool) {
      tools.add(tool);
      if (!isHere) tool.disable();
      return () => void tools.delete(tool);
    },
    set(here) {
      if (here === isHere) return;
      isHere = here;
      // Each tells the client of its session.
      for (const tool of tools) {
        if (here) tool.enable();
        else tool.disable();
      }
      onChange();
    },
  };
}
