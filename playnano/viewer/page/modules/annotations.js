// Scale bar and timestamp, drawn by the server exactly as the exports draw them, laid over the part in view.

import { getImage } from "./api.js";

const PAUSE = 80; // ms without zooming or panning before the part in view is asked for

export class Annotations {
  constructor(store, stage) {
    this.store = store;
    this.stage = stage;
    this.canvas = document.querySelector("#overlay");
    this.held = new Map();
    stage.main.addEventListener("drawn", () => this.draw());
    store.on(["timestamp", "scaleBar"], () => this.draw());
  }

  async draw() {
    const { timestamp, scaleBar } = this.store.state;
    this.canvas.hidden = !(timestamp || scaleBar); // an empty one would still be drawn for each frame
    if (this.canvas.hidden) return;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const { key, frame } = this.store.state;
    if (!key) return;
    const region = this.stage.region();
    const address = this.#address(region);
    const drawing = this.held.get(address) ?? (await this.#later(address, region));
    if (!drawing || this.store.state.frame !== frame || address !== this.#address(this.stage.region())) return;
    const [top, left, height, width] = region ?? [0, 0, ...[...this.stage.view.size].reverse()];
    const [x, y] = this.stage.view.pointOf([left, top], this.stage.part());
    const [sx, sy] = this.stage.view.scale();
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingEnabled = sx * width < drawing.width;
    context.drawImage(drawing, x, y, width * sx, height * sy);
  }

  // Asked for at once, or where a part is in view, when that has not changed for a moment.
  async #later(address, region) {
    if (region) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (address !== this.#address(this.stage.region())) return null;
    return this.held.get(address) ?? this.#fetched(address);
  }

  #address(region) {
    const { movie, key, layer, frame, timestamp, scaleBar } = this.store.state;
    const look = encodeURIComponent(JSON.stringify({ timestamp, scale_bar: scaleBar, ...(region ? { region } : {}) }));
    return `api/overlays/${movie}/${key}/${encodeURIComponent(layer)}/${frame}?look=${look}`;
  }

  async #fetched(address) {
    try {
      const drawing = asBitmap(await getImage(address));
      this.held.set(address, drawing);
      if (this.held.size > 300) this.held.delete(this.held.keys().next().value);
      this.store.set({ annotationError: "" });
      return drawing;
    } catch (error) {
      this.store.set({ annotationError: error.message });
      return null;
    }
  }
}

function asBitmap({ width, height, pixels }) {
  const canvas = new OffscreenCanvas(width, height);
  const rgba = new Uint8ClampedArray(4 * pixels.length);
  pixels.forEach((level, at) => {
    if (level) rgba.set([(255 * (level - 1)) / 14, (255 * (level - 1)) / 14, (255 * (level - 1)) / 14, 255], 4 * at);
  });
  canvas.getContext("2d").putImageData(new ImageData(rgba, width), 0, 0);
  return canvas;
}
