// What is under the pointer: place in px and nm, and the height itself.

import { layerNamed } from "./compare.js";

// The pane under the pointer, and the place on its image, [y, x] in px from the centre of the first pixel.
export function imagePlace(stage, event, pane = stage.paneAt(stage.point(event))) {
  return { pane, place: stage.placeOn(pane, stage.point(event)) };
}

export function createReading(store, stage) {
  const output = document.querySelector("#reading");
  let point = null;
  stage.main.addEventListener("pointermove", (event) => {
    point = stage.point(event);
    show();
  });
  stage.main.addEventListener("pointerleave", () => {
    point = null;
    show();
  });
  stage.main.addEventListener("drawn", show);

  function show() {
    const pane = point && stage.shown ? stage.paneAt(point) : null;
    output.textContent = pane?.image ? reading(pane, stage.placeOn(pane, point).map(Math.round), store.state) : "";
  }
}

// Distances are those from the centre of the first pixel.
function reading({ image: { pixels, width, height, isMask }, name, subtracted, minus }, [y, x], state) {
  if (y < 0 || x < 0 || y >= height || x >= width) return "";
  const { pixel_size_nm: [sizeY, sizeX], unit } = layerNamed(state, name) ?? { pixel_size_nm: state.pixelSize, unit: state.unit };
  const nm = sizeX ? `  (${fixed(y * (sizeY || sizeX))}, ${fixed(x * sizeX)} nm)` : "";
  const value = pixels[y * width + x] - (subtracted ? subtracted.pixels[y * width + x] : 0);
  const z = isMask ? (value ? "in the mask" : "outside the mask") : Number.isFinite(value) ? `${Number(value.toPrecision(7))} ${unit}` : "missing";
  const of = state.compareMode === "none" ? "" : `${minus ? `${name} \u2212 ${minus}` : name}   `;
  return `${of}y ${y}, x ${x} px${nm}   z ${z}`;
}

function fixed(value) {
  return value.toFixed(1);
}
