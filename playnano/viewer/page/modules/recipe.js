// The recipe beside the picture: one text, seen as cards and as YAML; each change shows at once.

import { finished, postJson, Refusal } from "./api.js";
import { element } from "./dom.js";

export class RecipePanel {
  constructor(store) {
    this.store = store;
    this.panel = document.querySelector("#panel-recipe");
    this.past = [];
    this.future = [];
    this.text = element("textarea", { id: "recipe-text", spellcheck: false, rows: 24, ariaLabel: "Recipe as YAML" });
    this.problems = element("pre", { className: "error", role: "alert" });
    this.progress = element("progress", { hidden: true, max: 1 });
    this.cancel = element("button", { type: "button", textContent: "Cancel", hidden: true });
    this.text.addEventListener("input", () => this.#soon());
    this.panel.append(element("div", { className: "row" }, this.progress, this.cancel), this.text, this.problems);
  }

  async begin(text) {
    this.text.value = text;
    await this.show(text);
  }

  // Make `text` the recipe: remembered for undo, developed, shown.
  async change(text) {
    if (text === this.store.state.recipeText) return;
    this.past.push(this.store.state.recipeText);
    this.future = [];
    this.text.value = text;
    await this.show(text);
  }

  undo() {
    this.#swap(this.past, this.future);
  }

  redo() {
    this.#swap(this.future, this.past);
  }

  async edit(edit) {
    const { text } = await postJson("api/edits", { text: this.text.value, edit });
    await this.change(text);
  }

  async dropFrame(frame) {
    const { steps } = await postJson("api/edits", { text: this.text.value });
    const at = steps.findIndex(({ off, value }) => !off && value.step === "drop_frames");
    const dropped = at < 0 ? [] : steps[at].value.indices_to_drop;
    const indices = [...new Set([...dropped, frame])].sort((a, b) => a - b);
    const section = "steps";
    if (at < 0) await this.edit({ kind: "add", section, position: 0, value: { step: "drop_frames", indices_to_drop: indices } });
    else await this.edit({ kind: "set", section, position: at, key: "indices_to_drop", value: indices });
  }

  async show(text) {
    this.store.set({ recipeText: text });
    const { movie } = this.store.state;
    try {
      const developed = await postJson("api/recipes", { movie, text });
      if (this.store.state.recipeText !== text) return;
      this.problems.textContent = "";
      this.#shown(developed);
      if (developed.job !== null) await this.#follow(developed.job, text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problems.textContent = error.message;
      this.store.set({ error: "" });
    }
  }

  #shown({ key, layers }) {
    const { layer } = this.store.state;
    const names = layers.map((one) => one.name);
    this.store.set({ layers, key, layer: names.includes(layer) ? layer : "result" });
  }

  // A step over the whole movie is computed: show how far it is, and its layers when they are there.
  async #follow(job, text) {
    const stop = new AbortController();
    this.cancel.onclick = () => stop.abort();
    [this.progress.hidden, this.cancel.hidden] = [false, false];
    const onProgress = ({ done, total }) => { this.progress.value = total ? done / total : 0; };
    const { state, message } = await finished(job, { onProgress, signal: stop.signal });
    if (this.store.state.recipeText !== text) return;
    [this.progress.hidden, this.cancel.hidden] = [true, true];
    if (state === "failed") this.problems.textContent = message;
    if (state === "done") this.#shown(await postJson("api/recipes", { movie: this.store.state.movie, text }));
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.change(this.text.value), 250);
  }

  #swap(from, to) {
    if (!from.length) return;
    to.push(this.store.state.recipeText);
    const text = from.pop();
    this.text.value = text;
    this.show(text);
  }
}
