import { announce, h } from "./dom.mjs";
import { progressBar } from "./progress.mjs";
import { onSubmit, runner } from "./run.mjs";
import { schemaForm } from "./schema-form.mjs";

/** Rows of one call that the page keeps. */
const maxEvents = 200;

/** What the server is, and its tools with forms made from their schemas. */
export function createTools(session) {
  const about = h("section.card", { "aria-label": "Server" });
  const list = h("div.tools");
  /** What is shown, by what the server says of each tool. */
  let shown = new Map();

  session.addEventListener("change", () => {
    const facts = session.client?.server ? factsOf(session) : [["Status", session.status]];
    const pairs = facts.flatMap(([term, value]) => [h("dt", null, term), h("dd", null, value)]);
    about.replaceChildren(h("h3", null, "Server"), h("dl.facts", null, ...pairs));
  });
  session.addEventListener("reset", () => {
    for (const { run } of shown.values()) run.stop();
    shown = new Map();
    list.replaceChildren();
  });
  session.addEventListener("tools", () => {
    const first = list.childElementCount === 0;
    list.querySelector(":scope > .hint")?.remove();
    const before = shown;
    shown = new Map();
    for (const tool of session.tools) {
      const key = JSON.stringify(tool);
      const fresh = !before.has(key);
      const made = before.get(key) ?? createTool(session, tool);
      if (fresh && !first) made.summary.append(made.badge);
      else made.badge.remove();
      shown.set(key, made);
    }
    // What stays keeps its place in the page, with what was typed, is running, or has the focus.
    for (const [key, { element, run }] of before) {
      if (shown.has(key)) continue;
      run.stop();
      element.remove();
    }
    let after = null;
    for (const { element } of [...shown.values()].reverse()) {
      if (element.nextSibling !== after || !element.isConnected) list.insertBefore(element, after);
      after = element;
    }
    if (shown.size === 0) list.append(h("p.hint", null, "This server has no tools."));
    if (!first) announce(changesOf(before, shown));
  });
  return h("div.view-body", null, about, h("h3", null, "Call a tool"), list);
}

/** Says in words what became of the list. */
function changesOf(before, after) {
  const names = (from, without) => [...from].filter(([key]) => !without.has(key)).map(([, { name }]) => name);
  const [added, gone] = [names(after, before), names(before, after)];
  const said = [
    added.length > 0 && `New: ${added.join(", ")}.`,
    gone.length > 0 && `Gone: ${gone.join(", ")}.`,
  ];
  return ["The server’s tools changed.", ...said.filter(Boolean)].join(" ");
}

function factsOf({ client, target }) {
  const { info, protocolVersion, transport, capabilities, instructions } = client.server;
  const names = Object.keys(capabilities);
  return [
    ["Name", info ? `${info.title ?? info.name} ${info.version}` : "not given"],
    ["URL", target.url],
    ["Revision", protocolVersion],
    ["Transport", transport],
    ["Status", client.status],
    [
      "Capabilities",
      names.length > 0 ? h("span.chips", null, ...names.map((name) => h("code", null, name))) : "none",
    ],
    ...(instructions ? [["Instructions", instructions]] : []),
  ];
}

function createTool(session, tool) {
  const form = schemaForm(tool.inputSchema);
  const bar = progressBar("Progress");
  const events = h("ol.events");
  const left = h("p.hint", { hidden: true });
  const output = h("div.output", { hidden: true }, bar.element, left, events);

  const run = runner("Call", async (signal, args) => {
    events.replaceChildren();
    left.hidden = true;
    let dropped = 0;
    bar.reset();
    output.hidden = false;
    announce(`Calling ${tool.name}.`);
    let text;
    let result;
    for await (const event of session.callTool(tool.name, args, signal)) {
      if (event.type === "progress") bar.show(event);
      if (event.type === "text" && text) text.appendData(event.delta);
      else {
        const { element, node } = eventRow(event);
        text = node;
        events.append(element);
        if (events.childElementCount > maxEvents) {
          events.firstElementChild.remove();
          left.hidden = false;
          left.textContent = `${++dropped} earlier events are not shown.`;
        }
      }
      if (event.type === "result") result = event.result;
    }
    if (result.isError) throw new Error(`The tool says that it failed: ${result.text}`);
    return `${tool.name} is done.`;
  });

  const badge = h("span.badge", null, "new");
  const summary = h(
    "summary",
    null,
    h("code", null, tool.name),
    tool.title && h("bdi", null, ` ${tool.title}`),
  );
  const element = h(
    "details.card.tool",
    null,
    summary,
    tool.description && h("p.description", { dir: "auto" }, tool.description),
    tool.issues && h("p.missing", null, `Not as it should be: ${tool.issues.join("; ")}`),
    // The schema's form validates itself, so that its messages can say more.
    onSubmit(h("form", { noValidate: true }, form.element, run.button), () => {
      const args = !run.isRunning() && form.read();
      if (args) run.start(args);
    }),
    run.note,
    output,
  );
  return { element, run, summary, badge, name: tool.name };
}

/** One event of a call. `node` takes further text, where the next event may go on with it. */
function eventRow(event) {
  const kind = h("span.kind", null, event.type);
  switch (event.type) {
    case "text": {
      const node = document.createTextNode(event.delta);
      return { element: h("li", null, kind, h("pre", { dir: "auto" }, node)), node };
    }
    case "content":
      return { element: h("li", null, kind, block(event.content)) };
    case "progress": {
      const { progress, total, message } = event;
      const count = total === undefined ? `${progress}` : `${progress} of ${total}`;
      return { element: h("li", null, kind, h("span", null, message ? `${count}: ${message}` : count)) };
    }
    case "log":
      return { element: h("li", null, kind, h("span", null, `${event.level}: ${plain(event.data)}`)) };
    case "task":
      return { element: h("li", null, kind, h("span", null, event.task.status)) };
    case "notification":
      return { element: h("li", null, kind, h("code", null, event.method)) };
    case "result":
      return { element: resultRow(kind, event.result) };
  }
}

function resultRow(kind, result) {
  const blocks = result.content.map(block);
  const structured =
    result.structuredContent !== undefined &&
    h("pre.code", { tabIndex: 0 }, JSON.stringify(result.structuredContent, null, 2));
  return h("li", null, kind, h("div.blocks", null, ...blocks, structured));
}

/** A content block. Pictures only as data: what a server says may not make the page fetch anything. */
function block(content) {
  if (content.type === "text") return h("pre", { dir: "auto" }, content.text);
  if (content.type === "image" && /^image\/[\w.+-]+$/.test(content.mimeType)) {
    return h("img", { alt: "Picture from the tool", src: `data:${content.mimeType};base64,${content.data}` });
  }
  if (content.type === "resource_link")
    return h("p", null, `${content.name}: `, h("code", null, content.uri));
  if (content.type === "resource" && content.resource?.text !== undefined) {
    return h("pre", null, content.resource.text);
  }
  return h("p.hint", null, `[${content.type}]`);
}

function plain(data) {
  return typeof data === "string" ? data : JSON.stringify(data);
}
