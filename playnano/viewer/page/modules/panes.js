// The parts of the stage that show an image when two layers are compared, and what is said of each.

import { differenceTrouble, laidOn, layerNamed, missingFrame, offsetOf, otherLayer } from "./compare.js";

// Parts of a canvas side by side: left, top, width, height.
export function halves({ width, height }) {
  const half = Math.floor(width / 2);
  return [[0, 0, half - 1, height], [half + 1, 0, width - half - 1, height]];
}

// What is painted where: {side, name, image, part, clip, offset}. `part` is where the image lies when it is in
// the middle, `offset` how far the pane's image is from the one shown, [y, x] in px; an image may be missing.
export function panesOf(state, { image, other }, canvas, { swipe, flicker }) {
  const whole = [0, 0, canvas.width, canvas.height];
  const second = otherLayer(state);
  const first = { side: "shown", name: state.layer, image, part: whole, clip: whole, offset: [0, 0] };
  if (!second) return [first];
  const offset = offsetOf(layerNamed(state, state.layer), second);
  const beside = { side: "other", name: second.name, image: other, part: whole, clip: whole, offset };
  if (state.compareMode === "side") return halves(canvas).map((part, i) => ({ ...[first, beside][i], part, clip: part }));
  if (state.compareMode === "swipe") return swiped(first, beside, Math.round(swipe * canvas.width), canvas);
  if (state.compareMode === "flicker") return [flicker ? beside : first];
  return [{ ...first, ...subtracted(state, image, other, offset) }];
}

function swiped(first, beside, edge, { width, height }) {
  return [{ ...first, clip: [0, 0, edge, height] }, { ...beside, clip: [edge, 0, width - edge, height] }];
}

function subtracted(state, image, other, offset) {
  const second = otherLayer(state);
  const trouble = differenceTrouble(layerNamed(state, state.layer), second);
  const isThere = other && !trouble;
  return { subtracted: isThere ? laidOn(image, other, offset) : null, trouble, minus: second.name, image: isThere ? image : null };
}

// What is to be in view, [top, left, height, width] in px of the image shown: both layers where both are painted.
export function extentOf(state, image) {
  const [shown, other] = [layerNamed(state, state.layer), otherLayer(state)];
  if (!shown || !other || state.compareMode === "difference") return [0, 0, image.height, image.width];
  const [top, left] = offsetOf(shown, other);
  const [first, begin] = [Math.min(0, top), Math.min(0, left)];
  return [first, begin, Math.max(image.height, top + other.height) - first, Math.max(image.width, left + other.width) - begin];
}

// What stands in the panes: layer and z-range, or why there is nothing.
export function createPaneLabels(store, stage) {
  const labels = [document.querySelector("#pane-first"), document.querySelector("#pane-second")];
  const show = () => {
    const panes = stage.shown ? stage.panes : [];
    labels.forEach((label, i) => {
      const { clip: [left, , width] } = panes[i] ?? { clip: [0, 0, 0] };
      label.textContent = panes[i] ? labelOf(panes[i], store.state, stage) : "";
      label.hidden = !label.textContent;
      label.style.left = `${(100 * (left + width / 2)) / stage.canvas.width}%`;
    });
  };
  const mask = document.querySelector("#mask-trouble");
  store.on(["maskError"], ({ maskError }) => Object.assign(mask, { textContent: maskError, hidden: !maskError }));
  stage.main.addEventListener("drawn", show);
  store.on(["unit", "otherRange", "sameRange"], show);
}

function labelOf(pane, state, stage) {
  if (state.compareMode === "none") return "";
  if (pane.trouble) return pane.trouble;
  if (!pane.image) return missingFrame(state);
  const name = pane.minus ? `${pane.name} \u2212 ${pane.minus}` : pane.name;
  if (pane.image.isMask) return name;
  const [zmin, zmax] = stage.rangeOf(pane).map((z) => Number(z.toPrecision(3)));
  const unit = layerNamed(state, pane.name)?.unit ?? "";
  return pane.subtracted && !stage.reach.value ? `${name}: no difference in this frame` : `${name}: ${zmin} to ${zmax} ${unit}`;
}
