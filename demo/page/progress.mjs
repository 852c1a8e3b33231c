import { announce, field, following, h, uniqueId } from "./dom.mjs";
import { needsTool, onSubmit, runner } from "./run.mjs";

/** A generator and a pipeline, two tools that say how far they are, and a task that outlives the page. */
export function createProgress(session) {
  return h(
    "div.view-body.columns",
    null,
    createGenerator(session),
    createPipeline(session),
    createTask(session),
  );
}

function createGenerator(session) {
  const count = h("input", { type: "number", min: 1, max: 10_000, value: "40", required: true });
  const delay = h("input", { type: "number", min: 0, max: 10_000, value: "50", required: true });
  const numbers = h("p.numbers", { tabIndex: 0, role: "region", "aria-label": "Numbers" });
  const bar = progressBar("Numbers generated");

  const run = runner("Generate", async (signal) => {
    numbers.textContent = "";
    bar.reset();
    const args = { count: count.valueAsNumber, delayMs: delay.valueAsNumber };
    announce("Generating.");
    const result = await follow(session.callTool("generate_numbers", args, signal), (event) => {
      bar.show(event);
      if (event.message) following(numbers, () => numbers.append(`${event.message} `));
    });
    return `${result.structuredContent?.numbers?.length ?? 0} numbers.`;
  });

  return panel(session, "Generator", "generate_numbers", run, bar, numbers, [
    field("How many", count),
    field("Pause in ms", delay),
  ]);
}

function createPipeline(session) {
  const items = h("textarea", { rows: 5, required: true });
  items.value = ["rain", "spring", "rivulet", "brook", "river", "delta", "sea"].join("\n");
  const lines = h("ul.lines");
  const bar = progressBar("Items processed");

  const run = runner("Process", async (signal) => {
    lines.replaceChildren();
    bar.reset();
    const args = {
      items: items.value
        .split("\n")
        .map((item) => item.trim())
        .filter(Boolean),
    };
    announce("Processing.");
    const result = await follow(session.callTool("process", args, signal), (event) => {
      bar.show(event);
      if (event.message) lines.append(h("li", null, event.message));
    });
    lines.replaceChildren(
      ...result.text
        .split("\n")
        .filter(Boolean)
        .map((line) => h("li", null, line)),
    );
    return args.items.length === 1 ? "1 item." : `${args.items.length} items.`;
  });

  return panel(session, "Pipeline", "process", run, bar, lines, [field("Items, one a line", items)]);
}

/** Where a tab keeps the task that it follows, so that it finds it again when it is loaded anew. */
const KEY = "mcp-rivulet-demo.task";

function createTask(session) {
  const pause = h("input", { type: "number", min: 0, max: 60_000, value: "700", required: true });
  const status = h("dd.task-status", null, "none");
  const id = h("dd", null, "none");
  const lines = h("ul.lines");
  const bar = progressBar("Books counted");

  const keep = (server, taskId) => sessionStorage.setItem(KEY, JSON.stringify({ server, taskId }));
  /** The task of this server that is not over yet. */
  function kept(server = serverOf(session)) {
    const task = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return task?.server === server ? task.taskId : undefined;
  }

  /** What a server says of its task; how far it is stands in the text, if anywhere. */
  function show({ taskId, status: now, statusMessage = "" }) {
    id.textContent = taskId;
    status.textContent = now;
    const [, progress, total, what] = /^(\d+) of (\d+): (.*)/.exec(statusMessage) ?? [];
    if (total) bar.show({ progress: Number(progress), total: Number(total) });
    if (what) lines.replaceChildren(h("li", null, what));
  }

  const run = runner("Start", async (signal) => {
    lines.replaceChildren();
    bar.reset();
    const server = serverOf(session);
    const taskId = kept();
    announce(taskId ? "Taking up the task again." : "Starting the task.");
    const call = taskId
      ? session.resumeTask(taskId, signal)
      : session.callTool("take_stock", { pauseMs: pause.valueAsNumber }, signal);
    try {
      const result = await follow(call, (event) => {
        if (event.type !== "task") return bar.show(event);
        keep(server, event.task.taskId);
        show(event.task);
      });
      lines.replaceChildren(...result.text.split("\n").map((line) => h("li", null, line)));
      sessionStorage.removeItem(KEY);
      return "Done.";
    } catch (error) {
      // The server goes on without the page.
      if (error.code === "closed" && kept(server)) return "Left to the server, to be taken up again there.";
      if (signal.aborted) status.textContent = "cancelled";
      if (error.code !== "connection_lost" && error.code !== "connect_failed") sessionStorage.removeItem(KEY);
      throw error;
    }
  });

  session.addEventListener("reset", () => {
    for (const one of [status, id]) one.textContent = "none";
  });
  session.addEventListener("tools", () => {
    if (kept()) run.start();
  });
  const facts = h("dl.facts", null, h("dt", null, "Task"), id, h("dt", null, "Status"), status);
  const output = h("div.task", null, facts, lines);
  return panel(session, "Long task", "take_stock", run, bar, output, [field("Pause in ms a book", pause)]);
}

function serverOf({ target, client }) {
  return `${target?.url} ${client?.server?.protocolVersion}`;
}

/** Iterates a call for its progress and gives its result. */
async function follow(call, onProgress) {
  let result;
  for await (const event of call) {
    if (event.type === "progress" || event.type === "task") onProgress(event);
    else if (event.type === "result") result = event.result;
  }
  if (result.isError) throw new Error(result.text);
  return result;
}

function panel(session, title, tool, run, bar, output, fields) {
  const form = onSubmit(h("form", null, h("div.row", null, ...fields), run.button), run.start);
  session.addEventListener("reset", run.stop);
  return h(
    "section.card",
    { "aria-label": title },
    h("h3", null, title),
    form,
    needsTool(session, tool, run),
    bar.element,
    run.note,
    output,
  );
}

/** @param {string} label what is counted */
export function progressBar(label) {
  const id = uniqueId("progress");
  const bar = h("progress", { id, max: 1, value: 0 });
  const count = h("output", { htmlFor: id, "aria-live": "off" });
  const element = h("div.progress", { hidden: true }, h("label", { htmlFor: id }, label), count, bar);
  return {
    element,
    reset() {
      element.hidden = true;
      bar.value = 0;
      count.textContent = "";
    },
    /** @param {{ progress: number, total?: number }} event */
    show({ progress, total }) {
      element.hidden = false;
      if (total === undefined) bar.removeAttribute("value");
      else {
        bar.max = total || 1;
        bar.value = progress;
      }
      count.textContent = total === undefined ? String(progress) : `${progress} of ${total}`;
    },
  };
}
