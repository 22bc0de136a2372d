// The recipe as a form: a list of cards, a search to add one, dragging to move one.

import { card } from "./card.js";
import { element } from "./dom.js";
import { SECTIONS } from "./schema.js";

const MOST_OFFERS = 12;
const WORDS = { steps: "a step", analysis: "a measurement", exports: "an export" };

export class Cards {
  // `act(edit)` carries an edit out on the text.
  constructor(section, kinds, act) {
    this.section = section;
    this.kinds = kinds;
    this.act = act;
    this.open = new Set();
    this.rest = new Set(); // of those, the ones that show the settings that are seldom needed
    this.list = element("div", { className: "cards", role: "list" });
    this.root = element("div", {}, this.list, this.#adder());
    this.#dragging();
  }

  // An item is put in by others than the form: what is open stays open.
  inserted(position) {
    for (const name of ["open", "rest"]) this[name] = new Set([...this[name]].map((at) => (at >= position ? at + 1 : at)));
  }

  show(items) {
    this.items = items;
    const focused = document.activeElement?.id;
    this.list.replaceChildren(...items.map((item, position) => card({
      section: this.section, position, item, kind: this.kinds.get(item.value[SECTIONS[this.section]]),
      isOpen: this.open.has(position), showsRest: this.rest.has(position), act: (edit) => this.#carried(edit),
      onToggle: (isOpen) => (isOpen ? this.open.add(position) : this.open.delete(position)),
      onRest: (isOpen) => (isOpen ? this.rest.add(position) : this.rest.delete(position)),
    })));
    if (focused) document.getElementById(focused)?.focus();
  }

  #carried(edit) {
    if (edit.kind === "move" && (edit.to < 0 || edit.to >= this.items.length)) return;
    if (edit.kind === "move" || edit.kind === "remove") [this.open, this.rest].forEach((positions) => positions.clear());
    this.act(edit);
  }

  #adder() {
    const key = SECTIONS[this.section];
    const names = element("datalist", { id: `${this.section}-names` },
      ...[...this.kinds.values()].map(({ name, description }) => element("option", { value: name, textContent: description.split(".")[0] })));
    const search = element("input", { type: "search", placeholder: `Add: ${WORDS[this.section]}`, ariaLabel: `Add to ${this.section}` });
    search.setAttribute("list", names.id);
    const offers = element("div", { className: "row", role: "status" });
    const add = (name = search.value.trim()) => {
      const kind = this.kinds.get(name);
      if (!kind || !this.items) return; // the recipe cannot be read: there is no form of it
      offers.replaceChildren();
      search.value = "";
      this.open.add(this.items.length);
      this.act({ kind: "add", section: this.section, position: this.items.length, value: { [key]: kind.name, ...starting(kind) } });
    };
    search.addEventListener("change", () => add());
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !search.value.trim()) return;
      if (this.kinds.has(search.value.trim())) add();
      else offers.replaceChildren(...this.#offers(search.value.trim(), add));
    });
    return element("div", {}, element("div", { className: "row" }, search, names), offers);
  }

  // What has a word in its name or its description, to be added with a click; names first.
  #offers(word, add) {
    const has = (text) => text.toLowerCase().includes(word.toLowerCase());
    const kinds = [...this.kinds.values()].filter(({ name, description }) => has(name) || has(description));
    const sorted = kinds.sort((one, other) => has(other.name) - has(one.name)).slice(0, MOST_OFFERS);
    if (!sorted.length) return [element("span", { className: "quiet", textContent: `${WORDS[this.section]} of that kind is not there` })];
    return sorted.map(({ name, description }) => element("button", { type: "button", textContent: name, title: description.split("\n\n")[0], onclick: () => add(name) }));
  }

  #dragging() {
    let from = null;
    this.list.addEventListener("dragstart", (event) => { from = placeOf(event.target); });
    this.list.addEventListener("dragover", (event) => { if (from !== null) event.preventDefault(); });
    this.list.addEventListener("drop", (event) => {
      const to = placeOf(event.target);
      if (from !== null && to !== null && to !== from) this.#carried({ kind: "move", section: this.section, position: from, to });
      from = null;
    });
  }
}

function placeOf(target) {
  const position = target.closest?.(".card")?.dataset.position;
  return position === undefined ? null : Number(position);
}

// Parameters without a default begin with something that can be looked at and changed.
function starting({ required, fields }) {
  const first = { number: 1, text: [0], switch: true };
  return Object.fromEntries(required.map((name) => {
    const field = fields.find((one) => one.name === name);
    return [name, field.kind === "choice" ? field.words[0] : first[field.kind]];
  }));
}
