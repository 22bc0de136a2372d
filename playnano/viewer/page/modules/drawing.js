// Lines, rectangles and polygons on the picture: drawn with the pointer, or written as their points.

import { imagePlace } from "./pointer.js";

const FEWEST = { line: 2, rectangle: 2, polygon: 3 };
const CLOSING = 10; // px of the screen: a click this near to the first corner closes a polygon

// `shape` is null, or {kind, points, isOpen, side}: points are [y, x] in px of the image from the centre of its
// first pixel; a polygon is open while corners are still added; `side` says whether it lies on the layer shown or
// on the other one of a comparison. "changed" is dispatched when it changes.
export class Drawing extends EventTarget {
  constructor(store, stage) {
    super();
    this.store = store;
    this.stage = stage;
    this.canvas = document.querySelector("#drawing");
    this.shape = null;
    stage.main.addEventListener("drawn", () => this.draw());
    store.on(["compareMode", "compareLayer"], () => { if (this.shape?.side === "other") this.clear(); });
    this.#drag();
    this.#corners();
  }

  clear() {
    this.#become(null);
  }

  // The points as text, "y, x; y, x", and the shape of such a text; false where it is none.
  get text() {
    return (this.shape?.points ?? []).map((point) => point.map((at) => Number(at.toFixed(2))).join(", ")).join("; ");
  }

  write(text) {
    const kind = this.store.state.tool;
    if (!text.trim()) return this.#become(null);
    const points = text.split(";").filter((part) => part.trim()).map((part) => part.trim().split(/[\s,]+/).map(Number));
    const isEnough = kind === "polygon" ? points.length >= FEWEST.polygon : points.length === FEWEST[kind];
    if (!isEnough || !points.every((point) => point.length === 2 && point.every(Number.isFinite))) return false;
    return this.#become({ kind, points, isOpen: false, side: this.shape?.side ?? "shown" });
  }

  close() {
    if (!this.shape?.isOpen) return;
    if (this.shape.points.length < FEWEST.polygon) this.clear();
    else this.#become({ ...this.shape, isOpen: false });
  }

  #become(shape) {
    this.shape = shape;
    this.draw();
    this.dispatchEvent(new Event("changed"));
    return true;
  }

  // Lines and rectangles: from where the pointer goes down to where it is.
  #drag() {
    const { main } = this.stage;
    let start = null;
    main.addEventListener("pointerdown", (event) => {
      if (!["line", "rectangle"].includes(this.store.state.tool) || event.button) return;
      start = imagePlace(this.stage, event);
      if (!start.pane?.image) start = null; // nothing is shown there
      else main.setPointerCapture(event.pointerId);
    });
    main.addEventListener("pointermove", (event) => {
      if (!start) return;
      const points = this.#dragged(start, imagePlace(this.stage, event, start.pane).place);
      this.#become({ kind: this.store.state.tool, points, isOpen: false, side: start.pane.side });
    });
    for (const name of ["pointerup", "pointercancel"]) main.addEventListener(name, () => { start = null; });
  }

  // A rectangle has its sides on the pixel edges that are nearest; its points are its first and last pixel.
  #dragged({ place: start, pane }, end) {
    if (this.store.state.tool !== "rectangle") return [start, end];
    const { width, height } = pane.image;
    const sides = [height, width].map((size, i) => {
      const [low, high] = [start[i], end[i]].map((at) => Math.min(Math.max(Math.round(at + 0.5), 0), size)).sort((a, b) => a - b);
      const first = Math.min(low, size - 1);
      return [first, Math.max(first, high - 1)];
    });
    return [sides.map(([first]) => first), sides.map(([, last]) => last)];
  }

  // Polygons: a corner per click; the first corner again, a double click or Enter closes it.
  #corners() {
    const { main } = this.stage;
    main.addEventListener("pointerdown", (event) => {
      if (this.store.state.tool !== "polygon" || event.button) return;
      const { place, pane } = imagePlace(this.stage, event, this.shape?.isOpen ? this.#pane() : undefined);
      if (!pane?.image) return;
      const open = this.shape?.isOpen ? this.shape.points : [];
      if (open.length && event.detail > 1) return this.close();
      if (open.length >= FEWEST.polygon && this.#isNear(open[0], event)) return this.close();
      this.#become({ kind: "polygon", points: [...open, place], isOpen: true, side: pane.side });
    });
    main.addEventListener("pointermove", (event) => {
      if (this.shape?.isOpen && this.#pane()) this.draw(imagePlace(this.stage, event, this.#pane()).place);
    });
    main.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.close();
      if (event.key === "Backspace" && this.shape?.isOpen) this.#withoutLast();
    });
  }

  #withoutLast() {
    const points = this.shape.points.slice(0, -1);
    this.#become(points.length ? { ...this.shape, points } : null);
  }

  #isNear(corner, event) {
    const [[x, y], [px, py]] = [this.#at(corner), this.stage.point(event)];
    return Math.hypot(px - x, py - y) < CLOSING * devicePixelRatio;
  }

  // Where the shape lies; undefined while that layer is not in sight.
  #pane() {
    return this.stage.panes.find(({ side }) => side === this.shape?.side);
  }

  #at(place) {
    return this.stage.pointOf(this.#pane(), place);
  }

  // `pointer` is the place that the next corner would have.
  draw(pointer = null) {
    this.canvas.hidden = !this.shape || !this.#pane();
    if (this.canvas.hidden) return;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const { kind, points, isOpen } = this.shape;
    context.beginPath();
    if (kind === "rectangle") rectangle(context, ...outer(points).map((point) => this.#at(point)));
    else [...points, ...(pointer ? [pointer] : [])].forEach((point) => context.lineTo(...this.#at(point)));
    if (kind === "polygon" && !isOpen) context.closePath();
    for (const [colour, width] of [["rgb(0 0 0 / 60%)", 4], ["#ffffff", 1.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width * devicePixelRatio;
      context.stroke();
    }
    if (isOpen) context.strokeRect(...this.#at(points[0]).map((at) => at - 3 * devicePixelRatio), 6 * devicePixelRatio, 6 * devicePixelRatio);
  }
}

// The outer corners of the pixels that a rectangle holds: those of both points are in it.
export function outer(points) {
  const [first, last] = [Math.min, Math.max].map((end) => [0, 1].map((i) => end(...points.map((point) => Math.round(point[i])))));
  return [first.map((at) => at - 0.5), last.map((at) => at + 0.5)];
}

function rectangle(context, [ax, ay], [bx, by]) {
  context.rect(Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay));
}
