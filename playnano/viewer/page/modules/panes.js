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

// What stands in the panes: layer and z-range, or why there is nothing.
export function createPaneLabels(store, stage) {
  const labels = [document.querySelector("#pane-first"), document.querySelector("#pane-second")];
  const show = () => {
    const { maskError, compareMode } = store.state;
    const panes = stage.shown ? stage.panes : [];
    labels.forEach((label, i) => {
      const text = panes[i] ? labelOf(panes[i], store.state, stage) : "";
      label.textContent = [i ? "" : maskError, text].filter(Boolean).join("\n");
      label.hidden = !label.textContent;
      label.style.left = i ? `${(100 * panes[i]?.clip[0]) / stage.canvas.width}%` : "0";
    });
    labels[0].dataset.compared = compareMode;
  };
  stage.main.addEventListener("drawn", show);
  store.on(["maskError", "unit", "otherRange", "sameRange"], show);
}

function labelOf(pane, state, stage) {
  if (state.compareMode === "none") return "";
  if (pane.trouble) return pane.trouble;
  if (!pane.image) return missingFrame(state);
  const [zmin, zmax] = stage.rangeOf(pane).map((z) => Number(z.toPrecision(3)));
  const unit = layerNamed(state, pane.name)?.unit ?? "";
  return `${pane.minus ? `${pane.name} \u2212 ${pane.minus}` : pane.name}: ${zmin} to ${zmax} ${unit}`;
}
