import { field, h, uniqueId } from "./dom.mjs";

/** Schemas may refer to themselves: what lies deeper than this is written as JSON. */
const maxDepth = 3;

/**
 * Form fields for a JSON Schema object: a control for each property of a type that has one, a group for an
 * object within, a JSON text area for the rest. `read` gives the values, or undefined after having told beside
 * each field what to correct.
 *
 * @param {Record<string, any>} schema
 * @returns {{ element: HTMLElement, read(): Record<string, unknown> | undefined }}
 */
export function schemaForm(schema) {
  const { element, read } = group(isObject(schema) ? schema : {}, schema, 0);
  return {
    element,
    read() {
      const { value, faults } = read();
      for (const { tell, message } of faults) tell(message);
      faults[0]?.focus();
      return faults.length > 0 ? undefined : value;
    },
  };
}

/**
 * What a part of the form has to say.
 *
 * @typedef {object} Reading
 * @property {any} value undefined when there is none
 * @property {boolean} given whether the person, or a default, said anything: a box without its tick did not
 * @property {{ message: string, tell(message: string): void, focus(): void }[]} faults
 */

/** The fields of an object. */
function group(schema, root, depth) {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = new Set(Array.isArray(schema.required) ? schema.required : []);
  const parts = Object.entries(properties).map(([name, property]) => ({
    name,
    ...partOf(name, resolve(property, root), names.has(name), root, depth),
  }));
  const hint = h("p.hint", null, "No arguments.");
  return {
    element: h("div.fields", null, ...(parts.length > 0 ? parts.map(({ element }) => element) : [hint])),
    /** @returns {Reading} */
    read() {
      const readings = parts.map(({ name, read }) => ({ name, ...read() }));
      const values = readings.filter(({ value }) => value !== undefined);
      return {
        // Names are the server's words: entries cannot reach a prototype.
        value: Object.fromEntries(values.map(({ name, value }) => [name, value])),
        given: readings.some(({ given }) => given),
        faults: readings.flatMap(({ faults }) => faults),
      };
    },
  };
}

/** One property: what it looks like, and how to read it. */
function partOf(name, schema, required, root, depth) {
  const title = schema.title ?? name;
  const label = `${title}${required ? "" : " (optional)"}`;
  const choices = choicesOf(schema);
  const make = (control, value, how) => simple(label, control, value, required, schema, how);

  if (choices) return select(make, choices, schema, required);
  if (schema.type === "boolean") return checkbox(title, schema);
  if (schema.type === "number" || schema.type === "integer") {
    const control = h("input", {
      type: "number",
      min: schema.minimum,
      max: schema.maximum,
      step: schema.type === "integer" ? 1 : "any",
      value: schema.default === undefined ? "" : String(schema.default),
      required,
    });
    return make(control, () => (control.value === "" ? undefined : control.valueAsNumber));
  }
  if (schema.type === "string") {
    const control = h("input", {
      type: { email: "email", uri: "url", date: "date" }[schema.format] ?? "text",
      minLength: schema.minLength,
      maxLength: schema.maxLength,
      value: typeof schema.default === "string" ? schema.default : "",
      autocomplete: "off",
      dir: "auto",
      required,
    });
    const how = schema.format === "date-time" && "Such as 2026-01-31T12:00:00Z.";
    return make(control, () => (control.value === "" ? undefined : control.value), how);
  }
  if (schema.type === "array") {
    const items = resolve(schema.items, root);
    const several = choicesOf(items);
    if (several) return boxes(label, several, schema, required);
    if (items.type === "string") {
      const control = h("textarea", { rows: 3, required, dir: "auto" });
      control.value = Array.isArray(schema.default) ? schema.default.join("\n") : "";
      const lines = () => control.value.split("\n").filter((line) => line !== "");
      return make(control, () => (lines().length === 0 && !required ? undefined : lines()), "One a line.");
    }
  }
  if (isObject(schema.properties) && depth < maxDepth) return nested(label, schema, required, root, depth);
  const control = h("textarea.code", { rows: 3, required, spellcheck: false });
  control.value = schema.default === undefined ? "" : JSON.stringify(schema.default, null, 2);
  return make(control, () => (control.value.trim() === "" ? undefined : parse(control.value)), "JSON.");
}

/** A control under its label. `value` throws what is wrong with what the control has. */
function simple(label, control, value, required, schema, how) {
  const element = field(label, control, [schema.description, how].filter(Boolean).join(" "));
  const tell = faultLine(element, control);
  return {
    element,
    /** @returns {Reading} */
    read() {
      let read;
      let message = "";
      try {
        read = value();
        if (read !== undefined || control.validity.badInput) message = control.validationMessage;
      } catch (error) {
        message = error.message;
      }
      const given = read !== undefined || message !== "";
      if (!given && required) message = "Fill in this field.";
      tell("");
      return { value: read, given, faults: message ? [{ message, tell, focus: () => control.focus() }] : [] };
    },
  };
}

