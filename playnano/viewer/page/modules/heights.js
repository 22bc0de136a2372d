// The panel of heights: histogram with two handles, the automatic range, colormaps.

import { finished, getJson, postJson, Refusal } from "./api.js";
import { ColormapMenu } from "./colormap_menu.js";
import { element } from "./dom.js";
import { rangeControls } from "./range_controls.js";
import { percentile } from "./zrange.js";

export const DEFAULT_PERCENTILES = [1, 99]; // those of the exports
const [SETTLED, PAUSE] = [120, 300]; // ms without a change before some frames are read for the range, then all of them

export class HeightsPanel {
  constructor(store, stage) {
    this.store = store;
    this.stage = stage;
    this.panel = document.querySelector("#panel-heights");
    this.#build();
    store.on(["layer", "key", "movie", "percentiles"], () => this.#ask());
    store.on(["zmin", "zmax", "histogram"], () => this.#draw());
    stage.main.addEventListener("drawn", () => this.#draw());
  }

  #build() {
    this.canvas = element("canvas", { width: 360, height: 140, className: "histogram", role: "img", ariaLabel: "Histogram of the heights" });
    this.low = this.#number("lowest");
    this.high = this.#number("highest");
    const button = (text, title, onclick) => element("button", { type: "button", textContent: text, title, onclick });
    this.ends = [element("span"), element("span", { className: "quiet legend" }, element("span", { textContent: "movie" }), element("span", { textContent: "this frame" })), element("span")];
    this.panel.append(
      this.canvas,
      element("div", { id: "histogram-scale" }, ...this.ends),
      element("div", { className: "row" }, this.low, "to", this.high, this.unit = element("span", { className: "quiet" })),
      element("div", { className: "row" }, rangeControls(this.store, this),
        button("Symmetric", "Symmetric about the background of this frame, and fixed", () => this.symmetric())),
      this.#percentiles(),
      this.#switch("Same range for both layers", "sameRange"),
      new ColormapMenu(this.store, this.stage).root,
      this.#switch("Mark clipped heights", "showClipped", element("span", { className: "clipped" },
        element("span", { className: "below", textContent: "below" }), element("span", { className: "above", textContent: "above" }))),
      this.#switch("Mark missing pixels", "showNan"),
      this.#switch("Scale bar", "scaleBar"),
      this.#switch("Timestamp", "timestamp"),
      this.#switch("Colour bar", "colourBar", element("span", { className: "quiet", id: "no-colour-bar", textContent: "not with every frame", hidden: true })),
    );
    this.#handles();
  }

