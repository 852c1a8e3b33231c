import { explain } from "./advice.mjs";
import { field, h } from "./dom.mjs";
import { onSubmit } from "./run.mjs";

const revisions = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/**
 * Chooses the server: this one, at each revision it speaks, or any other by its URL.
 *
 * @param {import("./session.mjs").Session} session
 */
export function createPicker(session) {
  const { origin } = location;
  const targets = [
    { label: "This server (automatic)", url: `${origin}/mcp` },
    ...revisions.map((protocolVersion) =>
      protocolVersion === "2024-11-05"
        ? { label: `This server, ${protocolVersion} (HTTP+SSE)`, url: `${origin}/sse`, sse: true }
        : { label: `This server, ${protocolVersion}`, url: `${origin}/mcp`, protocolVersion },
    ),
  ];
  const choice = h(
    "select",
    null,
    ...targets.map(({ label }, index) => h("option", { value: String(index) }, label)),
    h("option", { value: "other" }, "Another server…"),
  );
  const url = h("input", {
    type: "text",
    inputMode: "url",
    autocapitalize: "none",
    spellcheck: false,
    placeholder: "https://example.com/mcp",
    autocomplete: "url",
  });
  const revision = h(
    "select",
    null,
    h("option", { value: "" }, "Find out"),
    ...revisions.map((version) => h("option", { value: version }, version)),
  );
  const token = h("input", { type: "password", autocomplete: "off" });
  const summary = h("summary", null, "Where it is");
  const fields = [field("URL", url), field("Revision", revision), field("Bearer token (optional)", token)];
  // Folds away once connected: a phone has better use for the room.
  const other = h("details.other", { hidden: true, open: true }, summary, h("div.row", null, ...fields));
  choice.addEventListener("change", () => {
    other.hidden = choice.value !== "other";
    url.required = !other.hidden;
    other.open = true;
  });

  const status = h("span.status", { role: "status" });
  const trouble = h("p.trouble", { role: "alert", tabIndex: 0 });
  const button = h("button.primary", { type: "submit" }, "Connect");

  function connect() {
    url.value = withScheme(url.value.trim());
    const target =
      choice.value === "other"
        ? { url: url.value, protocolVersion: revision.value || undefined, token: token.value }
        : targets[Number(choice.value)];
    summary.textContent = url.value || "Where it is";
    return session.connect(target);
  }

  session.addEventListener("change", () => {
    const { client, error } = session;
    const text = error ? "failed" : session.status;
    const server = client?.server;
    if (text === "ready" && status.dataset.status !== "ready") other.open = false;
    const shown = text === "ready" && server ? `${text} · ${server.protocolVersion}` : text;
    // Only a change is worth an announcement.
    if (status.textContent !== shown) status.textContent = shown;
    status.dataset.status = text;
    trouble.textContent = error ? explain(error) : "";
  });
  session.addEventListener("trouble", ({ detail }) => {
    trouble.textContent = explain(detail);
  });

  const form = onSubmit(h("form.picker", null, field("Server", choice), button, other), connect);
  return { element: h("div.connection", null, form, trouble), status, connect };
}

/** What people leave out: a machine near by has no certificate, one elsewhere has. */
function withScheme(url) {
  if (url === "" || /^https?:\/\//i.test(url)) return url;
  return `${/^(localhost|127\.|\[::1])/.test(url) ? "http" : "https"}://${url}`;
}
