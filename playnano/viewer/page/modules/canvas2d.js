// The same painting without a graphics card: coloured here, for browsers whose WebGL2 is missing or emulated.

const [NAN, LAST, LEVELS] = [240, 239, 240];
const MARKS = { nan: [255, 0, 255], below: [26, 89, 255], above: [255, 38, 26] };

export class PlainPainter {
  name = "plain";

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true }); // kept in memory, where it is painted
    this.small = document.createElement("canvas");
    this.smallContext = this.small.getContext("2d", { willReadFrequently: true });
    this.colours = new Uint32Array(256);
    this.coloured = new ImageData(1, 1);
  }

  setPalette(colours) {
    for (let entry = 0; entry < colours.length / 3; entry++) this.colours[entry] = packed(colours.subarray(3 * entry, 3 * entry + 3));
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  paint(what) {
    const { image, origin, zoom } = what;
    this.#resize(image);
    const pixels = new Uint32Array(this.coloured.data.buffer);
    colour(pixels, what, this.colours);
    if (what.showNan || what.showClipped) mark(pixels, what);
    if (what.mask) tint(pixels, what);
    this.smallContext.putImageData(this.coloured, 0, 0);
    this.context.save();
    this.context.beginPath();
    this.context.rect(...(what.clip ?? [0, 0, this.canvas.width, this.canvas.height]));
    this.context.clip();
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.small, ...origin, image.width * zoom[0], image.height * zoom[1]);
    this.context.restore();
  }

  #resize({ width, height }) {
    if (this.coloured.width === width && this.coloured.height === height) return;
    this.coloured = new ImageData(width, height);
    [this.small.width, this.small.height] = [width, height];
  }
}

function colour(pixels, { image, other, zmin, zmax }, colours) {
  const heights = image.pixels;
  const [low, scale] = [Math.fround(zmin), Math.fround(LEVELS / (zmax - zmin))];
  for (let at = 0; at < pixels.length; at++) {
    const z = other ? Math.fround(heights[at] - other.pixels[at]) : heights[at];
    const place = Math.fround(Math.fround(z - low) * scale);
    const level = place >= LAST ? LAST : place > 0 ? place | 0 : 0;
    pixels[at] = colours[z - z === 0 ? level : NAN]; // only a finite number less itself is 0
  }
}

// Pixels that are missing, or beyond the ends of the range.
function mark(pixels, { image, other, zmin, zmax, showNan, showClipped }) {
  const [nan, below, above] = [MARKS.nan, MARKS.below, MARKS.above].map(packed);
  const scale = Math.fround(LEVELS / (zmax - zmin));
  for (let at = 0; at < pixels.length; at++) {
    const z = other ? Math.fround(image.pixels[at] - other.pixels[at]) : image.pixels[at];
    const place = Math.fround(Math.fround(z - Math.fround(zmin)) * scale);
    if (z - z !== 0) pixels[at] = showNan ? nan : pixels[at];
    else if (showClipped && place < 0) pixels[at] = below;
    else if (showClipped && place > LEVELS) pixels[at] = above;
  }
}

function tint(pixels, { mask, maskColour, opacity }) {
  for (let at = 0; at < pixels.length; at++) {
    if (!mask.pixels[at]) continue;
    const rgb = [pixels[at] & 255, (pixels[at] >> 8) & 255, (pixels[at] >> 16) & 255];
    pixels[at] = packed(rgb.map((value, i) => Math.round(value + (maskColour[i] - value) * opacity)));
  }
}

// Red, green and blue as one pixel of an ImageData, opaque.
function packed([red, green, blue]) {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
