// How the movie is read: its channel, and what the file does not say, as the recipe's `input`.

import { entry } from "./card.js";
import { getJson } from "./api.js";
import { element } from "./dom.js";

export class InputCard {
  // `act(edit)` carries an edit out on the text.
  constructor(store, fields, act) {
    this.fields = fields;
    this.act = act;
    this.rows = element("div", { className: "fields" });
    this.channels = element("datalist", { id: "channels" });
    this.root = element("details", { className: "card", id: "input" },
      element("summary", { className: "card-head" }, element("span", { className: "card-name", textContent: "Input" })),
      element("p", { className: "quiet", textContent: "What is read, and what the file does not state." }), this.rows, this.channels);
    store.on(["movie"], () => this.#ask(store.state.movie));
    this.root.addEventListener("toggle", () => this.#ask(store.state.movie));
  }

  show(values) {
    const focused = document.activeElement?.id;
    const set = (key, value) => this.act({ kind: "input", key, value });
    this.rows.replaceChildren(...this.fields.flatMap((field) => entry(field, values[field.name], set, "input")));
    this.rows.querySelector("#input-channel")?.setAttribute("list", this.channels.id);
    if (focused) document.getElementById(focused)?.focus();
  }

  // The channels of a movie, where it can be read at all.
  async #ask(movie) {
    if (!this.root.open) return;
    const { channels = [] } = await getJson(`api/movies/${movie}/channels`).catch(() => ({}));
    this.channels.replaceChildren(...channels.map((value) => element("option", { value })));
  }
}
