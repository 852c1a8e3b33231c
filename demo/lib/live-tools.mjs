import { acceptedContent, inputRequired, inputResponse } from "@modelcontextprotocol/server";
import * as z from "zod";
import { text } from "./say.mjs";

/**
 * Tools for what a page shows besides results: a list that changes, a form, a question to a language model. The
 * server asks in rounds of the request on 2026-07-28, and with requests of its own before that.
 *
 * @param {import("@modelcontextprotocol/server").McpServer} server
 * @param {import("./guest.mjs").Guest} guest
 */
export function addLiveTools(server, guest) {
  const tool = server.registerTool(
    "guest",
    { description: "A tool that comes and goes", annotations: { readOnlyHint: true } },
    async () => text("I am just visiting."),
  );
  server.server.onclose = guest.welcome(tool);

  server.registerTool(
    "invite_guest",
    {
      description: "Adds the tool “guest” to the list of every client, or takes it away again",
      inputSchema: z.object({ here: z.boolean().default(true) }),
    },
    async ({ here }) => {
      guest.set(here);
      return text(here ? "The guest is here." : "The guest has left.");
    },
  );

  const visit = z.object({
    name: z.string().min(1).describe("Who is coming"),
    seats: z.int().min(1).max(8).default(2),
    quiet: z.boolean().default(false).describe("A table away from the door"),
  });
  server.registerTool(
    "book_visit",
    { description: "Books a table in the reading room, after asking for whom" },
    async (ctx) => {
      const answer = inputResponse(ctx.mcpReq.inputResponses, "visit");
      if (answer.kind === "elicit" && answer.action !== "accept") return text("Nothing is booked.");
      const booked = acceptedContent(ctx.mcpReq.inputResponses, "visit", visit);
      if (booked) return text(`Booked for ${booked.name}: ${booked.seats}${booked.quiet ? ", quiet" : ""}.`);
      return inputRequired({
        inputRequests: {
          visit: inputRequired.elicit({
            message: "Who is coming to the reading room?",
            requestedSchema: visit,
          }),
        },
      });
    },
  );

  server.registerTool(
    "find_title",
    {
      description: "Asks the client’s language model for a title",
      inputSchema: z.object({ text: z.string() }),
    },
    async ({ text: draft }, ctx) => {
      const answer = inputResponse(ctx.mcpReq.inputResponses, "title");
      if (answer.kind === "sampling") {
        const [block] = [answer.result.content].flat();
        return text(block?.type === "text" ? block.text : "The model gave no text.");
      }
      return inputRequired({
        inputRequests: {
          title: inputRequired.createMessage({
            messages: [{ role: "user", content: { type: "text", text: `A title for: ${draft}` } }],
            maxTokens: 20,
          }),
        },
      });
    },
  );
}
