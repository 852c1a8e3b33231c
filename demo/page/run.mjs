import { explain } from "./advice.mjs";
import { announce, h } from "./dom.mjs";

/**
 * A button that starts something and, while that runs, stops it. It keeps the focus all the while.
 *
 * @param {string} label
 * @param {(signal: AbortSignal, input?: any) => Promise<string>} work resolves with what to tell when it is done
 */
export function runner(label, work) {
  /** @type {AbortController | undefined} */
  let running;
  // Starting is the form's business, with its validation; stopping is the button's alone.
  const button = h("button.primary", { type: "submit", onClick: stopInstead }, label);
  const note = h("p.note");

  function stopInstead(event) {
    if (!running) return;
    // By the time the browser acts on the click, the button may submit again.
    event.preventDefault();
    running.abort();
  }

  function say(text, kind) {
    note.textContent = text;
    note.dataset.kind = kind;
    announce(text);
  }

  function show(text, type) {
    button.textContent = text;
    button.type = type;
    button.classList.toggle("stop", type === "button");
  }

  async function start(input) {
    if (running) return;
    running = new AbortController();
    const { signal } = running;
    show("Stop", "button");
    note.textContent = "";
    try {
      say(await work(signal, input), "done");
    } catch (error) {
      // An aborted call rejects with the signal's reason itself.
      if (signal.aborted) say("Stopped.", "stopped");
      else if (error.code === "closed") say("Ended, since the page left this server.", "stopped");
      else say(explain(error), "error");
    } finally {
      running = undefined;
      show(label, "submit");
    }
  }

  return { button, note, start, stop: () => running?.abort(), isRunning: () => running !== undefined };
}

/** Makes a form call `toggle` instead of loading a page. */
export function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
  return form;
}

/**
 * A line that stands where a view needs a tool that the server does not have.
 *
 * @param {import("./session.mjs").Session} session
 * @param {string} name
 * @param {ReturnType<typeof runner>} run cannot be started without the tool
 */
export function needsTool(session, name, run) {
  const line = h("p.missing", { hidden: true });
  const update = () => {
    const missing = !session.tool(name);
    run.button.disabled = missing && !run.isRunning();
    line.hidden = !missing || !session.ready;
    line.textContent = `This server has no tool “${name}”. Its own tools are under Tools.`;
  };
  for (const type of ["change", "tools", "reset"]) session.addEventListener(type, update);
  update();
  return line;
}
