// Where the image lies on the stage: fit, zoom at the pointer, pan. All in px of the canvas (device pixels).

const MOST = 64;

export class View {
  constructor(canvas, onChange) {
    this.canvas = canvas;
    this.onChange = onChange;
    this.fitted = true;
    this.zoom = 1; // canvas px per px of the image along x
    this.centre = [0.5, 0.5]; // of the image, in shares of its size
    this.aspect = 1; // height of a pixel in its widths
    this.size = [1, 1]; // width, height of the image, px
  }

  show(image, aspect) {
    if (image.width !== this.size[0] || image.height !== this.size[1] || aspect !== this.aspect) {
      this.size = [image.width, image.height];
      this.aspect = aspect;
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

  fit([width, height] = [this.canvas.width, this.canvas.height]) {
    const margin = 0.97;
    this.zoom = margin * Math.min(width / this.size[0], height / (this.size[1] * this.aspect));
    this.centre = [0.5, 0.5];
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
