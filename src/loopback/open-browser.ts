import { spawn } from "node:child_process";
import { platform } from "node:os";
import { stderr } from "node:process";

/** What opens a URL on each platform. None of them goes through a shell, which could read more into the URL. */
const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Tries to open a browser, and in any case says where to go: there may be none on this machine. */
export function openBrowser(url: URL): void {
  stderr.write(`To sign in, open this page on this machine:\n${url.href}\n`);
  const [command, ...args] = OPENERS[platform()] ?? ["xdg-open"];
  const child = spawn(command, [...args, url.href], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
