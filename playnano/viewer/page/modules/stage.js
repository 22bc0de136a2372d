// The stage: paints the layer, what it is compared with, the mask and the annotations of the frame shown.

import { PlainPainter } from "./canvas2d.js";
import { maskTrouble } from "./layers.js";
import { GlPainter } from "./webgl.js";
import { View } from "./view.js";

const AHEAD = { playing: 24, paused: 4 }; // frames fetched before they are needed
const PAUSE = 150; // ms
const GONE = 410; // the server forgot the layer: many others were looked at since

export class Stage {
  constructor(store, frames) {
    this.store = store;
    this.frames = frames;
    this.main = document.querySelector("#stage");
    this.canvas = document.querySelector("#picture");
    this.painter = painterFor(this.canvas);
    document.body.dataset.painter = this.painter.name;
    this.view = new View(this.canvas, () => this.draw());
    this.shown = null;
    this.swipe = 0.5;
    this.flicker = false;
    new ResizeObserver(() => this.#resize()).observe(this.main);
    this.#listen();
    store.on(["frame", "layer", "layers", "compareLayer", "compareMode", "maskLayer", "key", "movie"], () => this.refresh());
    store.on(["zmin", "zmax", "showClipped", "showNan", "maskOpacity", "maskColour", "colours"], () => this.draw());
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
    const images = needed.map((address) => this.frames.get(address));
    const failed = needed.map((address) => this.frames.failed.get(address)).find(Boolean);
    if (failed && this.store.state.playing) this.#failed(failed);
    if (!this.colours || !images.length || images.some((image) => !image)) {
      this.frames.ahead(this.store.state.playing ? [...needed, ...this.#following(index)] : []);
      return false; // nothing else is fetched before what is needed now
    }
    this.#ahead(index);
    const { compareMode, compareLayer, maskLayer, layers } = this.store.state;
    const has = (name) => layers.some((one) => one.name === name);
    const [image, second] = images;
    const other = compareMode !== "none" && has(compareLayer || "raw") ? second : null;
    if (this.hasFailed) this.store.set({ error: "" });
    this.hasFailed = false;
    this.shown = { image, other, mask: maskLayer && has(maskLayer) && !maskTrouble(this.store.state) ? images.at(-1) : null };
    this.draw();
    Object.assign(document.body.dataset, { frame: String(index), drawn: this.store.state.key, compared: compareMode, mask: maskLayer });
    this.main.dispatchEvent(new Event("shown"));
    return true;
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
    const { image, other } = this.shown;
    const { compareMode, aspect } = this.store.state;
    this.view.show(image, aspect);
    this.painter.clear();
    const whole = [0, 0, this.canvas.width, this.canvas.height];
    const paint = (what, part, clip = part) => this.#paint(what, part, clip);
    if (!other) paint({ image }, whole);
    else if (compareMode === "side") this.#parts().forEach((part, i) => paint({ image: i ? other : image }, part));
    else if (compareMode === "swipe") {
      const edge = Math.round(this.swipe * this.canvas.width);
      paint({ image }, whole, [0, 0, edge, this.canvas.height]);
      paint({ image: other }, whole, [edge, 0, this.canvas.width - edge, this.canvas.height]);
    } else if (compareMode === "flicker") paint({ image: this.flicker ? other : image }, whole);
    else if (sameSize(image, other)) paint({ image, other }, whole);
    this.main.dispatchEvent(new Event("drawn"));
  }

  // The parts of the canvas that show an image: left, top, width, height.
  #parts() {
    const half = Math.floor(this.canvas.width / 2);
    return [[0, 0, half - 1, this.canvas.height], [half + 1, 0, this.canvas.width - half - 1, this.canvas.height]];
  }

  // The pixels in view, [top, left, height, width]; null where the whole image is.
  region() {
    return this.shown ? this.view.visible(this.part()) : null;
  }

  part() {
    const side = this.store.state.compareMode === "side" && this.shown?.other;
    return side ? this.#parts()[0] : [0, 0, this.canvas.width, this.canvas.height];
  }

  #paint(what, part, clip) {
    const { zmin, zmax, showClipped, showNan, maskOpacity, maskColour } = this.store.state;
    const half = (zmax - zmin) / 2;
    const range = what.other ? { zmin: -half, zmax: half } : { zmin, zmax };
    const mask = this.shown.mask && sameSize(this.shown.mask, what.image) ? this.shown.mask : null;
    const place = { origin: this.view.origin(part), zoom: this.view.scale(), clip };
    this.painter.paint({ ...what, ...range, ...place, mask, maskColour: rgbOf(maskColour), opacity: maskOpacity, showClipped, showNan });
  }

  #needed(index) {
    const { movie, key, layer, compareMode, compareLayer, maskLayer, layers } = this.store.state;
    if (!key || !layer) return [];
    const names = [layer, compareMode !== "none" && (compareLayer || "raw"), maskLayer];
    const shown = names.map((name) => layers.find((one) => one.name === name)); // some may still be computed
    return shown.filter(Boolean).map(({ name, frames }) => this.frames.address(movie, key, name, Math.min(index, frames - 1)));
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
