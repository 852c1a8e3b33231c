import { field, h, uniqueId } from "./dom.mjs";

/**
 * Form fields for a JSON Schema object: one control for each property of a simple type, a JSON text area for
 * the rest. `read` gives the values, or undefined after having shown the person what to correct.
 *
 * @param {Record<string, any>} schema
 * @returns {{ element: HTMLElement, read(): Record<string, unknown> | undefined }}
 */
export function schemaForm(schema) {
  const properties = isObject(schema?.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema?.required) ? schema.required : []);
  const controls = Object.entries(properties).map(([name, property]) => ({
    name,
    required: required.has(name),
    ...controlOf(name, isObject(property) ? property : {}, required.has(name)),
  }));
  const element = h(
    "div.fields",
    null,
    ...controls.map((control) => control.element),
    controls.length === 0 && h("p.hint", null, "No arguments."),
  );
  return {
    element,
    read() {
      const values = [];
      for (const { name, required, control, value } of controls) {
        control.setCustomValidity("");
        try {
          const given = value();
          if (given !== undefined) values.push([name, given]);
          else if (required) throw new Error("Fill in this field.");
        } catch (error) {
          control.setCustomValidity(error.message);
        }
        if (!control.reportValidity()) return undefined;
      }
      // Names are the server's words: entries cannot reach a prototype.
      return Object.fromEntries(values);
    },
  };
}

/** The control for one property: what it looks like, and how to read it. Throws what is wrong with the value. */
function controlOf(name, schema, required) {
  const label = `${schema.title ?? name}${required ? "" : " (optional)"}`;
  const make = (control, value, how) => {
    const hint = [schema.description, how].filter(Boolean).join(" ");
    return { control, value, element: field(label, control, hint) };
  };
  const choices = choicesOf(schema);

  if (choices) return select(make, choices, schema, required);
  if (schema.type === "boolean") return checkbox(label, schema);
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
      required,
    });
    return make(control, () => (control.value === "" ? undefined : control.value));
  }
  if (schema.type === "array" && schema.items?.type === "string" && !choicesOf(schema.items)) {
    const control = h("textarea", { rows: 3, required });
    control.value = Array.isArray(schema.default) ? schema.default.join("\n") : "";
    const lines = () => control.value.split("\n").filter((line) => line !== "");
    return make(control, () => (lines().length === 0 && !required ? undefined : lines()), "One a line.");
  }
  const control = h("textarea.code", { rows: 3, required, spellcheck: false });
  control.value = schema.default === undefined ? "" : JSON.stringify(schema.default, null, 2);
  return make(control, () => (control.value.trim() === "" ? undefined : parse(control.value)), "JSON.");
}

function select(make, choices, schema, required) {
  const control = h(
    "select",
    { required },
    !required && h("option", { value: "" }, "—"),
    ...choices.map(({ value, title }, index) =>
      h("option", { value: String(index), selected: value === schema.default }, title),
    ),
  );
  return make(control, () => (control.value === "" ? undefined : choices[Number(control.value)].value));
}

function checkbox(label, schema) {
  const { description } = schema;
  const id = uniqueId("field");
  const control = h("input", {
    type: "checkbox",
    id,
    checked: schema.default === true,
    "aria-describedby": description && `${id}-hint`,
  });
  const element = h(
    "div.field.check",
    null,
    control,
    h("label", { htmlFor: id }, label.replace(" (optional)", "")),
    description && h("small.hint", { id: `${id}-hint` }, description),
  );
  return { control, element, value: () => control.checked };
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
