// The panel of tables: what the recipe's measurements give for the whole movie, measured when asked for.

import { finished, postJson, Refusal } from "./api.js";
import { element } from "./dom.js";

export class TablesPanel {
  // `goTo(frame)` shows a frame.
  constructor(store, goTo) {
    this.store = store;
    this.goTo = goTo;
    this.panel = document.querySelector("#panel-tables");
    this.#build();
    store.on(["recipeText", "movie", "analysisCount"], () => this.#outdated());
    this.#outdated();
  }

  #build() {
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.run = button("Measure the movie", "Measure every frame as the recipe says", () => this.#measure());
    this.run.className = "primary";
    this.cancel = element("button", { type: "button", textContent: "Cancel", hidden: true });
    this.progress = element("progress", { hidden: true, max: 1, ariaLabel: "Measuring" });
    this.message = element("p", { id: "tables-message", role: "status" });
    this.tables = element("div", { id: "tables" });
    this.panel.append(
      element("div", { className: "row" }, this.run, this.cancel),
      element("div", { className: "row progress" }, this.progress),
      this.message, this.tables,
    );
  }

  // Tables are never shown beside another recipe than the one they were measured by.
  #outdated() {
    const { analysisCount } = this.store.state;
    this.tables.replaceChildren();
    this.run.disabled = !analysisCount;
    this.#say(analysisCount ? "" : "Add a measurement to the recipe, such as features.");
  }

  #say(text, className = "quiet") {
    Object.assign(this.message, { textContent: text, className });
  }

  async #measure() {
    const { movie, recipeText: text } = this.store.state;
    const stop = new AbortController();
    this.cancel.onclick = () => stop.abort();
    this.#busy(true);
    try {
      const { job } = await postJson("api/tables", { movie, text });
      const onProgress = ({ stage, done, total }) => {
        this.progress.value = total ? done / total : 0;
        this.#say(stage);
      };
      const ended = await finished(job, { onProgress, signal: stop.signal });
      if (this.store.state.recipeText === text && this.store.state.movie === movie) this.#ended(ended);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#say(error.message, "error");
    } finally {
      this.#busy(false);
    }
  }

  #busy(isBusy) {
    [this.progress.hidden, this.cancel.hidden] = [!isBusy, !isBusy];
    this.run.disabled = isBusy || !this.store.state.analysisCount;
  }

  #ended({ state, message, outcome }) {
    if (state === "failed") return this.#say(message, "error");
    this.#say(state === "done" ? "" : "Cancelled.");
    if (state === "done") this.tables.replaceChildren(...outcome.tables.map((table) => this.#table(outcome.key, table)));
  }

  #table(key, { name, columns, rows, count, note }) {
    const address = `api/tables/${key}/${encodeURIComponent(name)}`;
    const shown = rows.length < count ? `first ${rows.length} of ${count} rows` : `${count} ${count === 1 ? "row" : "rows"}`;
    const heads = columns.map(({ name: column, unit, description }) => element("th", { scope: "col", textContent: column, title: unit ? `${description} (${unit})` : description }));
    return element("section", {},
      element("div", { className: "row" }, element("h2", { textContent: name }), element("span", { className: "quiet", textContent: shown }),
        element("span", { className: "spacer" }), element("a", { href: address, download: `${name}.csv`, textContent: "Save CSV" })),
      ...(note ? [element("p", { className: "quiet", textContent: note })] : []),
      element("div", { className: "table", tabIndex: 0, role: "region", ariaLabel: `Table ${name}` },
        element("table", {}, element("thead", {}, element("tr", {}, ...heads)),
          element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((value, i) => this.#cell(columns[i].name, value))))))));
  }

  // A frame's number leads to the frame.
  #cell(column, value) {
    if (column !== "frame") return element("td", { textContent: short(value), title: value === null ? "" : String(value) });
    return element("td", {}, element("button", { type: "button", className: "small", textContent: String(value), title: "Show this frame", onclick: () => this.goTo(value) }));
  }
}

function short(value) {
  if (value === null) return "";
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(5))) : String(value);
}
