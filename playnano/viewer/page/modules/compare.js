// Two layers beside each other: which frames belong together, where one lies on the other, and their difference.

// Number of a frame in the movie as it was read.
export function numberAt(layer, place) {
  return layer?.as_read?.[place] ?? place;
}

// Place in a layer of the frame of that number; -1 where the layer has no such frame.
export function placeOf(layer, number) {
  if (layer.as_read) return layer.as_read.indexOf(number);
  return number < layer.frames ? number : -1;
}

// The same, else the frame that follows it.
export function placeNear(layer, number) {
  const place = placeOf(layer, number);
  const later = place < 0 && layer.as_read ? layer.as_read.findIndex((one) => one > number) : place;
  return later < 0 ? layer.frames - 1 : later;
}

export function layerNamed({ layers }, name) {
  return layers.find((one) => one.name === name);
}

// The layer that the one shown is compared with; undefined where there is none.
export function otherLayer(state) {
  return state.compareMode === "none" ? undefined : layerNamed(state, state.compareLayer || "raw");
}

// Where the other layer's first pixel lies, [y, x] in px from that of the layer shown; in the middle where
// places are not comparable.
export function offsetOf(shown, other) {
  if (shown.plane === other.plane) return [0, 1].map((i) => other.corner[i] - shown.corner[i]);
  return [(shown.height - other.height) / 2, (shown.width - other.width) / 2].map(Math.round);
}

// Why two layers have no difference; empty where they have one.
export function differenceTrouble(shown, other) {
  if (shown.is_mask) return "No difference: a mask has no heights.";
  const moving = [shown, other].map(({ plane }) => plane).filter(Boolean).at(0);
  if (shown.plane !== other.plane) return `No difference: ${moving} turns, mirrors or shifts frames, so that a place before it is another one after it.`;
  return shown.unit === other.unit ? "" : `No difference: ${shown.name} is in ${shown.unit}, ${other.name} in ${other.unit}.`;
}

// Which other frame is missing; empty where there is one.
export function missingFrame(state) {
  const other = otherLayer(state);
  const number = numberAt(layerNamed(state, state.layer), state.frame);
  return other && placeOf(other, number) < 0 ? `${other.name} has no frame ${number}` : "";
}

const cuts = new WeakMap();

// The other image where the first one lies on it, NaN where it has no pixel: of the size of the first one.
export function laidOn(image, other, [top, left]) {
  if (!top && !left && image.width === other.width && image.height === other.height) return other;
  if (cuts.get(other)?.of !== image) cuts.set(other, { of: image, cut: cutOut(image, other, top, left) });
  return cuts.get(other).cut;
}

function cutOut({ width, height }, other, top, left) {
  const pixels = new Float32Array(width * height).fill(NaN);
  const [first, last] = [Math.max(0, left), Math.min(width, left + other.width)];
  for (let y = Math.max(0, top); y < Math.min(height, top + other.height) && first < last; y++) {
    const row = (y - top) * other.width - left;
    pixels.set(other.pixels.subarray(row + first, row + last), y * width + first);
  }
  return { width, height, pixels, isMask: false };
}
