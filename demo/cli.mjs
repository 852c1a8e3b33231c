// node demo/cli.mjs http://localhost:8000 chat '{"prompt":"Hi"}'   (after `npm run build`)
import { connect } from "mcp-rivulet";
import { loopback } from "mcp-rivulet/loopback";
import { oauth } from "mcp-rivulet/oauth";

const [url, tool, args = "{}"] = process.argv.slice(2);
// A server that asks for a sign-in opens the browser.
const auth = oauth({ redirectUri: "http://127.0.0.1/callback", authorize: loopback() });
const client = await connect(url, { auth });
for await (const event of client.callTool(tool, JSON.parse(args))) {
  if (event.type === "text") process.stdout.write(event.delta);
  else if (event.type === "progress")
    console.error(`${event.progress}/${event.total ?? "?"} ${event.message ?? ""}`);
  else if (event.type === "result") process.exitCode = event.result.isError ? 1 : 0;
}
console.log();
await client.close();
