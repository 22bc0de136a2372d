// The same painting without a graphics card, for browsers without WebGL2.

import { asHeights } from "./webgl.js";

export class PlainPainter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.small = document.createElement("canvas");
    this.colours = new Uint8Array(256 * 3);
  }

  setPalette(colours) {
    this.colours = colours;
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  paint(what) {
    const { image, origin, zoom } = what;
    [this.small.width, this.small.height] = [image.width, image.height];
    this.small.getContext("2d").putImageData(new ImageData(this.#coloured(what), image.width), 0, 0);
    this.context.save();
    this.context.beginPath();
    this.context.rect(...(what.clip ?? [0, 0, this.canvas.width, this.canvas.height]));
    this.context.clip();
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.small, ...origin, image.width * zoom[0], image.height * zoom[1]);
    this.context.restore();
  }

  #coloured({ image, other, mask, opacity, zmin, zmax, showClipped, showNan }) {
    const heights = asHeights(image);
    const others = other && asHeights(other);
    const rgba = new Uint8ClampedArray(4 * heights.length);
    const [low, scale] = [Math.fround(zmin), Math.fround(240 / (zmax - zmin))];
    for (let at = 0; at < heights.length; at++) {
      const z = others ? Math.fround(heights[at] - others[at]) : heights[at];
      const place = Math.fround(Math.fround(z - low) * scale);
      const index = Number.isFinite(z) ? Math.trunc(Math.min(Math.max(place, 0), 239)) : 240;
      let rgb = [this.colours[3 * index], this.colours[3 * index + 1], this.colours[3 * index + 2]];
      if (showNan && !Number.isFinite(z)) rgb = [255, 0, 255];
      if (showClipped && place < 0) rgb = [26, 89, 255];
      if (showClipped && place > 240) rgb = [255, 38, 26];
      if (mask?.pixels[at]) rgb = rgb.map((value, i) => value + (([38, 204, 191])[i] - value) * opacity);
      rgba.set([...rgb, 255], 4 * at);
    }
    return rgba;
  }
}
