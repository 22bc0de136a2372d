// The panel of measurements: lines and rectangles drawn on the picture; their numbers come from the server.

import { finished, getJson, postJson, Refusal } from "./api.js";
import { csv, save } from "./csv.js";
import { element } from "./dom.js";
import { imagePlace } from "./pointer.js";
import { plot } from "./plot.js";
import { kymographImage } from "./kymograph.js";

const DRAWN_STEPS = [
  ["mask_rectangle", "Mask", "Add a step that masks this rectangle in every frame"],
  ["crop", "Crop", "Add a step that crops every frame to this rectangle"],
];
const TOOLS = [["pan", "Pan"], ["line", "Line"], ["rectangle", "Rectangle"]];

export class MeasurePanel {
  constructor(store, stage, recipe) {
    this.recipe = recipe;
    this.store = store;
    this.stage = stage;
    this.panel = document.querySelector("#panel-measure");
    this.canvas = document.querySelector("#drawing");
    this.drawn = null; // {kind, y0, x0, y1, x1}, px of the image from the centre of its first pixel
    this.#build();
    this.#listen();
    stage.main.addEventListener("drawn", () => this.#draw());
    store.on(["frame", "layer", "key"], () => this.#soon());
    store.on(["tool"], ({ tool }) => { this.tools.forEach((button) => button.setAttribute("aria-pressed", String(button.value === tool))); });
    store.on(["layer", "key"], () => this.#hideKymograph());
    store.on(["movie"], () => this.clear());
  }

  #build() {
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.tools = TOOLS.map(([value, text]) => element("button", {
      type: "button", value, textContent: text, ariaPressed: String(value === "pan"), onclick: () => this.store.set({ tool: value }),
    }));
    this.width = element("input", { type: "number", min: 0, step: "any", value: 0, ariaLabel: "Width of the line", onchange: () => this.#soon() });
    this.widthUnit = element("span", { className: "quiet", textContent: "nm" });
    this.plot = element("canvas", { width: 720, height: 360, className: "plot", role: "img", ariaLabel: "Profile", hidden: true });
    this.kymograph = element("canvas", { className: "kymograph", role: "img", ariaLabel: "Kymograph", hidden: true });
    this.results = element("dl", { id: "results" });
    this.stepButtons = DRAWN_STEPS.map(([step, text, title]) => element("button", {
      type: "button", value: step, textContent: text, title, hidden: true, onclick: () => this.#addStep(step),
    }));
    this.message = element("p", { className: "error", role: "alert" });
    this.kymographButton = button("Kymograph", "Read the line in every frame", () => this.#askKymograph());
    this.copyButton = button("Copy", "Copy the numbers as CSV", () => navigator.clipboard.writeText(csv(this.table)));
    this.saveButton = button("Save CSV", "Save the numbers as a CSV file", () => save(csv(this.table), this.table.name));
    this.saveKymograph = button("Save kymograph", "Save the kymograph as a CSV file", () => save(csv(this.rows), this.rows.name));
    this.panel.append(
      element("div", { className: "row", role: "group", ariaLabel: "Tool" }, ...this.tools),
      element("div", { className: "row" }, element("label", {}, "Width of the line ", this.width), this.widthUnit),
      this.results, element("div", { className: "row" }, ...this.stepButtons), this.plot,
      element("div", { className: "row" }, this.kymographButton, this.copyButton, this.saveButton, this.saveKymograph),
      this.kymograph, this.message,
    );
    this.#ready(false);
    this.#hideKymograph();
  }

  clear() {
    this.drawn = null;
    this.results.replaceChildren();
    this.plot.hidden = true;
    this.#hideKymograph();
    this.#ready(false);
    this.#draw();
  }

  // What is shown is never of another line or layer than the one drawn.
  #hideKymograph() {
    this.kymograph.hidden = this.saveKymograph.hidden = true;
  }

  #ready(isReady) {
    [this.copyButton.disabled, this.saveButton.disabled] = [!isReady, !isReady];
    // A step is done on the result, so that a place on another layer may not be the same.
    const isPlaced = isReady && this.drawn?.kind === "rectangle" && this.store.state.layer === "result";
    for (const button of this.stepButtons) button.hidden = !isPlaced || !this.recipe.has("steps", button.value);
    this.kymographButton.disabled = !isReady || this.drawn?.kind !== "line";
  }

  #listen() {
    const { main } = this.stage;
    let start = null;
    main.addEventListener("pointerdown", (event) => {
      const { tool } = this.store.state;
      if (tool === "pan" || event.button) return;
      start = imagePlace(this.stage, event);
      main.setPointerCapture(event.pointerId);
    });
    main.addEventListener("pointermove", (event) => {
      if (!start) return;
      const [y1, x1] = imagePlace(this.stage, event);
      this.drawn = { kind: this.store.state.tool, y0: start[0], x0: start[1], y1, x1 };
      this.#hideKymograph();
      this.#draw();
      this.#soon();
    });
    for (const name of ["pointerup", "pointercancel"]) main.addEventListener(name, () => { start = null; });
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.drawn) return;
    const { kind, y0, x0, y1, x1 } = this.drawn;
    const at = (y, x) => this.stage.view.pointOf([x + 0.5, y + 0.5], this.stage.part());
    const [[ax, ay], [bx, by]] = [at(y0, x0), at(y1, x1)];
    context.beginPath();
    if (kind === "line") context.moveTo(ax, ay), context.lineTo(bx, by);
    else context.rect(Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay));
    for (const [colour, width] of [["rgb(0 0 0 / 60%)", 4], ["#ffffff", 1.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width * devicePixelRatio;
      context.stroke();
    }
  }

  // Asked again for each frame, at most one request at a time.
  #soon() {
    if (!this.drawn || this.panel.hidden) return;
    this.results.dataset.state = "asked";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), 40);
  }

  #query() {
    const { y0, x0, y1, x1, kind } = this.drawn;
    const width = kind === "line" ? { width: this.width.value || 0 } : {};
    return new URLSearchParams({ y0, x0, y1, x1, ...width });
  }

  #address(what) {
    const { movie, key, layer } = this.store.state;
    return `api/${what}/${movie}/${key}/${encodeURIComponent(layer)}`;
  }

  #numbersAddress() {
    return `${this.#address(this.drawn.kind === "line" ? "profiles" : "regions")}/${this.store.state.frame}?${this.#query()}`;
  }

  async #ask() {
    const { kind } = this.drawn;
    const asked = this.#numbersAddress();
    try {
      const answer = await getJson(asked);
      if (!this.drawn || asked !== this.#numbersAddress()) return; // drawn anew meanwhile, and asked again
      if (kind === "line") this.#showProfile(answer);
      else this.#showRegion(answer);
      this.message.textContent = "";
      this.#ready(true);
      this.results.dataset.state = "current";
    } catch (error) {
      this.#refused(error);
    }
  }

  #showProfile({ distance, heights, length, height_difference: difference, length_unit: lengthUnit, unit }) {
    this.widthUnit.textContent = lengthUnit;
    this.#list([["Distance", length, lengthUnit], ["Height difference", difference, unit]]);
    this.plot.hidden = false;
    plot(this.plot, distance, heights, lengthUnit, unit);
    this.table = { name: "profile.csv", columns: [`distance_${lengthUnit}`, `height_${unit}`], rows: distance.map((d, i) => [d, heights[i]]) };
  }

  #showRegion(answer) {
    this.region = answer;
    const { length_unit: lengthUnit, unit } = answer;
    const rows = [["Area", answer.area, `${lengthUnit}\u00b2`], ["Mean", answer.mean, unit], ["Sq", answer.sq, unit],
      ["Lowest", answer.lowest, unit], ["Highest", answer.highest, unit], ["Missing pixels", answer.missing, ""]];
    this.plot.hidden = true;
    this.#list(rows);
    const units = [`area_${lengthUnit}2`, ...["mean", "sq", "lowest", "highest"].map((name) => `${name}_${unit}`), "missing_px"];
    this.table = {
      name: "region.csv", columns: ["frame", "top_px", "left_px", "height_px", "width_px", ...units],
      rows: [[this.store.state.frame, answer.top, answer.left, answer.height, answer.width, ...rows.map(([, value]) => value)]],
    };
  }

  #addStep(step) {
    const { top, left, height, width } = this.region;
    const value = { step, top, left, height, width };
    this.recipe.edit({ kind: "add", section: "steps", position: this.store.state.stepCount, value });
  }

  #list(rows) {
    this.results.replaceChildren(...rows.flatMap(([name, value, unit]) => [
      element("dt", { textContent: name }),
      element("dd", { textContent: value === null ? "not a number" : `${Number(value.toPrecision(6))} ${unit}`, title: String(value) }),
    ]));
  }

  async #askKymograph() {
    const asked = `${this.#address("kymographs")}?${this.#query()}`;
    try {
      const { job } = await postJson(asked, {});
      const { state, message, outcome } = await finished(job);
      if (!this.drawn || asked !== `${this.#address("kymographs")}?${this.#query()}`) return;
      if (state === "failed") this.message.textContent = message;
      if (state === "done") this.#showKymograph(outcome);
    } catch (error) {
      this.#refused(error);
    }
  }

  #showKymograph(outcome) {
    const { zmin, zmax, times } = this.store.state;
    this.kymograph.hidden = this.saveKymograph.hidden = false;
    const rows = kymographImage(this.kymograph, outcome, this.stage.colours, zmin, zmax);
    const columns = ["frame", "time_s", ...outcome.distance.map((distance) => `height_${outcome.unit}_at_${distance}_${outcome.length_unit}`)];
    this.rows = { name: "kymograph.csv", columns, rows: rows.map((row, i) => [i, times[i] ?? "", ...row]) };
  }

  #refused(error) {
    if (!(error instanceof Refusal)) throw error;
    this.message.textContent = error.message;
  }
}
