import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { judge, soak } from "./soak.ts";

it("for half a minute, every call is accounted for and nothing is left over", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const figures = await soak({ seconds: 24, rounds: 2, seed: 1, root });
  expect(judge(figures), JSON.stringify(figures.outcomes)).toEqual([]);
});
