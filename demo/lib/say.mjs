/** @typedef {import("@modelcontextprotocol/server").ServerContext} Context */

/** @param {string} value */
export function text(value) {
  return { content: [{ type: /** @type {const} */ ("text"), text: value }] };
}

/**
 * Progress goes only to callers that asked for it with a token.
 *
 * @param {Context} ctx
 * @param {number} done
 * @param {number} total
 * @param {string} message
 */
export async function progress(ctx, done, total, message) {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  const params = { progressToken, progress: done, total, message };
  await ctx.mcpReq.notify({ method: "notifications/progress", params });
}

/**
 * A piece of the result, ahead of it. No released revision has a notification for this; the name is
 * the one that servers in the field use.
 *
 * @param {Context} ctx
 * @param {string} toolName
 * @param {string} delta
 */
export async function stream(ctx, toolName, delta) {
  const params = { content: [{ type: "text", text: delta }], toolName };
  await ctx.mcpReq.notify({ method: "notifications/tool/streamContent", params });
}
