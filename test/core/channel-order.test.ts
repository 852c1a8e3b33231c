import fc from "fast-check";
import { expect, it } from "vitest";
import { Channel } from "../../src/core/flow/channel.ts";

type Act = "push" | "next" | "clear" | "room" | "end" | "fail";

const acts = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.constant<Act>("push") },
    { weight: 8, arbitrary: fc.constant<Act>("next") },
    { weight: 2, arbitrary: fc.constant<Act>("room") },
    { weight: 1, arbitrary: fc.constantFrom<Act>("clear", "end", "fail") },
  ),
  { maxLength: 80 },
);

it("any interleaving of writing and reading delivers each value at most once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(acts, fc.integer({ min: 1, max: 8 }), async (sequence, limit) => {
      const reason = new Error("failed");
      const channel = new Channel<number>(limit, (queue) => queue);
      const read: number[] = [];
      let pushed = 0;
      let ended = false;
      let outcome: string | undefined;
      let reading: Promise<void> | undefined;
      const take = async () => {
        try {
          const { value, done } = await channel.next();
          if (done) outcome ??= "done";
          else {
            expect(outcome).toBeUndefined();
            read.push(value);
          }
        } catch (error) {
          expect(error).toBe(reason);
          outcome = "failed";
        }
        reading = undefined;
      };
      for (const act of sequence) {
        if (act === "push" && !ended) channel.push(++pushed);
        else if (act === "next") reading ??= take();
        else if (act === "room") void channel.room();
        else if (act === "clear") channel.clear();
        else if (act === "end" || act === "fail") {
          ended = true;
          channel.end(act === "fail" ? { reason } : undefined);
        }
        if (act !== "push") await null;
      }
      channel.end();
      while (!outcome) await (reading ?? take());
      expect(read).toEqual([...new Set(read)].sort((a, b) => a - b));
      expect(read.every((value) => value >= 1 && value <= pushed)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it("loses nothing while the writer waits for room", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(200), fc.integer({ min: 1, max: 8 }), async (count, limit) => {
      const channel = new Channel<number>(limit, () => {
        throw new Error("compacted although the writer waited");
      });
      const writing = (async () => {
        for (let value = 1; value <= count; value++) {
          if (channel.full) await channel.room();
          channel.push(value);
        }
        channel.end();
      })();
      const read: number[] = [];
      for (let next = await channel.next(); !next.done; next = await channel.next()) read.push(next.value);
      await writing;
      expect(read).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    }),
  );
});
