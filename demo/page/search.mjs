import { announce, field, h } from "./dom.mjs";
import { needsTool, onSubmit, runner } from "./run.mjs";

/** A search whose hits appear as the server finds them. */
export function createSearch(session) {
  const input = h("input", { type: "search", autocomplete: "off", value: "the" });
  const hits = h("ol.hits");

  const run = runner("Search", async (signal) => {
    hits.replaceChildren();
    let line = "";
    let result;
    announce("Searching.");
    for await (const event of session.callTool("search", { query: input.value }, signal)) {
      if (event.type === "text" && event.source === "stream") {
        // A delta is a piece of text, not a line of it.
        const lines = (line + event.delta).split("\n");
        line = lines.pop();
        hits.append(...lines.map(hitOf));
      } else if (event.type === "result") result = event.result;
    }
    if (result.isError) throw new Error(result.text);
    const found = result.structuredContent?.hits?.length ?? hits.childElementCount;
    return found === 1 ? "1 hit." : `${found} hits.`;
  });

  const form = onSubmit(h("form.inline", null, field("Words to look for", input), run.button), run.start);
  session.addEventListener("reset", run.stop);
  return h(
    "div.view-body",
    null,
    h(
      "p.lead",
      null,
      "Opening lines of books. The tool streams each hit; the page does not wait for the last.",
    ),
    form,
    needsTool(session, "search", run),
    run.note,
    hits,
  );
}

/** @param {string} line such as `3. Title (Author, 1900): text` */
function hitOf(line) {
  const [, title, by, text] = /^\d+\. (.+) \((.+?, \d+)\): (.*)$/.exec(line) ?? [undefined, line, "", ""];
  return h(
    "li.card.hit",
    null,
    h("strong", null, title),
    h("span.by", null, by),
    h("p", { dir: "auto" }, text),
  );
}
