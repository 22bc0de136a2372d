// The recipe beside the picture: one text, seen as cards and as YAML; each change shows at once.

import { Cards } from "./cards.js";
import { finished, getJson, postJson, Refusal } from "./api.js";
import { element } from "./dom.js";
import { InputCard } from "./input_card.js";
import { readSchema, SECTIONS } from "./schema.js";

const PAUSE = 1000; // ms without typing that end a change

export class RecipePanel {
  constructor(store) {
    this.store = store;
    this.panel = document.querySelector("#panel-recipe");
    this.past = [];
    this.future = [];
    this.#build();
  }

  #build() {
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.undoButton = button("Undo", "Undo the last change (u)", () => this.undo());
    this.redoButton = button("Redo", "Redo it (U)", () => this.redo());
    this.saveButton = button("Save", "Save the recipe's file", () => this.save());
    this.name = element("input", { type: "text", size: 18, ariaLabel: "File name of the recipe", placeholder: "recipe.yaml" });
    this.shipped = element("select", { ariaLabel: "Load a recipe", onchange: () => this.#load(this.shipped.value) });
    this.progress = element("progress", { hidden: true, max: 1, ariaLabel: "Computing" });
    this.cancel = element("button", { type: "button", textContent: "Cancel", hidden: true });
    this.problems = element("pre", { id: "problems", className: "error", role: "alert" });
    this.notes = element("p", { id: "notes", className: "quiet", role: "status" });
    this.text = element("textarea", { id: "recipe-text", spellcheck: false, rows: 18, ariaLabel: "Recipe as YAML" });
    this.text.addEventListener("input", () => this.#typed());
    this.saved = element("span", { className: "quiet", role: "status" });
    this.lists = Object.keys(SECTIONS).map((id) => element("div", { id }));
    this.panel.append(
      element("div", { className: "row" }, this.undoButton, this.redoButton, this.shipped),
      element("div", { className: "row" }, this.name, this.saveButton,
        button("Copy command", "Copy the command that runs this recipe", () => this.#copy()), this.saved),
      element("div", { className: "row progress" }, this.progress, this.cancel),
      this.problems, this.notes,
      this.input = element("div"),
      ...["Steps", "Measurements", "Exports"].flatMap((textContent, i) => [element("h2", { textContent }), this.lists[i]]),
      element("details", {}, element("summary", { textContent: "Recipe as YAML" }), this.text),
    );
  }

  // What steps, measurements or exports there are.
  kinds(section) {
    return [...this.schema[section].values()];
  }

  has(section, name) {
    return this.schema?.[section].has(name) ?? false;
  }

  // Develop the recipe once more: the server forgot its layers.
  async again() {
    await this.#develop(this.store.state.recipeText);
  }

  // Develop the recipe on another movie.
  async showMovie(movie) {
    this.store.set({ movie, key: "", layers: [], frame: 0, frames: 0, times: [], error: "" });
    const { recipeText: text, layer } = this.store.state;
    await this.#develop(text, postJson("api/recipes", { movie, text, ranged: layer || "result" }));
  }

  // `kept` is the recipe that was edited before the page was loaded again.
  async begin({ recipe, recipe_file: file, recipes, saved, in_memory: isInMemory }, kept) {
    this.name.value = file ?? "";
    this.shipped.append(element("option", { value: "", textContent: "Load a recipe" }),
      ...recipes.map(({ name, purpose }) => element("option", { value: name, textContent: name, title: purpose })),
      (this.own = element("optgroup", { label: "Saved in the working directory", hidden: true })));
    this.#offer(saved);
    const drawn = new Promise((resolve) => document.querySelector("#stage").addEventListener("drawn", resolve, { once: true }));
    await Promise.race([this.#first(recipe, kept), drawn]); // the picture first, then the form
    const schema = (this.schema = await readSchema());
    this.cards = Object.keys(SECTIONS).map((section) => new Cards(section, schema[section], (edit) => this.edit(edit)));
    this.inputCard = new InputCard(this.store, schema.input, (edit) => this.edit(edit));
    if (!isInMemory) this.input.append(this.inputCard.root);
    await this.#form(this.store.state.recipeText); // what is there, before more can be added to it
    this.cards.forEach(({ root }, i) => this.lists[i].append(root));
  }

  #first(recipe, kept) {
    if (!kept) return this.show(recipe, { developing: getJson("api/beginning") });
    const { movie, text, past, future } = kept;
    Object.assign(this, { past, future });
    return this.show(text, { developing: postJson("api/recipes", { movie, text, ranged: "result" }) });
  }

  // Make `text` the recipe: remembered for undo, developed, shown.
  async change(text, { isContinued = false, ...answered } = {}) {
    if (text === this.store.state.recipeText) return;
    if (!isContinued || !this.past.length) this.past.push(this.store.state.recipeText);
    this.future = [];
    await this.show(text, answered);
  }

  undo() {
    this.#swap(this.past, this.future);
  }

  redo() {
    this.#swap(this.future, this.past);
  }

  async edit(edit) {
    try {
      const { movie, recipeText } = this.store.state;
      const form = await postJson("api/edits", { text: recipeText, edit, movie });
      await this.change(form.text, { form, developing: form.developed });
    } catch (error) {
      this.#refused(error);
    }
  }

  // Add the frame shown to the first `drop_frames` of the recipe, or begin with one.
  async dropFrame() {
    const { recipeText: text, layers, numbers, frame } = this.store.state;
    const { steps } = await postJson("api/edits", { text });
    const position = steps.findIndex(({ off, value }) => !off && value.step === "drop_frames");
    const dropped = position < 0 ? [] : steps[position].value.indices_to_drop;
    const [shown, before] = [numbers?.[frame] ?? frame, layerBefore(layers, steps, position)?.numbers];
    const place = before ? before.indexOf(shown) : shown; // the step counts the frames that it gets
    if (place < 0) return;
    const value = [...new Set([...dropped, place])].sort((a, b) => a - b);
    const section = "steps";
    if (position < 0) this.cards?.[0].inserted(0);
    if (position < 0) await this.edit({ kind: "add", section, position: 0, value: { step: "drop_frames", indices_to_drop: value } });
    else await this.edit({ kind: "set", section, position, key: "indices_to_drop", value });
  }

  async show(text, { form, developing } = {}) {
    this.store.set({ recipeText: text });
    if (this.text.value !== text) this.text.value = text;
    this.saved.textContent = "";
    this.undoButton.disabled = !this.past.length;
    this.redoButton.disabled = !this.future.length;
    await Promise.all([this.#develop(text, developing), this.#form(text, form)]); // the frame is asked for first
  }

  async save() {
    try {
      const { file, folder, saved } = await postJson("api/save", { text: this.store.state.recipeText, name: this.name.value });
      this.saved.textContent = `saved ${file} in ${folder}`;
      this.name.value = file;
      this.#offer(saved);
      if (this.unsaved && this.problems.textContent === this.unsaved) this.#problem("");
    } catch (error) {
      this.#refused(error);
      this.saved.textContent = "";
      this.unsaved = error.message;
    }
  }

  // Recipes of the working directory, where they are saved.
  #offer(names) {
    this.own.replaceChildren(...names.map((name) => element("option", { value: `./${name}`, textContent: name })));
    this.own.hidden = !names.length;
  }

  async #form(text, answer) {
    if (!this.cards) return; // it comes with the schema
    try {
      const form = answer ?? (await postJson("api/edits", { text }));
      if (this.store.state.recipeText !== text) return;
      this.inputCard.show(form.input);
      this.cards.forEach((cards) => cards.show(form[cards.section]));
      const counts = { stepCount: form.steps.length, analysisCount: form.analysis.length };
      this.store.set(counts);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // faults of the text are shown by its development
    }
  }

  // `developing` is the answer, where it came with the edit, or the promise of one.
  async #develop(text, developing = null) {
    const { movie } = this.store.state;
    try {
      let developed = developing ?? postJson("api/recipes", { movie, text });
      if (developed instanceof Promise) developed = await developed;
      if (this.#isOutdated(movie, text)) return;
      if (developed.message) throw new Refusal(422, developed);
      this.#problem("");
      this.#shown(developed);
      if (developed.job !== null) await this.#follow(developed.job, text);
    } catch (error) {
      if (!this.#isOutdated(movie, text)) this.#refused(error);
    }
  }

  #refused(error) {
    if (!(error instanceof Refusal)) throw error;
    this.#problem(error.message);
  }

  #problem(message) {
    this.problems.textContent = message;
    this.store.set({ problem: message });
  }

  #isOutdated(movie, text) {
    return this.store.state.movie !== movie || this.store.state.recipeText !== text;
  }

  // While a layer is computed, the last one before it stands in for it.
  #shown({ key, layers, notes, range = null }) {
    const { layer } = this.store.state;
    const wish = layer === this.standIn ? this.wish : layer || "result";
    const has = (name) => layers.some((one) => one.name === name);
    const shown = has(wish) ? wish : has("result") ? "result" : layers.findLast((one) => !one.is_mask).name;
    [this.wish, this.standIn] = has("result") ? [null, null] : [wish, shown];
    this.notes.textContent = notes.join("\n");
    this.store.set({ layers, key, layer: shown, range: range && { ...range, key, layer: shown } });
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
    if (state === "failed") this.#problem(message);
    if (state === "done") this.#shown(await postJson("api/recipes", { movie: this.store.state.movie, text }));
  }

  // Shown at once; what is typed without a pause is one change to undo.
  #typed() {
    const isContinued = performance.now() - this.typedAt < PAUSE && this.typedText === this.store.state.recipeText;
    this.typedAt = performance.now();
    this.typedText = this.text.value;
    this.change(this.text.value, { isContinued });
  }

  #swap(from, to) {
    if (!from.length) return;
    to.push(this.store.state.recipeText);
    this.show(from.pop());
  }

  async #load(name) {
    if (!name) return;
    this.shipped.value = "";
    const isOwn = name.startsWith("./");
    try {
      const { text } = await postJson(isOwn ? "api/saved" : "api/shipped", { name: isOwn ? name.slice(2) : name });
      await this.change(text);
    } catch (error) {
      this.#refused(error);
    }
  }

  async #copy() {
    const recipe = this.name.value || "recipe.yaml";
    const movie = this.store.state.movies[this.store.state.movie];
    await navigator.clipboard.writeText(`playnano run ${quoted(recipe)} ${quoted(movie)}`);
    this.saved.textContent = "copied";
  }
}

// The layer that a step gets: the layers of all steps that are on stand before the result.
function layerBefore(layers, steps, position) {
  const isOn = ({ off }) => !off;
  const after = position < 0 ? steps.filter(isOn) : steps.slice(position).filter(isOn);
  return layers.at(-1)?.name === "result" ? layers.at(-2 - after.length) : undefined; // some may still be computed
}

function quoted(word) {
  return /^[\w./-]+$/.test(word) ? word : `"${word}"`;
}
