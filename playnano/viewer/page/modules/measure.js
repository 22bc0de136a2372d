// The panel of measurements: what is drawn on the picture, in numbers that come from the server.

import { finished, getJson, postJson, Refusal } from "./api.js";
import { layerNamed, missingFrame, numberAt, placeOf } from "./compare.js";
import { csv, save } from "./csv.js";
import { outer } from "./drawing.js";
import { element } from "./dom.js";
import { ProfilePlot } from "./plot.js";
import { kymographImage, kymographRows } from "./kymograph.js";

// Steps that a shape can become: [step, text, title, kind of shape, its parameters].
const DRAWN_STEPS = [
  ["mask_rectangle", "Mask", "Add a step that masks this rectangle in every frame", "rectangle", ({ region }) => region],
  ["crop", "Crop", "Add a step that crops every frame to this rectangle", "rectangle", ({ region }) => region],
  ["mask_polygon", "Mask", "Add a step that masks this polygon in every frame", "polygon", ({ points }) => ({ vertices: points })],
];
const TOOLS = [["pan", "Pan", "Escape"], ["line", "Line", "i"], ["rectangle", "Rectangle", "r"], ["polygon", "Polygon", "p"]];
const ADDRESSES = { line: "profiles", rectangle: "regions", polygon: "polygons" };

export class MeasurePanel {
  constructor(store, stage, drawing, recipe) {
    this.recipe = recipe;
    this.store = store;
    this.stage = stage;
    this.drawing = drawing;
    this.panel = document.querySelector("#panel-measure");
    this.#build();
    drawing.addEventListener("changed", () => this.#drawn());
    store.on(["frame", "layer", "key"], () => this.#soon());
    store.on(["tool"], ({ tool }) => this.#useTool(tool));
    store.on(["layer", "key", "compareLayer"], () => this.#hideKymograph());
    store.on(["movie"], () => this.drawing.clear());
  }

  #build() {
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.tools = TOOLS.map(([value, text, key]) => element("button", {
      type: "button", value, textContent: text, title: `${text} (${key})`, ariaPressed: String(value === "pan"), onclick: () => this.store.set({ tool: value }),
    }));
    this.points = element("input", { type: "text", id: "points", placeholder: "y, x; y, x", ariaLabel: "Points as y, x in pixels", onchange: () => this.#written() });
    this.pointsRow = element("div", { className: "row", hidden: true }, element("label", { htmlFor: "points", textContent: "Points (px) " }), this.points);
    this.width = element("input", { type: "number", min: 0, step: "any", value: 0, ariaLabel: "Width of the line", onchange: () => this.#soon() });
    this.widthUnit = element("span", { className: "quiet", textContent: "nm" });
    this.widthRow = element("div", { className: "row", hidden: true }, element("label", {}, "Width of the line ", this.width), this.widthUnit);
    this.plot = new ProfilePlot();
    this.kymograph = element("canvas", { className: "kymograph", role: "img", ariaLabel: "Kymograph", hidden: true });
    this.hint = element("p", { className: "quiet", textContent: HINTS.pan });
    this.results = element("dl", { id: "results" });
    this.stepButtons = DRAWN_STEPS.map(([step, textContent, title, kind, values]) => Object.assign(
      button(textContent, title, () => this.#addStep(step, values)), { value: step, hidden: true, kind }));
    this.message = element("p", { className: "error", role: "alert" });
    this.kymographButton = button("Kymograph", "Read the line in every frame", () => this.#askKymograph());
    this.copyButton = button("Copy", "Copy the numbers as CSV", () => navigator.clipboard.writeText(csv(this.table)));
    this.saveButton = button("Save CSV", "Save the numbers as a CSV file", () => save(csv(this.table), this.table.name));
    this.saveKymograph = button("Save kymograph", "Save the kymograph as a CSV file", () => save(csv(this.rows), this.rows.name));
    this.panel.append(
      element("div", { className: "row", role: "group", ariaLabel: "Tool" }, ...this.tools),
      this.hint, this.pointsRow, this.widthRow, this.results, element("div", { className: "row" }, ...this.stepButtons), this.plot.canvas,
      element("div", { className: "row" }, this.kymographButton, this.copyButton, this.saveButton, this.saveKymograph),
      this.kymograph, this.message,
    );
    this.#ready(false);
    this.#hideKymograph();
  }

  #useTool(tool) {
    this.tools.forEach((button) => button.setAttribute("aria-pressed", String(button.value === tool)));
    this.pointsRow.hidden = tool === "pan";
    this.widthRow.hidden = tool !== "line";
    this.hint.textContent = HINTS[tool];
    if (tool === "pan" || (this.drawing.shape && this.drawing.shape.kind !== tool)) this.drawing.clear();
  }

  // A shape was drawn, changed or taken away.
  #drawn() {
    if (document.activeElement !== this.points || !this.drawing.shape) this.points.value = this.drawing.text;
    this.#hideKymograph();
    this.#ready(false);
    this.message.textContent = "";
    if (this.drawing.shape?.kind === "rectangle") this.hint.textContent = sizeText(this.drawing.shape.points, this.store.state.pixelSize);
    if (this.drawing.shape) return this.#soon();
    this.results.replaceChildren();
    this.plot.canvas.hidden = true;
  }

  #written() {
    if (!this.drawing.write(this.points.value)) this.message.textContent = "Write the points as y, x; y, x in pixels.";
  }

  // What is shown is never of another line or layer than the one drawn.
  #hideKymograph() {
    this.kymograph.hidden = this.saveKymograph.hidden = true;
  }

  #ready(isReady) {
    const kind = this.drawing.shape?.kind;
    [this.copyButton.disabled, this.saveButton.disabled] = [!isReady, !isReady];
    // A step is done on the result, so that a place on another layer may not be the same.
    const isPlaced = isReady && this.#target().name === "result";
    for (const button of this.stepButtons) button.hidden = !isPlaced || button.kind !== kind || !this.recipe.has("steps", button.value);
    this.kymographButton.disabled = !isReady || kind !== "line";
  }

  // Asked again for each frame, at most one request at a time.
  #soon() {
    if (!this.drawing.shape || this.drawing.shape.isOpen || this.panel.hidden) return;
    this.results.dataset.state = "asked";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), 40);
  }

  #query() {
    const { kind, points } = this.drawing.shape;
    if (kind === "polygon") return new URLSearchParams({ vertices: JSON.stringify(rounded(points)) });
    const [[y0, x0], [y1, x1]] = points;
    const width = kind === "line" ? { width: this.width.value || 0 } : {};
    return new URLSearchParams({ y0, x0, y1, x1, ...width });
  }

  // What is measured: the layer that the shape was drawn on, and the frame shown as that layer has it.
  #target() {
    const { state } = this.store;
    const [shown, name] = [layerNamed(state, state.layer), this.drawing.shape?.side === "other" ? state.compareLayer || "raw" : state.layer];
    const layer = layerNamed(state, name);
    const number = numberAt(shown, state.frame);
    return { name, layer, number, place: layer ? placeOf(layer, number) : -1 };
  }

  #address(what) {
    const { movie, key } = this.store.state;
    return `api/${what}/${movie}/${key}/${encodeURIComponent(this.#target().name)}`;
  }

