import { bytes, duration, h } from "./dom.mjs";

const maxGroups = 200;
const maxMessages = 300;
const encoder = new TextEncoder();

/**
 * Every message of the connection, grouped by the request it belongs to, newest group first.
 *
 * @param {import("./session.mjs").Session} session
 */
export function createWire(session) {
  const list = h("ol.wire-groups", { "aria-label": "Messages by request" });
  const total = h("span.hint");
  const empty = h("p.hint", null, "Nothing yet.");
  const older = h("p.hint", { hidden: true });
  const clear = h("button.plain", { type: "button", onClick: () => reset(false) }, "Clear");
  let book = createBook();
  let views = new Map();
  let scheduled = false;
  let gone = 0;

  function reset(whole = true) {
    // Calls in flight keep being known, so that what still comes for them finds its group.
    if (whole) book = createBook();
    views = new Map();
    list.replaceChildren();
    book.count = book.size = gone = 0;
    draw();
  }

  session.addEventListener("abort", ({ detail }) => close(detail.state, detail.name));
  session.addEventListener("change", () => session.error && close("failed"));
  function close(state, name) {
    book.close(state, name);
    draw();
  }
  session.addEventListener("reset", () => reset());
  session.addEventListener("wire", ({ detail: { direction, message } }) => {
    const group = book.add(direction, message);
    let view = views.get(group);
    if (!view) {
      view = createGroup(group);
      views.set(group, view);
      list.prepend(view.element);
      if (views.size > maxGroups) {
        const [oldest, { element }] = views.entries().next().value;
        views.delete(oldest);
        element.remove();
        gone++;
      }
    }
    group.dirty = true;
    if (scheduled) return;
    scheduled = true;
    // At most once a frame, however fast messages come. A hidden page has no frames, and needs none.
    requestAnimationFrame(draw);
  });

  function draw() {
    scheduled = false;
    total.textContent = `${counted(book.count)}, ${bytes(book.size)}`;
    empty.hidden = views.size > 0;
    older.hidden = gone === 0;
    older.textContent = `${gone} older requests are not kept.`;
    for (const [group, view] of views) {
      if (!group.dirty) continue;
      group.dirty = false;
      view.draw();
    }
  }
  draw();

  return h("div.view-body.wire", null, h("div.bar", null, total, clear), empty, list, older);
}

/** Knows which request a message belongs to, as far as the message itself says. */
function createBook() {
  const start = performance.now();
  const open = { in: new Map(), out: new Map() };
  const tokens = new Map();
  let general;

  const make = (title, detail, pending) => ({
    title,
    detail,
    state: pending,
    messages: [],
    size: 0,
    dropped: 0,
  });
  /** Notifications of the server that belong to no call. */
  const connection = () => (general ??= make("Connection", "", "open"));
  /** What has ended is no candidate for what comes after it, and is not kept for its token. */
  function end(group, state) {
    group.state = state;
    group.dirty = true;
    for (const known of [open.in, open.out, tokens]) {
      for (const [key, value] of known) if (value === group) known.delete(key);
    }
  }

  function groupOf(direction, message) {
    const { id, method, params } = message;
    const other = direction === "in" ? "out" : "in";
    if (method !== undefined && id !== undefined) {
      const group = make(method, params?.name ?? params?.uri ?? "", "pending");
      // A server that knows `initialize` has answered the question before it without a message, or not at all.
      if (method === "initialize") for (const asked of [...open.out.values()]) end(asked, "refused");
      open[direction].set(id, group);
      const token = params?._meta?.progressToken;
      if (token !== undefined) tokens.set(token, group);
      return group;
    }
    if (method === undefined) {
      const group = open[other].get(id);
      if (!group) return connection();
      end(group, stateOf(message));
      group.took = performance.now() - start - group.messages[0].at;
      return group;
    }
    if (method === "notifications/cancelled") {
      const group = open[direction].get(params?.requestId);
      if (group) end(group, "cancelled");
      return group ?? connection();
    }
    if (direction === "out") return connection();
    const subscription = open.out.get(params?._meta?.["io.modelcontextprotocol/subscriptionId"]);
    if (subscription) {
      // It stays so on purpose.
      subscription.state = "open";
      return subscription;
    }
    const candidates = [...open.out.values()];
    const named = candidates.filter((group) => group.detail === (params?.toolName ?? params?.tool));
    return (
      tokens.get(params?.progressToken) ??
      (named.length > 0 ? named.at(-1) : undefined) ??
      (candidates.length === 1 && !method.endsWith("_changed") ? candidates[0] : connection())
    );
  }

  return {
    /** Marks the latest call of a tool, or all that is open, as without an answer. */
    close(state, name) {
      const pending = [...open.out.values()].filter((group) => /pending|open/.test(group.state));
      const ended = name ? pending.filter((group) => group.detail === name).slice(-1) : pending;
      for (const group of ended) end(group, state);
    },
    count: 0,
    size: 0,
    add(direction, message) {
      const group = groupOf(direction, message);
      const size = encoder.encode(JSON.stringify(message)).length;
      group.messages.push({ direction, message, size, at: performance.now() - start });
      group.size += size;
      this.count++;
      this.size += size;
      if (group.messages.length > maxMessages) {
        // The first stays: it is the request.
        group.messages.splice(1, 1);
        group.dropped++;
      }
      return group;
    },
  };
}

