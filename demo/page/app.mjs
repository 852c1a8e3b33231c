import { createChat } from "./chat.mjs";
import { createDialogs } from "./dialogs.mjs";
import { announcer, h } from "./dom.mjs";
import { createPicker } from "./picker.mjs";
import { createProgress } from "./progress.mjs";
import { createSearch } from "./search.mjs";
import { Session } from "./session.mjs";
import { createTools } from "./tools.mjs";
import { createWire } from "./wire.mjs";

const views = [
  { id: "chat", title: "Chat", create: createChat },
  { id: "search", title: "Search", create: createSearch },
  { id: "progress", title: "Progress", create: createProgress },
  { id: "tools", title: "Tools", create: createTools },
  { id: "wire", title: "Wire", create: createWire },
];

/**
 * Builds the page and connects to the server it came from.
 *
 * @param {typeof import("mcp-rivulet")} library from the script tag or the bundler
 */
export function start(library) {
  const session = new Session(
    library,
    createDialogs(() => session.client?.server?.info?.name ?? session.target?.url ?? ""),
  );
  const picker = createPicker(session);
  const sections = views.map(({ id, title, create }) => {
    const heading = h("h2", { id: `${id}-title`, tabIndex: -1 }, title);
    return h("section.view", { id, "aria-labelledby": heading.id }, heading, create(session));
  });
  const links = views.map(({ id, title }) => h("a", { href: `#${id}` }, title));
  const inspector = sections.at(-1);

  document.body.prepend(
    h("a.skip", { href: "#chat", onClick: skip }, "Skip to content"),
    h(
      "header",
      null,
      h("h1", null, h("img", { src: "/page/icon.svg", alt: "", width: 28, height: 28 }), "mcp-rivulet"),
      picker.status,
      picker.element,
      h("nav", { "aria-label": "Views" }, ...links),
    ),
    h("main", null, h("div.views", null, ...sections.slice(0, -1)), inspector),
    announcer,
  );

  const wide = matchMedia("(min-width: 1100px)");

  /** Shows the view that the address names. */
  function show(moveFocus) {
    const named = views.find(({ id }) => `#${id}` === location.hash)?.id ?? "chat";
    // On a wide screen the inspector is always there, and something else stands beside it.
    const shown = named === "wire" && wide.matches ? "chat" : named;
    document.body.dataset.view = shown;
    for (const [index, { id }] of views.entries()) {
      sections[index].hidden = id !== shown && !(id === "wire" && wide.matches);
      if (id === shown) links[index].setAttribute("aria-current", "page");
      else links[index].removeAttribute("aria-current");
    }
    if (moveFocus) document.getElementById(`${shown}-title`)?.focus();
  }

  function skip(event) {
    event.preventDefault();
    document.querySelector(".view:not([hidden]) h2")?.focus();
  }

  addEventListener("hashchange", () => show(true));
  wide.addEventListener("change", () => show(false));
  // A page that is left ends its session; one that comes back from the browser's memory begins another.
  addEventListener("pagehide", () => void session.disconnect());
  addEventListener("pageshow", (event) => event.persisted && picker.connect());
  show(false);
  picker.connect();
}