  #numbersAddress() {
    const { shape } = this.drawing;
    return shape && !shape.isOpen && `${this.#address(ADDRESSES[shape.kind])}/${this.#target().place}?${this.#query()}`;
  }

  // Columns that say of what the numbers are.
  #context() {
    const { name, layer, place } = this.#target();
    return [(layer?.numbers ?? [])[place] ?? place, layer?.times_s[place] ?? null, name];
  }

  async #ask() {
    const asked = this.#numbersAddress();
    if (!asked) return;
    if (this.#target().place < 0) return this.#nothing(missingFrame(this.store.state));
    try {
      const answer = await getJson(asked);
      if (asked !== this.#numbersAddress()) return; // drawn anew meanwhile, and asked again
      if (this.drawing.shape.kind === "line") this.#showProfile(answer);
      else this.#showRegion(answer);
      this.message.textContent = "";
      this.#ready(true);
      this.results.dataset.state = "current";
    } catch (error) {
      this.#refused(error);
    }
  }

  #nothing(why) {
    this.message.textContent = why;
    this.results.replaceChildren();
    this.plot.canvas.hidden = true;
    this.#ready(false);
  }

  #showProfile({ distance, heights, length, height_difference: difference, length_unit: lengthUnit, unit }) {
    this.widthUnit.textContent = lengthUnit;
    this.#list([["Distance", length, lengthUnit], ["Height difference", difference, unit]]);
    this.plot.canvas.hidden = false;
    this.plot.show(distance, heights, lengthUnit, unit);
    const more = [...this.#context(), ...this.drawing.shape.points.flat(), Number(this.width.value) || 0];
    const columns = [`distance_${lengthUnit}`, `height_${unit}`, "frame", "time_s", "layer", "y0_px", "x0_px", "y1_px", "x1_px", `width_${lengthUnit}`];
    this.table = { name: "profile.csv", columns, rows: distance.map((d, i) => [d, heights[i], ...more]) };
  }

  #showRegion(answer) {
    const { length_unit: lengthUnit, unit, top, left, height, width } = answer;
    const isRectangle = this.drawing.shape.kind === "rectangle";
    this.region = { top, left, height, width };
    const rows = [["Area", answer.area, `${lengthUnit}\u00b2`], ["Mean", answer.mean, unit], ["Sq", answer.sq, unit],
      ["Lowest", answer.lowest, unit], ["Highest", answer.highest, unit], ["Missing pixels", answer.missing, ""]];
    this.plot.canvas.hidden = true;
    this.#list(rows);
    const units = [`area_${lengthUnit}2`, ...["mean", "sq", "lowest", "highest"].map((name) => `${name}_${unit}`), "missing_px"];
    this.table = {
      name: "region.csv", columns: ["frame", "time_s", "layer", ...(isRectangle ? ["top_px", "left_px", "height_px", "width_px"] : []), ...units],
      rows: [[...this.#context(), ...(isRectangle ? [top, left, height, width] : []), ...rows.map(([, value]) => value)]],
    };
  }

  async #addStep(step, values) {
    const value = { step, ...values({ region: this.region, points: rounded(this.drawing.shape.points) }) };
    await this.recipe.edit({ kind: "add", section: "steps", position: this.store.state.stepCount, value });
    this.drawing.clear(); // the result may have other pixels now
    this.hint.textContent = `Added to the recipe: ${step}.`;
    const mask = this.store.state.layers.findLast((layer) => layer.is_mask);
    if (step.startsWith("mask_") && mask) this.store.set({ maskLayer: mask.name });
  }

  // The numbers, and where two layers are looked at, of which one they are.
  #list(rows) {
    const { name } = this.#target();
    const of = this.store.state.compareMode === "none" ? [] : [element("dt", { textContent: "Layer" }), element("dd", { className: "of", textContent: name, title: name })];
    this.results.replaceChildren(...rows.flatMap(([title, value, unit]) => [
      element("dt", { textContent: title }),
      element("dd", { textContent: value === null ? "not a number" : `${Number(value.toPrecision(6))} ${unit}`, title: String(value) }),
    ]), ...of);
  }

  async #askKymograph() {
    const address = () => this.drawing.shape?.kind === "line" && `${this.#address("kymographs")}?${this.#query()}`;
    const asked = address();
    try {
      const { job } = await postJson(asked, {});
      const { state, message, outcome } = await finished(job);
      if (asked !== address()) return;
      if (state === "failed") this.message.textContent = message;
      if (state === "done") this.#showKymograph(outcome);
    } catch (error) {
      this.#refused(error);
    }
  }

  #showKymograph(outcome) {
    const { zmin, zmax } = this.store.state;
    const { layer, name } = this.#target();
    this.kymograph.hidden = this.saveKymograph.hidden = false;
    const rows = kymographRows(outcome);
    const range = name === this.store.state.layer ? [zmin, zmax] : this.stage.panes.filter(({ side }) => side === "other").map((pane) => this.stage.rangeOf(pane))[0] ?? [zmin, zmax];
    kymographImage(this.kymograph, { ...outcome, rows, times: layer.times_s }, this.stage.colours, range);
    const columns = ["frame", "time_s", ...outcome.distance.map((distance) => `height_${outcome.unit}_at_${distance}_${outcome.length_unit}`)];
    this.rows = { name: "kymograph.csv", columns, rows: rows.map((row, i) => [layer.numbers?.[i] ?? i, layer.times_s[i], ...row]) };
  }

  #refused(error) {
    if (!(error instanceof Refusal)) throw error;
    this.message.textContent = error.message;
  }
}

const HINTS = {
  pan: "Choose a tool to measure, mask or crop.",
  line: "Drag on the picture, or write two points.",
  rectangle: "Drag on the picture, or write two opposite corners.",
  polygon: "Click the corners; click the first one again, or press Enter, to close the polygon.",
};

// Width and height of a rectangle.
function sizeText(points, [sizeY, sizeX]) {
  const [[top, left], [bottom, right]] = outer(points);
  const [width, height] = [right - left, bottom - top];
  const nm = sizeX ? `, ${Number((width * sizeX).toPrecision(5))} x ${Number((height * (sizeY || sizeX)).toPrecision(5))} nm` : "";
  return `${width} x ${height} px${nm}`;
}

// Hundredths of a pixel: as fine as can be seen, and short in the recipe.
function rounded(points) {
  return points.map((point) => point.map((at) => Number(at.toFixed(2))));
}