function counted(count) {
  return count === 1 ? "1 message" : `${count} messages`;
}

function stateOf({ error, result }) {
  if (error || result?.isError) return "error";
  return result?.resultType === "input_required" ? "input" : "ok";
}

function createGroup(group) {
  const state = h("span.state");
  const facts = h("span.facts-line");
  const rows = h("ol.messages");
  const more = h("p.hint", { hidden: true });
  const element = h(
    "li",
    null,
    h(
      "details.group",
      { onToggle: (event) => event.currentTarget.open && draw(event.currentTarget) },
      h(
        "summary",
        null,
        h("span.name", null, h("code", null, group.title), group.detail ? ` ${group.detail}` : undefined),
        state,
        facts,
      ),
      more,
      rows,
    ),
  );
  const details = element.firstElementChild;
  const drawn = new Map();

  function draw() {
    const { messages, size, dropped, took } = group;
    state.textContent = group.state;
    state.dataset.state = group.state;
    const count = messages.length + dropped;
    facts.textContent = [counted(count), bytes(size), took === undefined ? undefined : duration(took)]
      .filter(Boolean)
      .join(" · ");
    // Rows of a closed group would be work for nobody.
    if (!details.open) return;
    more.hidden = dropped === 0;
    more.textContent = `${dropped} messages after the first are not kept.`;
    const first = messages[0].at;
    for (const [entry, row] of drawn) {
      if (messages.includes(entry)) continue;
      row.remove();
      drawn.delete(entry);
    }
    for (const entry of messages) {
      if (drawn.has(entry)) continue;
      const row = createRow(entry, first);
      drawn.set(entry, row);
      rows.append(row);
    }
  }

  return { element, draw };
}

function createRow({ direction, message, size, at }, first) {
  const name = message.method ?? (message.error ? "error" : "result");
  const sent = direction === "out";
  const json = h("pre.code", { tabIndex: 0, role: "group", "aria-label": `${name} as JSON` });
  return h(
    "li",
    null,
    h(
      "details.message-row",
      {
        // Made when it is looked at.
        onToggle: () => {
          json.textContent ||= JSON.stringify(message, null, 2);
        },
      },
      h(
        "summary",
        null,
        h(`span.direction.${direction}`, { "aria-hidden": "true" }, sent ? "↑" : "↓"),
        h("span.visually-hidden", null, sent ? "sent " : "received "),
        h("code", null, name),
        h("span.facts-line", null, `${bytes(size)} · +${duration(at - first)}`),
      ),
      json,
    ),
  );
}
