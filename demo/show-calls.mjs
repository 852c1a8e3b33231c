import { connect } from "mcp-rivulet";

/** Each revision by its number, and what `connect` finds when it is told nothing but the origin. */
const connections = [
  { path: "/mcp", protocolVersion: "2026-07-28" },
  { path: "/mcp", protocolVersion: "2025-11-25" },
  { path: "/mcp", protocolVersion: "2025-06-18" },
  { path: "/mcp", protocolVersion: "2025-03-26" },
  { path: "/sse", protocolVersion: "2024-11-05" },
  { path: "" },
];

/**
 * Makes the calls of the README on every revision and prints what comes, as it comes.
 *
 * @param {string} origin of the embedded server
 * @returns {Promise<number>} how many of the connections failed
 */
export async function showCalls(origin) {
  let failures = 0;
  for (const { path, protocolVersion } of connections) {
    try {
      await show(`${origin}${path}`, protocolVersion);
    } catch (error) {
      failures++;
      console.error(`failed: ${error.message}`);
    }
  }
  return failures;
}

/**
 * @param {string} url
 * @param {string | undefined} protocolVersion
 */
async function show(url, protocolVersion) {
  // The path says enough for 2024-11-05: nothing else is spoken there.
  const pinned = url.endsWith("/sse") ? undefined : protocolVersion;
  const options = pinned ? `, { protocolVersion: "${pinned}" }` : "";
  console.log(`\nconnect("${url}"${options})`);
  const client = await connect(url, { protocolVersion: pinned });
  try {
    const { info, transport, protocolVersion: spoken } = client.server;
    console.log(`  ${info?.name ?? "a server"} speaks ${spoken} over ${transport}`);
    if (protocolVersion && spoken !== protocolVersion) throw new Error(`expected ${protocolVersion}`);

    console.log('  the whole: await client.callTool("echo", { message: "Hello" })');
    const whole = await client.callTool("echo", { message: "Hello" });
    console.log(`    ${JSON.stringify(whole.text)}`);

    console.log('  the parts: for await (… of client.callTool("generate_numbers", { count: 5 }))');
    for await (const event of client.callTool("generate_numbers", { count: 5 })) {
      console.log(`    ${oneLine(event)}`);
    }

    const prompt = "Does it stream?";
    console.log(`  the text: for await (… of client.callTool("chat", { prompt: "${prompt}" }).text())`);
    process.stdout.write("    ");
    for await (const token of client.callTool("chat", { prompt }).text()) process.stdout.write(token);
    process.stdout.write("\n");
  } finally {
    await client.close();
  }
}

/** @param {import("mcp-rivulet").ToolEvent} event */
function oneLine(event) {
  switch (event.type) {
    case "progress":
      return `progress ${event.progress}/${event.total ?? "?"} ${event.message ?? ""}`.trimEnd();
    case "text":
      return `text ${JSON.stringify(event.delta)}`;
    case "result":
      return `result ${JSON.stringify(event.result.data ?? event.result.text)}`;
    default:
      return event.type;
  }
}