function select(make, choices, schema, required) {
  const chosen = choices.findIndex(({ value }) => value === schema.default);
  const control = h(
    "select",
    { required },
    // Nobody should send what they did not choose.
    (!required || chosen < 0) && h("option", { value: "" }, required ? "Choose…" : "—"),
    ...choices.map(({ title }, index) =>
      h("option", { value: String(index), selected: index === chosen }, title),
    ),
  );
  return make(control, () => choices[Number(control.value || -1)]?.value);
}

function checkbox(title, schema) {
  const { element, control } = box(title, schema.default === true, schema.description);
  return {
    element,
    /** @returns {Reading} */
    read: () => ({ value: control.checked, given: control.checked, faults: [] }),
  };
}

/** Any number of choices. */
function boxes(label, choices, schema, required) {
  const { minItems = required ? 1 : 0, maxItems = choices.length } = schema;
  const preset = Array.isArray(schema.default) ? schema.default : [];
  const made = choices.map(({ value, title }) => ({ value, ...box(title, preset.includes(value)) }));
  const element = fieldset(label, schema, ...made.map((each) => each.element));
  const tell = faultLine(element, element);
  return {
    element,
    /** @returns {Reading} */
    read() {
      const value = made.filter(({ control }) => control.checked).map((each) => each.value);
      tell("");
      if (value.length === 0 && !required) return { value: undefined, given: false, faults: [] };
      const message =
        value.length < minItems
          ? `Choose ${minItems} or more.`
          : value.length > maxItems && `Choose no more than ${maxItems}.`;
      const faults = message ? [{ message, tell, focus: () => made[0].control.focus() }] : [];
      return { value, given: true, faults };
    },
  };
}

/** An object within. One that may be left out is, unless something of it is given. */
function nested(label, schema, required, root, depth) {
  const { element, read } = group(schema, root, depth + 1);
  return {
    element: fieldset(label, schema, element),
    /** @returns {Reading} */
    read() {
      const reading = read();
      return required || reading.given ? reading : { value: undefined, given: false, faults: [] };
    },
  };
}

function fieldset(label, { description }, ...content) {
  const hint = description && h("small.hint", null, description);
  return h("fieldset.field", null, h("legend", null, label), hint, ...content);
}

function box(title, checked, description) {
  const id = uniqueId("field");
  const described = description && `${id}-hint`;
  const control = h("input", { type: "checkbox", id, checked, "aria-describedby": described });
  const label = h("label", { htmlFor: id, dir: "auto" }, title);
  const hint = description && h("small.hint", { id: described }, description);
  return { control, element: h("div.field.check", null, control, label, hint) };
}

/** Tells what is wrong below a control, until it is changed. */
function faultLine(element, control) {
  const line = h("small.fault", { id: uniqueId("fault"), hidden: true });
  const described = control.getAttribute("aria-describedby");
  element.append(line);
  function tell(message) {
    line.textContent = message;
    line.hidden = !message;
    const ids = [described, message && line.id].filter(Boolean).join(" ");
    for (const [name, value] of [
      ["aria-describedby", ids],
      ["aria-invalid", message && control !== element && "true"],
    ]) {
      if (value) control.setAttribute(name, value);
      else control.removeAttribute(name);
    }
  }
  element.addEventListener("input", () => tell(""));
  return tell;
}

/** The values of an enumeration, in each of the ways a schema can write one. */
function choicesOf(schema) {
  if (Array.isArray(schema.enum)) {
    const titles = Array.isArray(schema.enumNames) ? schema.enumNames : [];
    return schema.enum.map((value, index) => ({ value, title: String(titles[index] ?? value) }));
  }
  const options = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(options) || !options.every((option) => isObject(option) && "const" in option))
    return undefined;
  return options.map((option) => ({ value: option.const, title: String(option.title ?? option.const) }));
}

/** What a schema comes to: a reference within the document followed, and null, which a form says by nothing, left out. */
function resolve(schema, root, steps = 0) {
  const found = isObject(schema) ? schema : {};
  const { $ref, type, anyOf, ...rest } = found;
  // Around in a circle there is nothing to be found.
  if (steps > 10) return {};
  if (typeof $ref === "string" && $ref.startsWith("#/")) {
    const inside = (at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined);
    const { $ref: _, ...own } = found;
    return resolve({ ...$ref.slice(2).split("/").reduce(inside, root), ...own }, root, steps + 1);
  }
  if (Array.isArray(type)) {
    const [only, ...more] = type.filter((name) => name !== "null");
    return more.length > 0 ? found : { ...found, type: only, default: found.default ?? undefined };
  }
  if (Array.isArray(anyOf) && anyOf.some((option) => option?.type === "null")) {
    const [only, ...more] = anyOf.filter((option) => option?.type !== "null");
    if (more.length === 0)
      return resolve({ ...only, ...rest, default: rest.default ?? undefined }, root, steps + 1);
  }
  return found;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("This is not JSON.");
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
