// Where the image lies on the stage: fit, zoom at the pointer, pan. All in px of the canvas (device pixels).

const MOST = 64;

export class View {
  // `room()` is the part of the canvas that an image is fitted into.
  constructor(room, onChange) {
    this.room = room;
    this.onChange = onChange;
    this.fitted = true;
    this.zoom = 1; // canvas px per px of the image along x
    this.centre = [0.5, 0.5]; // of the image, in shares of its size
    this.aspect = 1; // height of a pixel in its widths
    this.size = [1, 1]; // width, height of the image, px
    this.extent = [0, 0, 1, 1]; // what is fitted, [top, left, height, width] in px of the image
  }

  show(image, aspect, extent = [0, 0, image.height, image.width]) {
    if (image.width !== this.size[0] || image.height !== this.size[1] || aspect !== this.aspect || String(extent) !== String(this.extent)) {
      this.size = [image.width, image.height];
      [this.aspect, this.extent] = [aspect, extent];
      if (this.fitted) this.fit();
    }
  }

  scale() {
    return [this.zoom, this.zoom * this.aspect];
  }

  // Left top corner of the image when it is shown in the middle of a part of the canvas.
  origin([left, top, width, height]) {
    const [x, y] = this.scale();
    return [
      Math.round(left + width / 2 - this.centre[0] * this.size[0] * x),
      Math.round(top + height / 2 - this.centre[1] * this.size[1] * y),
    ];
  }

  fit() {
    const [, , width, height] = this.room();
    const margin = 0.97;
    const [top, left, lines, columns] = this.extent;
    this.zoom = margin * Math.min(width / columns, height / (lines * this.aspect));
    this.centre = [(left + columns / 2) / this.size[0], (top + lines / 2) / this.size[1]];
    this.fitted = true;
    this.onChange();
  }

  actual() {
    this.fitted = false;
    this.zoom = 1;
    this.onChange();
  }

  zoomAt(factor, point, part) {
    const before = this.pixelAt(point, part);
    this.fitted = false;
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.05), MOST);
    const after = this.pixelAt(point, part);
    this.centre = this.centre.map((share, i) => share + (before[i] - after[i]) / this.size[i]);
    this.onChange();
  }

  pan(dx, dy) {
    const [x, y] = this.scale();
    this.fitted = false;
    this.centre = [this.centre[0] - dx / x / this.size[0], this.centre[1] - dy / y / this.size[1]];
    this.onChange();
  }

  // The pixels in view on a part of the canvas, [top, left, height, width]; null where all are, or none is.
  // Those that are cut by its border are in it, or where they are to be `whole`, not.
  visible([left, top, width, height], { whole = false } = {}) {
    const [columns, lines] = this.size;
    const outer = [(at) => Math.floor(at + 1e-6), (at) => Math.ceil(at - 1e-6)];
    const [first, last] = whole ? [(at) => Math.ceil(at - 1e-6), (at) => Math.floor(at + 1e-6)] : outer;
    const part = [left, top, width, height];
    const [x0, y0] = this.pixelAt([left, top], part).map((at) => Math.max(0, first(at)));
    const [xn, yn] = this.pixelAt([left + width, top + height], part);
    const [x1, y1] = [Math.min(columns, last(xn)), Math.min(lines, last(yn))];
    const isWhole = x0 === 0 && y0 === 0 && x1 === columns && y1 === lines;
    return isWhole || x1 <= x0 || y1 <= y0 ? null : [y0, x0, y1 - y0, x1 - x0];
  }

  // The place of a point of the canvas on the image: x, y in px, fractions of a pixel kept.
  pixelAt([px, py], part) {
    const [left, top] = this.origin(part);
    const [x, y] = this.scale();
    return [(px - left) / x, (py - top) / y];
  }

  // And back: the point of the canvas where a place of the image is drawn.
  pointOf([x, y], part) {
    const [left, top] = this.origin(part);
    const [sx, sy] = this.scale();
    return [left + x * sx, top + y * sy];
  }
}
