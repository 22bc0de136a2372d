// What the bar of all frames marks: frames that are not good, alignments that are not sure, frames that were dropped.

const FINEST = 400; // marks of a kind on the bar: nearer ones become one
const MOST_NUMBERS = 12; // in the text of a mark

export const COLOURS = { lost: "--error", partial: "--error", blank: "--error", "not found": "--accent", "low confidence": "--accent", dropped: "--focus" };

export const TEXTS = {
  lost: "The tip was not on the surface", partial: "The scan stopped within the frame", blank: "Frames of one level or without a height",
  "not found": "An alignment did not find the frame: its shift is interpolated", "low confidence": "Aligned with a confidence below 0.3",
  dropped: "Where frames were dropped",
};

// What each frame of a layer is, by its place: {kind: [place, ...]}; `bad` comes with the range of the whole movie.
export function marksOf(layer, bad) {
  const marks = { ...layer?.marks };
  for (const [kind, places] of Object.entries(bad)) {
    if (places.length) marks[kind] = [...new Set([...(marks[kind] ?? []), ...places])].sort((a, b) => a - b);
  }
  return marks;
}

export function kindsAt(marks, place) {
  return Object.keys(marks).filter((kind) => marks[kind].includes(place));
}

// The next marked frame in a direction; undefined where there is none.
export function nextMarked(marks, place, direction) {
  const ahead = Object.values(marks).flat().filter((other) => (other - place) * direction > 0);
  return ahead.sort((a, b) => (a - b) * direction)[0];
}

// Marks as bars: {kind, first, last, text}, in places; those of dropped frames have no width.
export function barsOf({ marks, dropped, frames, numbers }) {
  const gap = Math.max(1, frames / FINEST);
  const bars = Object.entries(marks).flatMap(([kind, places]) => runs(places.map((place) => [place, numbers?.[place] ?? place]), gap)
    .map((run) => ({ kind, first: run[0][0], last: run.at(-1)[0] + 1, text: worded(kind, run) })));
  const cuts = runs(dropped, gap === 1 ? 0 : gap).map((run) => ({ kind: "dropped", first: run[0][0], last: run[0][0], text: worded("dropped", run) }));
  return [...bars, ...cuts];
}

function runs(pairs, gap) {
  const made = [];
  for (const pair of pairs) {
    if (made.length && pair[0] - made.at(-1).at(-1)[0] <= gap) made.at(-1).push(pair);
    else made.push([pair]);
  }
  return made;
}

function worded(kind, run) {
  const numbers = run.slice(0, MOST_NUMBERS).map(([, number]) => number).join(", ");
  const more = run.length > MOST_NUMBERS ? ` to ${run.at(-1)[1]}` : "";
  return `${kind}: ${run.length === 1 ? "frame" : "frames"} ${numbers}${more}`;
}
