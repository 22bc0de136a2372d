// The recipe as a form: a list of cards, a search to add one, dragging to move one.

import { card } from "./card.js";
import { element } from "./dom.js";
import { SECTIONS } from "./schema.js";

const WORDS = { steps: "a step", analysis: "a measurement", exports: "an export" };

export class Cards {
  // `act(edit)` carries an edit out on the text.
  constructor(section, kinds, act) {
    this.section = section;
    this.kinds = kinds;
    this.act = act;
    this.open = new Set();
    this.list = element("div", { className: "cards", role: "list" });
    this.root = element("div", {}, this.list, this.#adder());
    this.#dragging();
  }

  show(items) {
    this.items = items;
    const focused = document.activeElement?.id;
    this.list.replaceChildren(...items.map((item, position) => card({
      section: this.section, position, item, kind: this.kinds.get(item.value[SECTIONS[this.section]]),
      isOpen: this.open.has(position), act: (edit) => this.#carried(edit),
      onToggle: (isOpen) => (isOpen ? this.open.add(position) : this.open.delete(position)),
    })));
    if (focused) document.getElementById(focused)?.focus();
  }

  #carried(edit) {
    if (edit.kind === "move" && (edit.to < 0 || edit.to >= this.items.length)) return;
    if (edit.kind === "move" || edit.kind === "remove") this.open.clear();
    this.act(edit);
  }

  #adder() {
    const key = SECTIONS[this.section];
    const names = element("datalist", { id: `${this.section}-names` },
      ...[...this.kinds.values()].map(({ name, description }) => element("option", { value: name, textContent: description.split(".")[0] })));
    const search = element("input", { type: "search", placeholder: `Add: ${WORDS[this.section]}`, ariaLabel: `Add to ${this.section}` });
    search.setAttribute("list", names.id);
    const add = () => {
      const kind = this.kinds.get(search.value.trim());
      if (!kind || !this.items) return; // the recipe cannot be read: there is no form of it
      search.value = "";
      this.open.add(this.items.length);
      this.act({ kind: "add", section: this.section, position: this.items.length, value: { [key]: kind.name, ...starting(kind) } });
    };
    search.addEventListener("change", add);
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
    return element("div", { className: "row" }, search, names);
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
