// The recipe's file: its name, saving it, loading another one, and the command that runs it.

import { postJson, Refusal } from "./api.js";
import { element } from "./dom.js";

export class RecipeFile {
  // `load(text)` makes the text of a file the recipe.
  constructor(store, load) {
    this.store = store;
    this.load = load;
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.name = element("input", {
      type: "text", size: 18, ariaLabel: "File name of the recipe", placeholder: "recipe.yaml",
      oninput: () => this.#named(this.name.value),
    });
    this.choice = element("select", { ariaLabel: "Load a recipe", onchange: () => this.#load(this.choice.value) });
    this.status = element("p", { id: "file-status", className: "quiet", role: "status" });
    this.row = element("div", { className: "row" }, this.name,
      button("Save", "Save the recipe's file", () => this.#tried(() => this.#save())),
      button("Copy command", "Copy the command that runs the saved recipe on this movie", () => this.#tried(() => this.#copy())));
  }

  // `kept` is the file of the recipe that was edited before the page was loaded again.
  begin({ recipe, recipe_file: file, recipes, saved }, kept) {
    this.texts = kept ? kept.texts : file ? { [file]: recipe } : {}; // by name, what this tab loaded or saved
    this.name.value = this.store.state.recipeFile;
    this.choice.append(element("option", { value: "", textContent: "Load a recipe" }),
      ...recipes.map(({ name, purpose }) => element("option", { value: name, textContent: name, title: purpose })),
      (this.own = element("optgroup", { label: "Saved in the working directory", hidden: true })));
    this.#offer(saved);
  }

  clear() {
    this.#say("");
  }

  #named(recipeFile) {
    this.store.set({ recipeFile });
  }

  async #save() {
    const [{ recipeText: text }, name] = [this.store.state, this.name.value];
    const { file, folder, saved, fault } = await postJson("api/save", { text, name, replaces: this.texts[name] ?? null });
    this.#holds(file, text);
    this.#offer(saved);
    this.#say(`saved ${file} in ${folder}${fault ? `, but it has an error ${fault}` : ""}`, Boolean(fault));
  }

  async #load(choice) {
    if (!choice) return;
    this.choice.value = "";
    const isOwn = choice.startsWith("./");
    const name = isOwn ? choice.slice(2) : choice;
    await this.#tried(async () => {
      const { text } = await postJson(isOwn ? "api/saved" : "api/shipped", { name });
      await this.load(text);
      if (isOwn) this.#holds(name, text);
      else this.#named((this.name.value = `${name}.yaml`));
    });
  }

  async #copy() {
    const { movie, recipeText: text } = this.store.state;
    const { command } = await postJson("api/command", { movie, text, name: this.name.value });
    const isCopied = await navigator.clipboard.writeText(command).then(() => true, () => false);
    this.#say(isCopied ? `copied: ${command}` : command);
  }

  // A file holds this text, as far as this tab knows.
  #holds(name, text) {
    this.texts = { ...this.texts, [name]: text };
    this.name.value = name;
    this.store.set({ recipeFile: name, savedTexts: this.texts });
  }

  // Recipes of the working directory, where they are saved.
  #offer(names) {
    this.own.replaceChildren(...names.map((name) => element("option", { value: `./${name}`, textContent: name })));
    this.own.hidden = !names.length;
  }

  async #tried(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#say(error.message, true);
    }
  }

  #say(text, isError = false) {
    Object.assign(this.status, { textContent: text, className: isError ? "error" : "quiet" });
  }
}