  #number(label) {
    return element("input", {
      type: "number", step: "any", ariaLabel: `${label} height`,
      onchange: () => this.#set(Number(this.low.value), Number(this.high.value)),
    });
  }

  #switch(text, key, ...more) {
    const box = element("input", { type: "checkbox", onchange: () => this.store.set({ [key]: box.checked }) });
    this.store.on([key], (state) => { box.checked = state[key]; });
    box.checked = this.store.state[key];
    return element("div", { className: "row" }, element("label", {}, box, ` ${text}`), ...more);
  }

  // Which percentiles "automatic" means, for the movie and for a frame.
  #percentiles() {
    const inputs = ["Lower", "Upper"].map((side) => element("input", { type: "number", min: 0, max: 100, step: "any", ariaLabel: `${side} percentile`,
      onchange: () => this.#setPercentiles(inputs.map(({ value }) => Number(value))) }));
    const show = ({ percentiles }) => inputs.forEach((input, i) => { input.value = percentiles[i]; });
    this.store.on(["percentiles"], show);
    show(this.store.state);
    return element("div", { className: "row" }, element("span", { className: "quiet", textContent: "Percentiles" }), inputs[0], "to", inputs[1]);
  }

  #setPercentiles([low, high]) {
    const fits = low >= 0 && low < high && high <= 100;
    if (fits && this.store.state.zscale === "fixed") this.store.set({ zscale: "movie" });
    this.store.set({ percentiles: fits ? [low, high] : [...this.store.state.percentiles] });
  }

  // The range of the layer: from some frames at once, then the exact one.
  async #ask() {
    const { movie, key, layer, layers, percentiles } = this.store.state;
    if (!key || !layer || layers.find((one) => one.name === layer)?.is_mask) return;
    const look = encodeURIComponent(JSON.stringify({ percentiles }));
    const address = `api/ranges/${movie}/${key}/${encodeURIComponent(layer)}?look=${look}`;
    if (this.address === address) return;
    this.address = address;
    document.body.dataset.ranged = ""; // a layer that took another's place has a range of its own
    this.stop?.abort();
    this.stop = new AbortController();
    try {
      const range = this.#given(key, layer) ?? (await this.#sampled(address, key));
      if (this.address !== address) return;
      this.store.set({ histogram: range.histogram, badFrames: range.bad ?? {} });
      this.#ranged(range);
      document.body.dataset.ranged = range.exact ? key : ""; // the recipe whose range is that of the whole movie
      if (range.exact) queueMicrotask(() => this.#openOnGood(range.bad)); // when the layer has told how many frames there are
      else await this.#askExact(address, key, this.stop.signal);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // a layer that is gone is asked for anew
      if (this.address === address) this.address = "";
    }
  }

  // What came with a movie that was not shown before, which so appears in its colours at once.
  #given(key, layer) {
    const { range, percentiles } = this.store.state;
    if (range?.key !== key || range.layer !== layer) return null;
    if (String(percentiles) === String(DEFAULT_PERCENTILES)) return range;
    this.#ranged(range); // until that of the percentiles chosen is there
    return null;
  }

  // Where there is a range already, the picture comes first, and a moment in which the recipe may change again.
  async #sampled(address, key) {
    if (this.movieRange) {
      await this.stage.shownOf(key);
      await moment(SETTLED);
    }
    return this.address === address ? getJson(address) : null;
  }

  // Every frame is read for it, so it is asked for when nothing has changed for a moment, and cancelled when it does.
  async #askExact(address, key, signal) {
    await moment(PAUSE);
    if (signal.aborted) return;
    const { job } = await postJson(address, {});
    const { outcome } = await finished(job, { signal });
    if (this.address !== address || !outcome) return;
    this.store.set({ badFrames: outcome.bad, histogram: outcome.histogram });
    this.#ranged(outcome);
    document.body.dataset.ranged = key;
    this.#openOnGood(outcome.bad);
  }

  // A movie that begins with frames that are not good is opened on the first good one.
  #openOnGood(bad) {
    const { movie, frame, frames, playing } = this.store.state;
    if (this.opened === movie) return;
    this.opened = movie;
    const bads = Object.values(bad).flat();
    const good = Array.from({ length: frames }, (_, i) => i).find((i) => !bads.includes(i));
    if (frame === 0 && !playing && good) this.store.set({ frame: good });
  }

  #ranged({ zmin, zmax }) {
    this.movieRange = [zmin, zmax];
    if (this.store.state.zscale === "movie") this.auto();
  }

  auto() {
    const range = this.movieRange ? { zmin: this.movieRange[0], zmax: this.movieRange[1] } : {};
    this.store.set({ zscale: "movie", ...range });
  }

  // Every frame in its own range.
  everyFrame() {
    this.store.set({ zscale: "frame" });
  }

  // The range as it is now, for all frames.
  fix() {
    this.#set(this.store.state.zmin, this.store.state.zmax);
  }

  symmetric() {
    const sorted = numbers(this.stage.shown?.image);
    if (!sorted.length) return;
    const middle = percentile(sorted, 50);
    const { zmin, zmax } = this.store.state;
    const reach = Math.max(zmax - middle, middle - zmin);
    this.#set(middle - reach, middle + reach);
  }

  #set(zmin, zmax) {
    if (!Number.isFinite(zmin) || !Number.isFinite(zmax) || zmin >= zmax) return this.#draw();
    const digits = 2 - Math.floor(Math.log10(zmax - zmin)); // finer than a level of the palette
    this.store.set({ zmin: rounded(zmin, digits), zmax: rounded(zmax, digits), zscale: "fixed" });
  }

  #handles() {
    const heightAt = (event) => {
      const { low, high } = this.store.state.histogram;
      return low + (event.offsetX / this.canvas.clientWidth) * (high - low);
    };
    let moving = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      const { zmin, zmax } = this.store.state;
      const height = heightAt(event);
      moving = Math.abs(height - zmin) < Math.abs(height - zmax) ? "zmin" : "zmax";
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!moving) return;
      const { zmin, zmax } = this.store.state;
      const height = heightAt(event);
      this.#set(moving === "zmin" ? height : zmin, moving === "zmax" ? height : zmax);
    });
    this.canvas.addEventListener("pointerup", () => { moving = null; });
  }

  #draw() {
    const { zmin, zmax, histogram } = this.store.state;
    this.low.value = Number(zmin.toPrecision(5));
    this.high.value = Number(zmax.toPrecision(5));
    this.unit.textContent = this.store.state.unit;
    if (!histogram || this.panel.hidden) return;
    [this.ends[0].textContent, this.ends[2].textContent] = [histogram.low, histogram.high].map((z) => `${Number(z.toPrecision(3))} ${this.store.state.unit}`);
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    const x = (z) => ((z - histogram.low) / (histogram.high - histogram.low)) * width;
    const style = getComputedStyle(document.documentElement);
    context.clearRect(0, 0, width, height);
    bars(context, histogram.counts, width, height, style.getPropertyValue("--quiet"));
    const image = this.stage.shown?.image;
    if (image) outline(context, counted(image, histogram), width, height, style.getPropertyValue("--accent"));
    context.fillStyle = style.getPropertyValue("--focus");
    for (const z of [zmin, zmax]) context.fillRect(Math.round(x(z)) - 1, 0, 3, height);
  }
}

function moment(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rounded(value, digits) {
  return Number(value.toFixed(Math.min(Math.max(digits + 1, 0), 20)));
}

function numbers(image) {
  return image ? image.pixels.filter(Number.isFinite).sort() : [];
}

function counted({ pixels }, { low, high, counts }) {
  const bins = new Array(counts.length).fill(0);
  const scale = counts.length / (high - low);
  for (const z of pixels) {
    const bin = Math.floor((z - low) * scale);
    if (bin >= 0 && bin < bins.length) bins[bin] += 1;
  }
  return bins;
}

function bars(context, counts, width, height, colour) {
  const most = Math.max(...counts, 1);
  context.fillStyle = colour;
  counts.forEach((count, bin) => {
    const tall = (count / most) * (height - 4);
    context.fillRect((bin / counts.length) * width, height - tall, width / counts.length + 0.5, tall);
  });
}

function outline(context, counts, width, height, colour) {
  const most = Math.max(...counts, 1);
  context.strokeStyle = colour;
  context.beginPath();
  counts.forEach((count, bin) => context.lineTo(((bin + 0.5) / counts.length) * width, height - (count / most) * (height - 4)));
  context.stroke();
}
