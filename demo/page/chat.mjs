import { announce, field, following, h } from "./dom.mjs";
import { needsTool, onSubmit, runner } from "./run.mjs";

/** A chat whose answers appear token by token. */
export function createChat(session) {
  const log = h("ol.chat-log", { tabIndex: 0, role: "list", "aria-label": "Conversation" });
  const input = h("textarea", {
    rows: 1,
    required: true,
    dir: "auto",
    placeholder: "Ask something",
    enterKeyHint: "send",
  });
  input.value = "Does it stream?";

  const run = runner("Send", async (signal) => {
    const prompt = input.value.trim();
    input.value = "";
    const answer = addMessage("assistant");
    answer.element.classList.add("streaming");
    try {
      // The text of a tool call, as it comes. Aborting the signal ends the loop and tells the server.
      for await (const token of session.callTool("chat", { prompt }, signal).text()) {
        following(log, () => answer.text.appendData(token));
      }
    } catch (error) {
      answer.element.classList.add(signal.aborted ? "stopped" : "failed");
      // To be sent again, without being typed again.
      if (!signal.aborted) input.value ||= prompt;
      throw error;
    } finally {
      answer.element.classList.remove("streaming");
    }
    return `Answer: ${answer.text.data}`;
  });
  // What the note would repeat is in the conversation.
  run.note.classList.add("only-problems");

  function addMessage(role, content = "") {
    const text = document.createTextNode(content);
    const who = h("span.who", null, role === "user" ? "You" : "Answer");
    const element = h(`li.message.${role}`, null, who, h("p", { dir: "auto" }, text));
    following(log, () => log.append(element));
    return { element, text };
  }

  function send() {
    if (run.isRunning()) return;
    addMessage("user", input.value.trim());
    announce("Answering.");
    run.start();
  }

  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!run.button.disabled && !run.isRunning()) form.requestSubmit();
  });
  const form = onSubmit(h("form.composer", null, field("Message", input), run.button), send);
  session.addEventListener("reset", run.stop);

  return h("div.view-body.chat", null, log, needsTool(session, "chat", run), run.note, form);
}
