// Which layers are looked at: the one shown, the one it is compared with, the mask laid over it.

import { numberAt, placeNear } from "./compare.js";
import { element } from "./dom.js";
import { marksOf } from "./marks.js";

export function createLayers(store) {
  const bind = (id, key) => {
    const select = document.querySelector(id);
    let isPointed = false;
    select.addEventListener("pointerdown", () => { isPointed = true; });
    select.addEventListener("keydown", () => { isPointed = false; });
    select.addEventListener("change", () => {
      store.set({ [key]: select.value });
      if (isPointed) document.querySelector("#stage").focus(); // so that Space plays; with the arrows one goes on choosing
    });
    store.on([key, "layers"], (state) => { select.value = select.title = state[key]; });
    return select;
  };
  const layer = bind("#layer", "layer");
  const other = bind("#compare-layer", "compareLayer");
  const mask = bind("#mask-layer", "maskLayer");
  bind("#compare-mode", "compareMode");

  store.on(["layers"], ({ layers, ...chosen }) => {
    const names = (ofMasks) => layers.filter((one) => one.is_mask === ofMasks).map((one) => one.name);
    fill(layer, layers.map((one) => one.name), chosen.layer);
    fill(other, names(false), chosen.compareLayer);
    fill(mask, ["", ...names(true)], chosen.maskLayer);
    mask.closest("label").hidden = !names(true).length;
  });
  store.on(["compareMode"], ({ compareMode }) => {
    document.querySelector("#compare-layer-label").hidden = compareMode === "none";
  });
  store.on(["maskLayer"], ({ maskLayer }) => { document.querySelector("#mask-look").hidden = !maskLayer; });
  const opacity = document.querySelector("#mask-opacity");
  opacity.addEventListener("input", () => store.set({ maskOpacity: Number(opacity.value) }));
  store.on(["maskOpacity"], ({ maskOpacity }) => { opacity.value = maskOpacity; });
  const colour = document.querySelector("#mask-colour");
  colour.addEventListener("input", () => store.set({ maskColour: colour.value }));
  store.on(["maskColour"], ({ maskColour }) => { colour.value = maskColour; });
  store.on(["layer", "layers"], (state) => follow(store, state));
  store.on(["layer", "layers", "maskLayer"], (state) => store.set({ maskError: maskTrouble(state) }));
  store.on(["layer", "layers", "badFrames"], ({ layer: name, layers, badFrames }) => {
    store.set({ marks: marksOf(layers.find((one) => one.name === name), badFrames) });
  });
}

// Why the mask chosen cannot be laid over the layer shown; empty where it can.
export function maskTrouble({ layer, layers, maskLayer }) {
  const at = layers.findIndex((one) => one.name === layer);
  const from = layers.findIndex((one) => one.name === maskLayer);
  if (!maskLayer || at < 0 || from < 0) return "";
  const [shown, mask] = [layers[at], layers[from]];
  const moved = layers.slice(Math.min(at, from) + 1, Math.max(at, from) + 1).find((one) => one.moves_pixels || !isSameShape(one, mask));
  if (!moved && isSameShape(shown, mask)) return "";
  const why = moved && from < at ? `${moved.name} moves its pixels or frames: put the mask after it` : "choose another layer or mask";
  return `The mask ${maskLayer} does not fit the layer ${layer}; ${why}.`;
}

function isSameShape(one, other) {
  return ["frames", "height", "width"].every((size) => one[size] === other[size]);
}

function fill(select, names, chosen) {
  select.replaceChildren(...names.map((name) => element("option", { value: name, textContent: name || "none" })));
  select.value = names.includes(chosen) ? chosen : names[0] ?? "";
}

// The layer shown tells frames, times, sizes and unit of the picture.
function follow(store, { layer, layers, frame, asRead }) {
  const shown = layers.find((one) => one.name === layer);
  if (!layers.length) document.querySelector("#facts").textContent = "";
  if (!layers.length) store.set({ asRead: null });
  if (!shown) return;
  const [y, x] = shown.pixel_size_nm;
  store.set({
    frames: shown.frames,
    frame: placeNear(shown, numberAt({ as_read: asRead }, frame)), // the frame that was shown, where there is one
    asRead: shown.as_read,
    times: shown.times_s,
    numbers: shown.numbers,
    dropped: shown.dropped,
    unit: shown.unit,
    pixelSize: shown.pixel_size_nm,
    aspect: y && x ? y / x : 1,
  });
  const size = x ? length([shown.width * x, shown.height * (y || x)]) : "pixel size unknown";
  const count = `${shown.frames} ${shown.frames === 1 ? "frame" : "frames"}`;
  document.querySelector("#facts").textContent = `${shown.width} x ${shown.height} px, ${size}, ${count}`;
}

// Width and height, in \u00b5m from 10,000 nm on.
function length(sizes) {
  const [unit, factor] = Math.max(...sizes) >= 1e4 ? ["\u00b5m", 1e3] : ["nm", 1];
  return `${sizes.map((nm) => Number((nm / factor).toPrecision(4))).join(" x ")} ${unit}`;
}
