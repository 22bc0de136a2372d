// What steps, measurements and exports there are and what they take, from the recipe's JSON schema.

import { getJson } from "./api.js";

export const SECTIONS = { steps: "step", analysis: "measure", exports: "format" }; // and the key that names an item
// Of a kind with many fields, those that are set most often, in this order; the rest is folded.
const USUAL = ["name", "cmap", "zmin", "zmax", "timing", "fps", "speed", "quality", "scale_bar", "timestamp", "colour_bar"];
const FEW = 10;
const HIDDEN = Object.values(SECTIONS);

export async function readSchema() {
  const schema = await getJson("api/schema");
  const input = Object.entries(schema.$defs.Input.properties).filter(([name]) => name !== "path").map(([name, value]) => asField(name, value));
  const sections = Object.entries(SECTIONS).map(([section, key]) => [section, kinds(schema, section, key)]);
  return { input, ...Object.fromEntries(sections) };
}

function kinds(schema, section, key) {
  const references = schema.properties[section].items.oneOf.map(({ $ref }) => $ref.split("/").at(-1));
  return new Map(references.map((name) => {
    const definition = schema.$defs[name];
    const tag = definition.properties[key];
    const spelling = tag.const ?? definition.title;
    const fields = Object.entries(definition.properties).filter(([field]) => !HIDDEN.includes(field));
    return [spelling, {
      name: spelling,
      description: definition.description ?? "",
      required: definition.required.filter((field) => !HIDDEN.includes(field)),
      ...grouped(fields.map(([field, value]) => asField(field, value))),
    }];
  }));
}

// All fields, and of those the ones to show first and the rest.
function grouped(fields) {
  const usual = USUAL.flatMap((name) => fields.filter((field) => field.name === name));
  if (fields.length <= FEW) return { fields, first: fields, rest: [] };
  return { fields, first: usual, rest: fields.filter((field) => !usual.includes(field)) };
}

// One parameter: how it is entered, its default, unit and limits.
function asField(name, value) {
  const choices = (value.anyOf ?? [value]).filter(({ type }) => type !== "null");
  const number = choices.find(({ type }) => type === "number" || type === "integer");
  const words = choices.flatMap(({ enum: several, const: one }) => several ?? (one === undefined ? [] : [one]));
  return {
    name,
    description: (value.description ?? "").replaceAll("`", "").replaceAll("\n", " "),
    fallback: value.default,
    unit: value.unit ?? number?.unit ?? "",
    kind: kindOf(value, choices, number, words),
    words,
    least: number?.minimum ?? number?.exclusiveMinimum,
    most: number?.maximum ?? number?.exclusiveMaximum,
    isInteger: number?.type === "integer",
  };
}

function kindOf(value, choices, number, words) {
  if (choices.length === 1 && choices[0].type === "boolean") return "switch";
  if (words.length && choices.length === 1) return "choice";
  if (number && choices.length === 1) return "number";
  return "text"; // lists, and numbers that may be a word too: written as in YAML
}
