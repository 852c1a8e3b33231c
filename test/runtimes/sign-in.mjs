// A program of the command line: signs a person in, says who they are, and ends.
import { argv } from "node:process";
import { connect } from "mcp-rivulet";
import { loopback } from "mcp-rivulet/loopback";
import { oauth } from "mcp-rivulet/oauth";

const [url = "", browser = ""] = argv.slice(2);
const auth = oauth({
  redirectUri: "http://127.0.0.1/callback",
  authorize: loopback({ open: (page) => fetch(`${browser}?${encodeURIComponent(page.href)}`) }),
});
const client = await connect(url, { auth });
console.log((await client.callTool("who")).text);
await client.close();
