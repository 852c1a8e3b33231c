import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { root } from "./set-up.mjs";
import { runTool, tool, tools } from "./tools.mjs";

it.each(Object.entries(tools))("%s has an exact version", (_name, [specs]) => {
  for (const spec of specs.split(" ")) expect(spec).toMatch(/^@?[a-z0-9/_-]+@\d+\.\d+\.\d+$/);
});

it("installs a tool once for two that ask for it at the same time", async () => {
  const { tool: again } = await import(`./tools.mjs?${"another copy"}`);
  const [path, same] = await Promise.all([tool("publint"), again("publint")]);
  expect(same).toBe(path);
});

it("runs the version that is asked for, and hands on how it ends", async () => {
  expect((await runTool("typescript-5.4", ["--version"])).stdout).toBe("Version 5.4.5\n");
  expect(await runTool("typescript-5.4", ["--nonsense"])).toMatchObject({ status: 1 });
});

it("leaves the tools out of the lock file", () => {
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8"));
  const heavy = ["attw", "bun", "deno", "knip", "node22", "publint", "typedoc", "webpack", "workerd"];
  const names = heavy.map((name) => tools[name][0].replace(/@[^@]*$/, ""));
  expect(names.filter((name) => packages[`node_modules/${name}`])).toEqual([]);
});
