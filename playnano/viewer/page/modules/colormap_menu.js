// The choice of a colormap: a list with a strip of its colours for each. What is pointed at by keys is shown at once.

import { getBytes, getJson, Refusal } from "./api.js";
import { element } from "./dom.js";

export const DEFAULT_CMAP = "afm_brown";
const MOVES = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };
const [STRIP, TYPING] = [24, 800]; // colours of a strip; ms after which letters begin another name

export class ColormapMenu {
  constructor(store, stage) {
    this.store = store;
    this.stage = stage;
    this.options = [];
    this.typed = { text: "", at: 0 };
    this.name = element("span", { className: "cmap-name" });
    this.strip = element("span", { className: "strip" });
    this.button = element("button", { type: "button", id: "cmap", ariaHasPopup: "listbox", ariaExpanded: "false", onclick: () => this.#toggle() }, this.name, this.strip);
    this.list = element("div", { role: "listbox", id: "cmap-list", tabIndex: -1, ariaLabel: "Colormaps", hidden: true });
    this.root = element("div", { className: "row menu" }, element("label", { htmlFor: "cmap", textContent: "Colormap" }), this.button, this.list);
    this.#listen();
    store.on(["cmap"], () => this.#colour());
    this.#colour();
  }

  #listen() {
    this.list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key in MOVES) this.#move(MOVES[event.key]);
      else if (event.key === "Escape") this.#close(this.before);
      else if (event.key === "Enter" || event.key === " ") this.#close();
      else if (event.key.length === 1) this.#type(event.key);
    });
    this.list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#close(option.dataset.name);
    });
    this.list.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.root.contains(relatedTarget)) this.#show(false);
    });
  }

  #show(isOpen) {
    [this.list.hidden, this.button.ariaExpanded] = [!isOpen, String(isOpen)];
  }

  async #toggle() {
    if (!this.list.hidden) return this.#close();
    this.before = this.store.state.cmap;
    this.#show(true);
    this.list.focus();
    if (!this.options.length) await this.#fill();
    this.#point();
  }

  async #fill() {
    this.options = (await getJson("api/palettes")).map(({ name, colours }) => {
      const strip = element("span", { className: "strip" });
      strip.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
      return element("div", { role: "option", id: `cmap-${name}`, dataset: { name } }, element("span", { textContent: name }), strip);
    });
    this.list.replaceChildren(...this.options);
  }

  #close(name = this.store.state.cmap) {
    this.store.set({ cmap: name });
    this.#show(false);
    this.button.focus();
  }

  #move(by) {
    const at = this.options.findIndex(({ dataset }) => dataset.name === this.store.state.cmap);
    const to = Math.min(Math.max(at + by, 0), this.options.length - 1);
    if (this.options[to]) this.store.set({ cmap: this.options[to].dataset.name });
  }

  // Letters typed in one go lead to the next name that begins with them.
  #type(letter) {
    const now = performance.now();
    this.typed = { text: (now - this.typed.at < TYPING ? this.typed.text : "") + letter.toLowerCase(), at: now };
    const option = this.options.find(({ dataset }) => dataset.name.toLowerCase().startsWith(this.typed.text));
    if (option) this.store.set({ cmap: option.dataset.name });
  }

  #point() {
    for (const option of this.options) {
      const isChosen = option.dataset.name === this.store.state.cmap;
      option.ariaSelected = String(isChosen);
      if (!isChosen) continue;
      this.list.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }

  async #colour() {
    const { cmap } = this.store.state;
    this.name.textContent = cmap;
    if (!this.list.hidden) this.#point();
    const colours = await getBytes(`api/palettes/${encodeURIComponent(cmap)}`).catch((error) => this.#without(error));
    if (!colours || this.store.state.cmap !== cmap) return; // another one was chosen meanwhile
    this.stage.setPalette(colours);
    document.body.dataset.cmap = cmap;
    const every = Math.floor(colours.length / 3 / STRIP);
    const stops = Array.from({ length: STRIP }, (_, i) => `rgb(${colours.slice(3 * every * i, 3 * every * i + 3).join(" ")})`);
    this.strip.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  }

  // A colormap that is remembered from a time when there was one of that name.
  #without(error) {
    if (!(error instanceof Refusal) || this.store.state.cmap === DEFAULT_CMAP) throw error;
    this.store.set({ cmap: DEFAULT_CMAP });
  }
}
