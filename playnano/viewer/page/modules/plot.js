// A profile: heights over distance, with axes, and the point that is nearest to the pointer.

import { drawAxes } from "./axes.js";
import { element } from "./dom.js";

const [WIDTH, HEIGHT] = [720, 380];
const BOX = [110, 16, WIDTH - 16, HEIGHT - 68];

export class ProfilePlot {
  constructor() {
    this.canvas = element("canvas", { width: WIDTH, height: HEIGHT, className: "plot", role: "img", ariaLabel: "Profile", hidden: true });
    this.canvas.addEventListener("pointermove", ({ offsetX }) => this.#draw(this.#nearest((offsetX / this.canvas.clientWidth) * WIDTH)));
    this.canvas.addEventListener("pointerleave", () => this.#draw());
  }

  show(distance, heights, lengthUnit, unit) {
    const finite = heights.filter((z) => z !== null);
    const [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
    const [left, top, right, bottom] = BOX;
    this.x = { low: 0, high: distance.at(-1), at: (d) => left + (d / distance.at(-1)) * (right - left), label: `distance (${lengthUnit})` };
    this.y = { low, high, at: (z) => bottom - ((z - low) / (high - low || 1)) * (bottom - top), label: `height (${unit})` };
    Object.assign(this, { distance, heights, lengthUnit, unit });
    this.#draw();
  }

  #nearest(x) {
    const apart = this.distance.map((d) => Math.abs(this.x.at(d) - x));
    return apart.indexOf(Math.min(...apart));
  }

  // `at` is the number of the point that is read.
  #draw(at = null) {
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    drawAxes(context, BOX, this.x, this.y);
    context.strokeStyle = style.getPropertyValue("--accent");
    context.lineWidth = 2.5;
    context.beginPath();
    let isOpen = false; // a gap where there is no number
    this.heights.forEach((z, i) => {
      if (z !== null) (isOpen ? context.lineTo : context.moveTo).call(context, this.x.at(this.distance[i]), this.y.at(z));
      isOpen = z !== null;
    });
    context.stroke();
    this.canvas.dataset.reading = at === null ? "" : this.#reading(at);
    if (at !== null) this.#point(context, style, at);
  }

  #reading(at) {
    const z = this.heights[at];
    return `${Number(this.distance[at].toPrecision(5))} ${this.lengthUnit}, ${z === null ? "missing" : `${Number(z.toPrecision(5))} ${this.unit}`}`;
  }

  #point(context, style, at) {
    const [left, top, right, bottom] = BOX;
    const x = this.x.at(this.distance[at]);
    context.fillStyle = style.getPropertyValue("--focus");
    context.fillRect(x - 1, top, 2, bottom - top);
    if (this.heights[at] !== null) context.fillRect(x - 5, this.y.at(this.heights[at]) - 5, 10, 10);
    context.fillStyle = style.getPropertyValue("--text");
    context.textBaseline = "top";
    context.textAlign = x < (left + right) / 2 ? "left" : "right";
    context.fillText(this.canvas.dataset.reading, x + (x < (left + right) / 2 ? 10 : -10), top + 8);
  }
}
