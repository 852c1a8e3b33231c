import { field, h, uniqueId } from "./dom.mjs";
import { schemaForm } from "./schema-form.mjs";

/**
 * Handlers for what a server may ask the person at the page, one dialog at a time.
 *
 * @param {() => string} serverName who is asking
 */
export function createDialogs(serverName) {
  let last = Promise.resolve();
  const inTurn = (show) => {
    const shown = last.then(show);
    last = shown.catch(() => {});
    return shown;
  };
  return {
    onElicit: (request, { signal }) =>
      inTurn(() => (request.mode === "url" ? askUrl(request, signal) : askForm(request, signal))),
    onSample: (request, { signal }) => inTurn(() => askSample(request, signal)),
  };

  function askForm({ message, requestedSchema }, signal) {
    const form = schemaForm(requestedSchema ?? {});
    return ask(
      "The server asks for information",
      [h("p.message-text", { dir: "auto" }, message), form.element],
      [
        [
          "Send",
          () => {
            const content = form.read();
            return content && { action: "accept", content };
          },
        ],
        ["Decline", () => ({ action: "decline" })],
      ],
      { action: "cancel" },
      signal,
    );
  }

  function askUrl({ message, url }, signal) {
    const safe = /^https?:\/\//i.test(String(url));
    return ask(
      "The server asks you to open a page",
      [
        h("p.message-text", { dir: "auto" }, message),
        h("p.url", null, String(url)),
        h(
          "p.hint",
          null,
          safe ? "Only go there if you know this address." : "This address cannot be opened.",
        ),
      ],
      [
        safe && [
          "Open in a new tab",
          () => {
            window.open(url, "_blank", "noopener,noreferrer");
            return { action: "accept" };
          },
        ],
        ["Decline", () => ({ action: "decline" })],
      ],
      { action: "cancel" },
      signal,
    );
  }

  async function askSample({ messages, systemPrompt, maxTokens }, signal) {
    const input = h("textarea", { rows: 4, required: true });
    const answer = await ask(
      "The server asks your language model",
      [
        h("p.hint", null, "There is no model behind this page: what you write is sent as its answer."),
        systemPrompt && quoted("System prompt", systemPrompt),
        ...messages.map(({ role, content }) => quoted(role, textOf(content))),
        field(`Answer (at most ${maxTokens} tokens were asked for)`, input),
      ],
      [
        ["Send", () => (input.reportValidity() ? { text: input.value } : undefined)],
        ["Refuse", () => ({})],
      ],
      {},
      signal,
    );
    if (answer.text === undefined) throw new Error("The person refused.");
    return {
      role: "assistant",
      content: { type: "text", text: answer.text },
      model: "written-by-hand",
      stopReason: "endTurn",
    };
  }

  /**
   * A modal dialog; resolves with what the chosen button gives, or with `dismissed`. A button that gives
   * nothing leaves the dialog open.
   */
  function ask(title, content, buttons, dismissed, signal) {
    if (signal.aborted) return dismissed;
    const id = uniqueId("dialog");
    return new Promise((resolve) => {
      const dialog = h("dialog", { "aria-labelledby": id });
      const finish = (value) => {
        resolve(value);
        signal.removeEventListener("abort", dismiss);
        dialog.close();
        dialog.remove();
      };
      const dismiss = () => finish(dismissed);
      const [main, ...others] = buttons.filter(Boolean).map(([label, choose], index) =>
        h(
          `button.${index === 0 ? "primary" : "plain"}`,
          {
            type: index === 0 ? "submit" : "button",
            onClick: (event) => {
              event.preventDefault();
              const value = choose();
              if (value) finish(value);
            },
          },
          label,
        ),
      );
      dialog.append(
        h(
          "form",
          { noValidate: true },
          h("h2", { id }, title),
          h("p.hint", null, serverName()),
          ...content,
          h("div.buttons", null, main, ...others),
        ),
      );
      dialog.addEventListener("close", dismiss);
      signal.addEventListener("abort", dismiss, { once: true });
      document.body.append(dialog);
      // The browser gives the focus to the first field, and back to where it was at the end.
      dialog.showModal();
    });
  }
}

function quoted(who, text) {
  return h("figure.quoted", null, h("figcaption", null, who), h("blockquote", { dir: "auto" }, text));
}

function textOf(content) {
  return [content]
    .flat()
    .map((block) => (block?.type === "text" ? block.text : `[${block?.type ?? "unknown"}]`))
    .join("\n");
}
