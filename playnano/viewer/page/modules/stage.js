// The stage: paints the layer, what it is compared with, the mask and the annotations of the frame shown.

import { PlainPainter } from "./canvas2d.js";
import { layerNamed, numberAt, otherLayer, placeOf } from "./compare.js";
import { maskTrouble } from "./layers.js";
import { extentOf, halves, panesOf } from "./panes.js";
import { GlPainter } from "./webgl.js";
import { View } from "./view.js";
import { frameRange, layerRange, reachOf } from "./zrange.js";

const AHEAD = { playing: 24, paused: 4 }; // frames fetched before they are needed
const PAUSE = 150; // ms
const SEEN = 20011; // pixels of a frame by which its range is judged while two layers play; no multiple of a width
const GONE = 410; // the server forgot the layer: many others were looked at since

export class Stage {
  constructor(store, frames) {
    this.store = store;
    this.frames = frames;
    this.main = document.querySelector("#stage");
    this.canvas = document.querySelector("#picture");
    this.painter = painterFor(this.canvas);
    document.body.dataset.painter = this.painter.name;
    this.view = new View(() => this.part(), () => this.draw());
    this.shown = null;
    this.panes = [];
    this.swipe = 0.5;
    this.flicker = false;
    new ResizeObserver(() => this.#resize()).observe(this.main);
    this.#listen();
    store.on(["frame", "layer", "layers", "compareLayer", "compareMode", "maskLayer", "key", "movie"], () => this.refresh());
    store.on(["compareMode", "compareLayer"], () => this.#refit());
    store.on(["zscale", "percentiles"], () => this.#followFrame());
    store.on(["zmin", "zmax", "otherRange", "sameRange", "showClipped", "showNan", "maskOpacity", "maskColour", "colours"], () => this.draw());
  }

  setPalette(colours) {
    this.colours = colours;
    this.painter.setPalette(colours);
    this.main.dispatchEvent(new Event("coloured"));
    if (this.shown) this.draw();
    else this.refresh(); // nothing is shown in other colours than its own
  }

  // Show nothing: another movie comes.
  clear() {
    this.shown = null;
    this.painter.clear();
    document.body.dataset.frame = "";
    this.main.dispatchEvent(new Event("drawn"));
  }

  // Draw the frame of the state, fetched first where it must be.
  async refresh() {
    const { frame, key } = this.store.state;
    if (this.show(frame) || !key) return;
    try {
      await Promise.all(this.#needed(frame).map((address) => this.frames.fetch(address)));
    } catch (error) {
      return this.#failed(error);
    }
    if (this.store.state.frame === frame) this.show(frame);
  }

  #failed(error) {
    if (error.status === GONE) return this.main.dispatchEvent(new Event("gone"));
    this.hasFailed = true;
    this.store.set({ error: error.message, playing: false });
  }

  // Draw a frame where all its images are held; false where one is missing.
  show(index) {
    const needed = this.#needed(index);
    const roles = this.#roles(index).map(([role, address]) => [role, this.frames.get(address)]);
    const failed = needed.map((address) => this.frames.failed.get(address)).find(Boolean);
    if (failed && this.store.state.playing) this.#failed(failed);
    if (!this.colours || !roles.length || roles.some(([, image]) => !image)) {
      this.frames.ahead(this.store.state.playing ? [...needed, ...this.#following(index)] : []);
      return false; // nothing else is fetched before what is needed now
    }
    this.#ahead(index);
    if (this.hasFailed) this.store.set({ error: "" });
    this.hasFailed = false;
    const { image, other = null, mask = null } = Object.fromEntries(roles);
    this.shown = { image, other, mask: maskTrouble(this.store.state) ? null : mask };
    if (!this.#followFrame()) this.draw();
    this.#tellShown(index);
    return true;
  }

  #tellShown(index) {
    const { key, compareMode, maskLayer } = this.store.state;
    const other = this.#otherPlace(index);
    Object.assign(document.body.dataset, { frame: String(index), drawn: key, compared: compareMode, mask: maskLayer, other: String(other ?? "") });
    this.main.dispatchEvent(new Event("shown"));
  }

  // Where every frame has its own range, the state has that of the frame shown; true where it was another.
  #followFrame() {
    const { zscale, percentiles, zmin, zmax } = this.store.state;
    if (zscale !== "frame" || !this.shown) return false;
    const [low, high] = frameRange(this.shown.image, percentiles);
    this.store.set({ zmin: low, zmax: high });
    return low !== zmin || high !== zmax;
  }

  // Of a recipe that has only now changed, nothing more is fetched for a moment: it may change again.
  #ahead(index) {
    const isNew = document.body.dataset.drawn !== this.store.state.key;
    clearTimeout(this.waiting);
    if (!isNew) return this.frames.ahead(this.#following(index));
    this.waiting = setTimeout(() => this.frames.ahead(this.#following(this.store.state.frame)), PAUSE);
  }

  // Resolves when a frame of that recipe is drawn, or of the one that came after it.
  shownOf(key) {
    if (document.body.dataset.drawn === key) return Promise.resolve();
    return new Promise((resolve) => this.main.addEventListener("shown", resolve, { once: true }));
  }

  draw() {
    if (!this.shown) return;
    const { image } = this.shown;
    this.view.show(image, this.store.state.aspect, extentOf(this.store.state, image));
    this.painter.clear();
    this.panes = panesOf(this.store.state, this.shown, this.canvas, this);
    for (const pane of this.panes) if (pane.image) this.#paint(pane);
    this.main.dispatchEvent(new Event("drawn"));
  }

  // The whole pixels in view, [top, left, height, width]; null where all are.
  region() {
    return this.shown ? this.view.visible(this.part(), { whole: true }) : null;
  }

  // The pixels that were in view if the picture had the stage for itself: two side by side are no choice of a part.
  regionAlone() {
    return this.shown ? this.view.visible([0, 0, this.canvas.width, this.canvas.height]) : null;
  }

  // The part of the canvas that the image shown lies in.
  part() {
    return otherLayer(this.store.state) && this.store.state.compareMode === "side" ? halves(this.canvas)[0] : [0, 0, this.canvas.width, this.canvas.height];
  }

  // The pane under a point of the canvas.
  paneAt([x]) {
    return this.panes.find(({ clip: [left, , width] }) => x >= left && x < left + width) ?? this.panes[0];
  }

  // Place of a point of the canvas on a pane's image, [y, x] in px from the centre of its first pixel; and back.
  placeOn(pane, point) {
    const [x, y] = this.view.pixelAt(point, pane.part);
    return [y - pane.offset[0] - 0.5, x - pane.offset[1] - 0.5];
  }

  pointOf(pane, [y, x]) {
    return this.view.pointOf([x + pane.offset[1] + 0.5, y + pane.offset[0] + 0.5], pane.part);
  }

  // The heights that the colours of a pane stand for, [zmin, zmax].
  rangeOf({ side, image, subtracted }) {
    const { zmin, zmax, zscale, percentiles, sameRange, otherRange } = this.store.state;
    if (subtracted) return [-this.#reach(image, subtracted), this.#reach(image, subtracted)];
    if (side === "shown" || sameRange) return [zmin, zmax];
    return zscale === "frame" ? frameRange(image, percentiles) : layerRange(otherRange, frameRange(image, percentiles, SEEN));
  }

  // Found once for two layers, so that it stays while the movie plays.
  #reach(image, subtracted) {
    const { key, layer, compareLayer } = this.store.state;
    const of = `${key} ${layer} ${compareLayer}`;
    if (this.reach?.of !== of || !this.reach.value) this.reach = { of, value: reachOf(image, subtracted) };
    return this.reach.value || 1;
  }

  #refit() {
    if (this.view.fitted && this.shown) this.view.fit();
  }

  #paint(pane) {
    const { showClipped, showNan, maskOpacity, maskColour } = this.store.state;
    const [zmin, zmax] = this.rangeOf(pane);
    const mask = this.shown.mask && sameSize(this.shown.mask, pane.image) ? this.shown.mask : null;
    const [left, top] = this.view.origin(pane.part);
    const zoom = this.view.scale();
    const origin = [left + Math.round(pane.offset[1] * zoom[0]), top + Math.round(pane.offset[0] * zoom[1])];
    const { image, subtracted: other, clip } = pane;
    this.painter.paint({ image, other, zmin, zmax, origin, zoom, clip, mask, maskColour: rgbOf(maskColour), opacity: maskOpacity, showClipped, showNan });
  }

  // The images of a frame of the layer shown: [role, address]; some layers may still be computed.
  #roles(index) {
    const { movie, key, layer, maskLayer } = this.store.state;
    const shown = layerNamed(this.store.state, layer);
    if (!key || !shown) return [];
    const at = (one, place) => this.frames.address(movie, key, one.name, place);
    const roles = [["image", at(shown, Math.min(index, shown.frames - 1))]];
    const [other, mask] = [this.#otherPlace(index), maskLayer && layerNamed(this.store.state, maskLayer)];
    if (other !== null) roles.push(["other", at(otherLayer(this.store.state), other)]);
    if (mask) roles.push(["mask", at(mask, Math.min(index, mask.frames - 1))]);
    return roles;
  }

  // The same frame's place in the layer that is compared; null where there is none.
  #otherPlace(index) {
    const [shown, other] = [layerNamed(this.store.state, this.store.state.layer), otherLayer(this.store.state)];
    const place = shown && other ? placeOf(other, numberAt(shown, index)) : -1;
    return place < 0 ? null : place;
  }

  #needed(index) {
    return this.#roles(index).map(([, address]) => address);
  }

  #following(index) {
    const { frames, playing } = this.store.state;
    const count = Math.min(playing ? AHEAD.playing : AHEAD.paused, Math.max(0, frames - 1));
    return Array.from({ length: count }, (_, i) => (index + 1 + i) % frames).flatMap((next) => this.#needed(next));
  }

  #resize() {
    for (const canvas of this.main.querySelectorAll(":scope > canvas")) {
      canvas.width = Math.max(1, Math.round(this.main.clientWidth * devicePixelRatio));
      canvas.height = Math.max(1, Math.round(this.main.clientHeight * devicePixelRatio));
    }
    if (this.view.fitted) this.view.fit();
    this.draw();
  }

  point(event) {
    const box = this.main.getBoundingClientRect();
    return [(event.clientX - box.left) * devicePixelRatio, (event.clientY - box.top) * devicePixelRatio];
  }

  #listen() {
    this.main.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.view.zoomAt(Math.exp(-event.deltaY / 400), this.point(event), this.part());
    }, { passive: false });
    this.main.addEventListener("pointermove", (event) => {
      if (!event.buttons || this.store.state.tool !== "pan") return;
      if (this.store.state.compareMode === "swipe" && !event.shiftKey) this.swipe = this.point(event)[0] / this.canvas.width;
      else this.view.pan(event.movementX * devicePixelRatio, event.movementY * devicePixelRatio);
      this.draw();
    });
    this.main.addEventListener("dblclick", () => {
      if (this.store.state.tool === "pan") this.view.fit();
    });
  }
}

// Red, green and blue of `#rrggbb`.
function rgbOf(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function sameSize(one, other) {
  return one.width === other.width && one.height === other.height;
}

// WebGL2 where a graphics card does it; emulated, it would be slower than the plain way, which looks the same.
function painterFor(canvas) {
  const wish = new URLSearchParams(location.search).get("painter");
  if (wish !== "plain") {
    try { return new GlPainter(canvas, { evenEmulated: wish === "webgl" }); } catch { /* there is none */ }
  }
  return new PlainPainter(canvas);
}
