// One step, measurement or export as a card: on or off, its parameters with units and help, moved and removed.

import { element } from "./dom.js";
import { SECTIONS } from "./schema.js";

// `act(edit)` is called with what the user changes.
export function card({ section, position, item, kind, isOpen, showsRest, act, onToggle, onRest }) {
  const name = item.value[SECTIONS[section]] ?? "?";
  const head = element("summary", { className: "card-head" },
    element("span", { className: "grip", textContent: "\u2630", title: "Drag to move", ariaHidden: "true" }),
    onOff(item, (off) => act({ kind: "switch", section, position, off }), name),
    element("span", { className: "card-name", textContent: item.value.name ? `${name} (${item.value.name})` : name }),
    small("\u2191", `Move ${name} up`, () => act({ kind: "move", section, position, to: position - 1 }), position === 0),
    small("\u2193", `Move ${name} down`, () => act({ kind: "move", section, position, to: position + 1 })),
    small("\u00d7", `Remove ${name}`, () => act({ kind: "remove", section, position })),
  );
  const set = (key, value) => act({ kind: "set", section, position, key, value });
  const entries = (fields) => fields.flatMap((field) => entry(field, item.value[field.name], set, `${section}-${position}`));
  const made = element("details", { className: item.off ? "card off" : "card", open: isOpen, draggable: true },
    head,
    element("p", { className: "quiet", textContent: (kind?.description ?? "").split("\n\n")[0] }),
    element("div", { className: "fields" }, ...entries(kind?.first ?? [])),
    ...(kind?.rest.length ? [more(entries(kind.rest), kind.rest.filter(({ name: one }) => one in item.value), showsRest, onRest)] : []),
    helpLine());
  made.addEventListener("toggle", () => onToggle(made.open));
  made.dataset.position = position;
  const help = made.lastChild;
  for (const event of ["focusin", "pointermove"]) made.addEventListener(event, ({ target }) => explain(help, target));
  return made;
}

// Settings that are seldom needed; the summary says how many of them the recipe sets.
function more(entries, set, isOpen, onToggle) {
  const count = set.length ? ` (${set.length} set)` : "";
  const made = element("details", { className: "more", open: isOpen },
    element("summary", { textContent: `More settings${count}` }), element("div", { className: "fields" }, ...entries));
  made.addEventListener("toggle", () => onToggle(made.open));
  return made;
}

function helpLine() {
  return element("p", { className: "quiet help", ariaHidden: "true", textContent: "Point at a setting to see what it does." });
}

// The help of the field that is pointed at or has the focus; the control carries it for screen readers.
function explain(help, target) {
  const field = target.closest(".fields > *");
  if (field?.title) help.textContent = field.title;
}

function onOff(item, change, name) {
  return element("input", {
    type: "checkbox", checked: !item.off, title: item.off ? "Switch on" : "Switch off", ariaLabel: `${name} is on`,
    onclick: (event) => { event.preventDefault(); event.stopPropagation(); change(!item.off); },
  });
}

function small(text, title, onclick, disabled = false) {
  return element("button", {
    type: "button", className: "small", textContent: text, title, ariaLabel: title, disabled,
    onclick: (event) => { event.preventDefault(); onclick(); },
  });
}

// A label and its control; an empty control leaves the default.
export function entry(field, value, set, prefix) {
  const id = `${prefix}-${field.name}`;
  const control = controls[field.kind](field, value, (given) => set(field.name, given));
  control.id = id;
  control.setAttribute("aria-description", field.description);
  const unit = field.unit.startsWith("unit of") ? "nm" : field.unit;
  return [
    element("label", { htmlFor: id, textContent: field.name, title: field.description }),
    element("span", { className: "control", title: field.description }, control, element("span", { className: "quiet", textContent: unit })),
  ];
}

const controls = {
  switch: (field, value, set) => element("select", { onchange: ({ target }) => set(given(target.value, JSON.parse)) },
    ...options([["", `default (${field.fallback ? "yes" : "no"})`], ["true", "yes"], ["false", "no"]], value === undefined ? "" : String(value))),
  choice: (field, value, set) => element("select", { onchange: ({ target }) => set(given(target.value, (text) => field.words.find((word) => String(word) === text))) },
    ...options([["", `default (${field.fallback ?? "none"})`], ...field.words.map((word) => [String(word), word])], String(value ?? ""))),
  number: (field, value, set) => element("input", {
    type: "number", value: value ?? "", placeholder: field.fallback ?? "",
    min: field.least ?? "", max: field.most ?? "", step: field.isInteger ? 1 : "any",
    onchange: ({ target }) => set(given(target.value, Number)),
  }),
  text: (field, value, set) => element("input", {
    type: "text", value: value === undefined ? "" : written(value), placeholder: written(field.fallback ?? ""),
    onchange: ({ target }) => set(given(target.value, read)),
  }),
};

function options(pairs, chosen) {
  return pairs.map(([value, textContent]) => element("option", { value, textContent, selected: value === chosen }));
}

function given(text, parse) {
  return text.trim() === "" ? null : parse(text);
}

function written(value) {
  const isOfWords = Array.isArray(value) && value.every((one) => typeof one === "string" && /^[a-z_]+$/.test(one));
  if (isOfWords) return `[${value.join(", ")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

// Numbers and lists as YAML writes them; all else is a word.
function read(text) {
  try { return JSON.parse(text); } catch { /* a word, or a list of words */ }
  const list = text.match(/^\[(.*)\]$/);
  return list ? list[1].split(",").map((part) => read(part.trim())) : text.trim();
}
