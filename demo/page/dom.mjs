/**
 * Makes an element. Strings become text nodes, never markup, so what a server sends stays text.
 *
 * @param {string} tag with classes: `"p.hint.small"`
 * @param {Record<string, unknown> | null} [props] `onClick` listens, what the element has as a property is
 *   set as one, the rest become attributes; undefined and false are left out
 * @param {...(Node | string | undefined | false)} children
 * @returns {any}
 */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2).toLowerCase(), value);
    else if (key in element && !key.includes("-")) element[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

let ids = 0;

/** An id no other element has. */
export function uniqueId(prefix = "e") {
  return `${prefix}-${++ids}`;
}

/** A control under its label, with a hint below when there is one. */
export function field(label, control, hint) {
  control.id ||= uniqueId("field");
  const described = hint && h("small.hint", { id: `${control.id}-hint` }, hint);
  if (described) control.setAttribute("aria-describedby", described.id);
  return h("div.field", null, h("label", { htmlFor: control.id }, label), control, described);
}

const announcer = h("div.visually-hidden", { role: "status" });

/** Where announcements go; to be put into the page once. */
export { announcer };

/** Tells screen readers, once and politely. Meant for what has ended, not for each step towards it. */
export function announce(text) {
  // The same text twice in a row would not be a change, and so not be read.
  announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text;
}

/** Keeps a scrolling element at its end while `change` adds to it, unless the reader has scrolled up. */
export function following(element, change) {
  const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
  change();
  if (atEnd) element.scrollTop = element.scrollHeight;
}

/** `1.2 kB` and the like. */
export function bytes(count) {
  return count < 1000 ? `${count} B` : `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)} kB`;
}

/** `35 ms` and the like. */
export function duration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
