// The panel of exports: what will be written, taking over what is seen, and the run that writes it.

import { finished, postJson, Refusal } from "./api.js";
import { element } from "./dom.js";
import { DEFAULT_PERCENTILES } from "./heights.js";

export class ExportPanel {
  constructor(store, stage, recipe) {
    this.store = store;
    this.stage = stage;
    this.recipe = recipe;
    this.panel = document.querySelector("#panel-export");
    this.planned = [];
    this.#build();
    store.on(["recipeText", "movie", "key"], () => this.#soon());
    stage.main.addEventListener("drawn", () => {
      if (this.isOutdated && !this.timer) this.#soon();
      this.#compare();
    });
    store.on(["zscale", "zmin", "zmax", "percentiles", "cmap", "scaleBar", "timestamp", "colourBar", "pace", "speed", "layer"], () => this.#compare());
    store.on(["maskLayer"], ({ maskLayer }) => { this.maskNote.hidden = !maskLayer; });
  }

  begin({ output_folder: folder }) {
    this.folder.textContent = folder;
    const kinds = this.recipe.kinds("exports");
    this.format.append(...kinds.map(({ name, description }) => element("option", { value: name, textContent: name, title: description })));
  }

  #build() {
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.inView = element("input", { type: "checkbox", checked: true, onchange: () => this.#compare() });
    this.maskNote = element("p", { id: "mask-note", hidden: true, textContent: "The mask is not drawn in exports." });
    this.format = element("select", { ariaLabel: "Format" });
    this.folder = element("span", { className: "quiet" });
    this.files = element("table", { className: "files" });
    this.run = button("Export", "Run the recipe on the whole movie and write these files", () => this.#export(false));
    this.run.className = "primary";
    this.replace = button("Replace", "Write the files again in place of those that exist", () => this.#export(true));
    this.replace.hidden = true;
    this.progress = element("progress", { hidden: true, max: 1, ariaLabel: "Exporting" });
    this.cancel = element("button", { type: "button", textContent: "Cancel", hidden: true });
    this.outcome = element("p", { id: "export-outcome", role: "status" });
    this.panel.append(
      element("div", { className: "row" }, element("label", {}, "Format ", this.format), button("Add", "Add an export of this format", () => this.#add())),
      element("div", { className: "row" }, button("Use what is seen", "Put z-range, colormap, scale bar, timestamp, colour bar, speed and the part in view into the picture exports", () => this.#takeOver()),
        element("label", { title: "Where the picture is zoomed in, export only what is in view" }, this.inView, " only the part in view")),
      element("p", { className: "quiet", textContent: "Pictures are added as they look here; the button takes over what has changed since." }),
      this.maskNote,
      element("h2", { textContent: "Files" }),
      this.files,
      element("p", { className: "quiet" }, "Folder: ", this.folder, ". Sizes are those before compression."),
      element("div", { className: "row" }, this.run, this.replace, this.cancel),
      element("div", { className: "row progress" }, this.progress),
      this.outcome,
    );
  }

  // As the picture looks here, where the format is one of pictures.
  #add() {
    return this.#takeOver({ add: this.format.value });
  }

  #soon() {
    this.isOutdated = true;
    if (this.panel.hidden) return; // planned when it is looked at
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#plan(), 100);
  }

  async #plan() {
    [this.isOutdated, this.timer] = [false, null];
    const { movie, recipeText: text } = this.store.state;
    try {
      const { files, folder } = await postJson("api/exports/plan", { movie, text });
      this.folder.textContent = folder;
      if (this.store.state.recipeText === text) this.#show(files);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#show([], error.message);
    }
  }

  #show(files, trouble = "") {
    this.planned = files.map((file) => ({ ...file, mark: element("div", { className: "quiet differs" }) }));
    this.files.replaceChildren(...this.planned.map(({ name, mark, bytes, is_size_known: known, exists }) => element("tr", {},
      element("td", {}, name, mark),
      element("td", { className: "quiet", textContent: known ? size(bytes) : "size not known" }),
      element("td", { className: "quiet", textContent: exists ? "exists" : "" }))));
    if (!files.length) this.files.append(element("tr", {}, element("td", { className: trouble ? "error" : "quiet", textContent: trouble || "No exports yet: add a format." })));
    const exist = files.some(({ exists }) => exists);
    this.run.disabled = !files.length || exist;
    this.replace.hidden = !exist;
    this.#compare();
  }

  // Marks the files that will not look as the picture does here.
  #compare() {
    if (this.panel.hidden) return;
    const seen = this.#seen();
    for (const { look, mark } of this.planned) {
      const other = look ? Object.keys(look).filter((key) => !isSame(look[key], seen[key])) : [];
      const text = other.length ? `differs from what is seen: ${other.map(worded).join(", ")}` : "";
      if (mark.textContent !== text) mark.textContent = text;
    }
  }

  // How the picture looks here, as settings of exports.
  #seen() {
    const { zscale, zmin, zmax, percentiles, cmap, scaleBar, timestamp, colourBar, pace, speed } = this.store.state;
    const played = pace === "real" ? { timing: "real", speed, fps: 5 } : { timing: "fps", fps: speed, speed: 1 };
    const range = zscale === "fixed" ? { zmin, zmax, percentiles: DEFAULT_PERCENTILES } : { zmin: "auto", zmax: "auto", percentiles };
    const isResult = this.store.state.layer === "result"; // another layer may have other pixels
    const region = this.inView.checked && isResult ? this.stage.regionAlone() : null;
    const perFrame = { zscale: zscale === "frame" ? "frame" : "movie", colour_bar: colourBar && zscale !== "frame" };
    return { region, ...range, ...perFrame, cmap, scale_bar: scaleBar, timestamp, ...played };
  }

  async #takeOver(more = {}) {
    const { recipeText: text } = this.store.state;
    try {
      const changed = await postJson("api/exports/seen", { text, seen: this.#seen(), ...more });
      await this.recipe.change(changed.text);
      await this.#plan();
      if (!more.add) this.#say(takenOver(this.planned));
    } catch (error) {
      this.#refused(error);
    }
  }

  async #export(replace) {
    const { movie, recipeText: text } = this.store.state;
    const stop = new AbortController();
    this.cancel.onclick = () => stop.abort();
    this.outcome.className = "quiet";
    this.#busy(true);
    try {
      const { job } = await postJson("api/exports", { movie, text, replace });
      const onProgress = ({ stage, done, total }) => {
        this.progress.value = total ? done / total : 0;
        this.outcome.textContent = stage;
      };
      this.#ended(await finished(job, { onProgress, signal: stop.signal }));
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy(false);
      await this.#plan();
    }
  }

  #ended({ state, message, outcome }) {
    this.outcome.className = state === "failed" ? "error" : "quiet";
    this.outcome.textContent = state === "done"
      ? [`Written: ${outcome.files.join(", ")}`, `Folder: ${outcome.folder}`, ...outcome.notes].join("\n")
      : state === "failed" ? message : "Cancelled; nothing was written.";
  }

  #say(text) {
    Object.assign(this.outcome, { className: "quiet", textContent: text });
  }

  #busy(isBusy) {
    [this.progress.hidden, this.cancel.hidden] = [!isBusy, !isBusy];
    this.run.disabled = this.replace.disabled = isBusy;
  }

  #refused(error) {
    if (!(error instanceof Refusal)) throw error;
    this.outcome.className = "error";
    this.outcome.textContent = error.message;
  }
}

const WORDS = { cmap: "colormap", zmin: "lowest height", zmax: "highest height", zscale: "z-range of the movie or of every frame", region: "part in view" };

function worded(setting) {
  return WORDS[setting] ?? setting.replaceAll("_", " ");
}

// What was taken over into which exports.
function takenOver(files) {
  const pictures = files.filter(({ look }) => look);
  return pictures.map(({ format, look }) => `${format}: ${Object.keys(look).map(worded).join(", ")} as seen`).join("\n");
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function size(bytes) {
  for (const [unit, factor] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (bytes >= factor) return `${(bytes / factor).toPrecision(3)} ${unit}`;
  }
  return `${bytes} bytes`;
}
