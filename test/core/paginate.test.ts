import { describe, expect, it } from "vitest";
import { paginate } from "../../src/core/flow/paginate.ts";
import type { JsonObject } from "../../src/core/types.ts";

/** A server of these pages, and the cursors it was asked for. */
function pages(...answers: readonly JsonObject[]) {
  const asked: (string | undefined)[] = [];
  const page = async (cursor: string | undefined): Promise<JsonObject> =>
    answers[asked.push(cursor) - 1] ?? { tools: [] };
  return { asked, page };
}

async function all(pages: AsyncIterable<readonly unknown[]>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const entries of pages) list.push(...entries);
  return list;
}

describe("paginate", () => {
  // requires: pagination/cursor-opaque, pagination/both-flows, pagination/no-fixed-size
  it("reads all pages in order, each at the cursor of the one before", async () => {
    const { asked, page } = pages(
      { tools: [1, 2], nextCursor: "b" },
      { tools: [], nextCursor: "c" },
      { tools: [3] },
    );
    expect(await all(paginate(page, "tools", 10))).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined, "b", "c"]);
  });

  // requires: pagination/empty-cursor
  it("follows an empty string, which is a cursor like any other", async () => {
    const { asked, page } = pages({ tools: [1], nextCursor: "" }, { tools: [2] });
    expect(await all(paginate(page, "tools", 10))).toEqual([1, 2]);
    expect(asked).toEqual([undefined, ""]);
  });

  // requires: pagination/missing-cursor-ends
  it.each([[undefined], [null], [7], [{}], [false]])(
    "ends at the cursor %j, which is none",
    async (nextCursor) => {
      const { asked, page } = pages({ tools: [1], nextCursor });
      expect(await all(paginate(page, "tools", 10))).toEqual([1]);
      expect(asked).toEqual([undefined]);
    },
  );

  it.each(["a", ""])("refuses the cursor %j when it comes a second time", async (nextCursor) => {
    const { page } = pages({ tools: [1], nextCursor }, { tools: [2], nextCursor });
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const entries of paginate(page, "tools", 10)) seen.push(...entries);
    }).rejects.toMatchObject({ code: "invalid_message" });
    expect(seen).toEqual([1, 2]);
  });

  it("finds a longer circle of cursors too", async () => {
    const { asked, page } = pages(
      { tools: [], nextCursor: "a" },
      { tools: [], nextCursor: "b" },
      { tools: [], nextCursor: "a" },
    );
    await expect(all(paginate(page, "tools", 10))).rejects.toMatchObject({ code: "invalid_message" });
    expect(asked).toHaveLength(3);
  });

  it("takes as many pages as the limit says, and refuses one more", async () => {
    const three = [{ tools: [1], nextCursor: "a" }, { tools: [2], nextCursor: "b" }, { tools: [3] }];
    expect(await all(paginate(pages(...three).page, "tools", 3))).toEqual([1, 2, 3]);
    const { asked, page } = pages(...three);
    await expect(all(paginate(page, "tools", 2))).rejects.toMatchObject({
      code: "limit_exceeded",
      message: expect.stringContaining("limits.pages"),
    });
    expect(asked).toHaveLength(2);
  });

  it.each([[undefined], [null], [{}], ["x"]])("refuses entries that are %j", async (tools) => {
    await expect(all(paginate(pages({ tools }).page, "tools", 10))).rejects.toMatchObject({
      code: "invalid_message",
      message: expect.stringContaining('"tools"'),
    });
  });

  it("does not fetch a page before it is wanted", async () => {
    const { asked, page } = pages({ tools: [1, 2], nextCursor: "a" }, { tools: [3] });
    for await (const _ of paginate(page, "tools", 10)) break;
    expect(asked).toEqual([undefined]);
  });

  it("passes on why a page could not be fetched", async () => {
    const reason = new Error("no");
    await expect(all(paginate(() => Promise.reject(reason), "tools", 10))).rejects.toBe(reason);
  });
});
