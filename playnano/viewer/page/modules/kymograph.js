// A kymograph: one row a frame, coloured as the picture is, over distance and time.

import { drawAxes } from "./axes.js";

const [WIDTH, HEIGHT] = [720, 600];
const BOX = [110, 12, WIDTH - 16, HEIGHT - 68];

// The rows of numbers of an answer.
export function kymographRows({ frames, distance, heights }) {
  const numbers = new Float64Array(Uint8Array.from(atob(heights), (letter) => letter.charCodeAt(0)).buffer);
  const width = distance.length;
  return Array.from({ length: frames }, (_, row) => Array.from(numbers.subarray(row * width, (row + 1) * width)));
}

export function kymographImage(canvas, { rows, distance, times, length_unit: lengthUnit }, colours, range) {
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const context = canvas.getContext("2d");
  const [left, top, right, bottom] = BOX;
  context.imageSmoothingEnabled = false;
  context.drawImage(coloured(rows, colours, range), left, top, right - left, bottom - top);
  const x = { low: 0, high: distance.at(-1), at: (d) => left + (d / distance.at(-1)) * (right - left), label: `distance (${lengthUnit})` };
  drawAxes(context, BOX, x, timeAxis(times, top, bottom));
}

// Rows are as high as each other; where the times are not those of a steady movie, frames are counted instead.
function timeAxis(times, top, bottom) {
  const frames = times.length;
  const [first, last] = [times[0], times.at(-1)];
  const row = (bottom - top) / frames;
  const step = (last - first) / (frames - 1);
  const isSteady = frames > 1 && step > 0 && times.every((time, i) => Math.abs(time - first - i * step) < step / 2);
  if (!isSteady) return { low: 0, high: frames - 1, at: (place) => top + (place + 0.5) * row, label: "place in the movie" };
  return { low: first, high: last, at: (time) => top + ((time - first) / step + 0.5) * row, label: "time (s)" };
}

function coloured(rows, colours, [zmin, zmax]) {
  const [width, height] = [rows[0].length, rows.length];
  const rgba = new Uint8ClampedArray(4 * width * height);
  rows.flat().forEach((z, at) => {
    const index = Number.isFinite(z) ? Math.trunc(Math.min(Math.max(((z - zmin) * 240) / (zmax - zmin), 0), 239)) : 240;
    rgba.set([...colours.subarray(3 * index, 3 * index + 3), 255], 4 * at);
  });
  const image = new OffscreenCanvas(width, height);
  image.getContext("2d").putImageData(new ImageData(rgba, width), 0, 0);
  return image;
}
