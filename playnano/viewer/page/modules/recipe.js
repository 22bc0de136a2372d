// The recipe beside the picture: one text, seen as cards and as YAML; each change shows at once.

import { Cards } from "./cards.js";
import { finished, getJson, postJson, Refusal } from "./api.js";
import { element } from "./dom.js";
import { InputCard } from "./input_card.js";
import { inWords, MovieInputs } from "./movie_inputs.js";
import { RecipeFile } from "./recipe_file.js";
import { RecipeText } from "./recipe_text.js";
import { readSchema, SECTIONS } from "./schema.js";

const PAUSE = 1000; // ms without typing that end a change

export class RecipePanel {
  constructor(store) {
    this.store = store;
    this.panel = document.querySelector("#panel-recipe");
    this.past = [];
    this.future = [];
    this.inputs = new MovieInputs();
    this.noting = this.moved = Promise.resolve(); // what is typed is noted, then movies are left one after another
    this.#build();
  }

  #build() {
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.undoButton = button("Undo", "Undo the last change (u)", () => this.undo());
    this.redoButton = button("Redo", "Redo it (U)", () => this.redo());
    this.file = new RecipeFile(this.store, (text) => this.change(text));
    this.progress = element("progress", { hidden: true, max: 1, ariaLabel: "Computing" });
    this.cancel = element("button", { type: "button", textContent: "Cancel", hidden: true });
    this.problems = element("pre", { id: "problems", className: "error", role: "alert" });
    this.notes = element("p", { id: "notes", className: "quiet", role: "status" });
    this.inputNote = element("p", { id: "input-note", className: "quiet", role: "status" });
    this.text = new RecipeText((text) => this.#typed(text));
    this.faults = Object.fromEntries(Object.keys(SECTIONS).map((id) => [id, element("pre", { id: `problems-${id}`, className: "error", role: "alert" })]));
    this.lists = Object.keys(SECTIONS).map((id) => element("div", { id }));
    this.panel.append(
      element("div", { className: "row" }, this.undoButton, this.redoButton, this.file.choice),
      this.file.row, this.file.status,
      element("div", { className: "row progress" }, this.progress, this.cancel),
      this.problems, this.notes, this.inputNote,
      this.input = element("div"),
      ...["Steps", "Measurements", "Exports"].flatMap((textContent, i) => [element("h2", { textContent }), this.faults[this.lists[i].id], this.lists[i]]),
      this.text.root,
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
    const left = this.store.state.movie;
    this.store.set({ movie, key: "", layers: [], frame: 0, frames: 0, times: [], error: "" });
    await (this.moved = this.moved.then(() => this.#withInputs(left, movie)));
    if (this.store.state.movie !== movie) return;
    const { recipeText: text, layer } = this.store.state;
    await this.#develop(text, postJson("api/recipes", { movie, text, ranged: layer || "result" }));
  }

  // `kept` is the recipe that was edited before the page was loaded again.
  async begin(session, kept) {
    const { recipe, in_memory: isInMemory } = session;
    this.file.begin(session, kept?.file);
    if (kept) Object.assign(this.inputs, kept.inputs);
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
      await this.change(form.text, { form, developing: form.developed, isTyped: edit.kind === "input" });
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

  async show(text, { form, developing, isTyped = false } = {}) {
    this.store.set({ recipeText: text });
    this.text.show(text);
    this.file.clear();
    this.undoButton.disabled = !this.past.length;
    this.redoButton.disabled = !this.future.length;
    const developed = this.#develop(text, developing); // the frame is asked for first
    this.noting = this.#form(text, form, isTyped);
    await Promise.all([developed, this.noting]);
  }

  // The recipe with what was typed for the movie that is shown now, in place of what was typed for another.
  async #withInputs(from, to) {
    await this.noting.catch(() => {}); // its fault is shown where it belongs
    const { values, left } = this.inputs.change(from, to);
    if (Object.keys(left).length) this.left = { movie: from, values: left };
    else if (this.left?.movie === to) this.left = null;
    this.#sayLeft();
    if (!Object.keys(values).length) return;
    try {
      const form = await postJson("api/edits", { text: this.store.state.recipeText, edit: { kind: "inputs", values } });
      this.store.set({ recipeText: form.text });
      this.text.show(form.text);
      await this.#form(form.text, form, null);
    } catch (error) {
      this.#refused(error);
    }
  }

  // Say what was typed for a movie before and is not used for this one.
  #sayLeft() {
    this.inputNote.replaceChildren();
    if (!this.left) return;
    const { movie, values } = this.left;
    const use = async () => {
      this.inputs.share(values);
      this.left = null;
      this.#sayLeft();
      await this.edit({ kind: "inputs", values });
    };
    this.inputNote.append(`${inWords(values)}: typed for ${this.store.state.movies[movie]}, not used here. `,
      element("button", { type: "button", textContent: "Use for all movies", onclick: use }));
  }

  // `isTyped` is null where the inputs are those of the movie already.
  async #form(text, answer, isTyped = false) {
    if (!this.cards) return; // it comes with the schema
    const { movie } = this.store.state;
    try {
      const form = answer ?? (await postJson("api/edits", { text }));
      if (this.store.state.recipeText !== text) return;
      if (isTyped !== null) this.inputs.note(movie, form.input, isTyped);
      this.inputCard.show(form.input);
      this.cards.forEach((cards) => cards.show(form[cards.section]));
      const counts = { stepCount: form.steps.length, analysisCount: form.analysis.length, typedInputs: JSON.stringify(this.inputs) };
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
      const { problem } = developed;
      this.#problem(problem && !problem.section ? problem.message : "", problem);
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

  // Faults of exports or measurements stand at these, and leave the picture as it is.
  #problem(message, ofSection = null) {
    this.problems.textContent = message;
    for (const [section, fault] of Object.entries(this.faults)) fault.textContent = ofSection?.section === section ? ofSection.message : "";
    this.text.showProblems(message || ofSection?.message || "");
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
  #typed(text) {
    const isContinued = performance.now() - this.typedAt < PAUSE && this.typedText === this.store.state.recipeText;
    this.typedAt = performance.now();
    this.typedText = text;
    this.change(text, { isContinued, isTyped: true });
  }

  #swap(from, to) {
    if (!from.length) return;
    to.push(this.store.state.recipeText);
    this.show(from.pop(), { isTyped: true });
  }
}

// The layer that a step gets: the layers of all steps that are on stand before the result.
function layerBefore(layers, steps, position) {
  const isOn = ({ off }) => !off;
  const after = position < 0 ? steps.filter(isOn) : steps.slice(position).filter(isOn);
  return layers.at(-1)?.name === "result" ? layers.at(-2 - after.length) : undefined; // some may still be computed
}
