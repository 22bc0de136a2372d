// The z-range of one frame: that of an export with `zscale: frame`.

const ranges = new WeakMap();
const DRIFTING = 2; // times as wide

// [zmin, zmax], found once per image; from `pixels` of them at most, where many frames a second are looked at.
export function frameRange(image, percentiles, pixels = Infinity) {
  const of = `${percentiles} ${pixels}`;
  if (ranges.get(image)?.of !== of) ranges.set(image, { of, range: found(thinned(image, pixels), percentiles) });
  return ranges.get(image).range;
}

function thinned({ pixels, isMask }, most) {
  const every = Math.ceil(pixels.length / most) || 1;
  return { isMask, pixels: every > 1 ? pixels.filter((_, at) => at % every === 0) : pixels };
}

// That of a layer; where its heights drift so far from frame to frame that a frame would be of one colour, that
// of the frame.
export function layerRange(range, ofFrame) {
  const isWide = range && range[1] - range[0] > DRIFTING * (ofFrame[1] - ofFrame[0]);
  return range && !isWide ? range : ofFrame;
}

function found({ pixels, isMask }, percentiles) {
  const sorted = isMask ? [] : pixels.filter(Number.isFinite).sort();
  if (!sorted.length) return [0, 1];
  const ends = [sorted[0], sorted.at(-1)];
  const [low, high] = percentiles.map((percent) => percentile(sorted, percent));
  if (low < high) return [low, high];
  return ends[0] < ends[1] ? ends : [ends[0] - 0.5, ends[0] + 0.5];
}

// Between two heights linearly.
export function percentile(sorted, percent) {
  const at = (percent / 100) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}

// How far the difference of two images reaches from zero: 99 of 100 pixels lie within.
export function reachOf(image, other) {
  const apart = image.pixels.map((z, at) => Math.abs(z - other.pixels[at])).filter(Number.isFinite).sort();
  return apart.length ? percentile(apart, 99) : 0;
}
