// What is under the pointer: place in px and nm, and the height itself.

export function imagePlace(stage, event) {
  const [x, y] = stage.view.pixelAt(stage.point(event), stage.part());
  return [y - 0.5, x - 0.5];
}

export function createReading(store, stage) {
  const output = document.querySelector("#reading");
  let at = null;
  stage.main.addEventListener("pointermove", (event) => {
    at = imagePlace(stage, event).map(Math.round);
    show();
  });
  stage.main.addEventListener("pointerleave", () => {
    at = null;
    show();
  });
  stage.main.addEventListener("drawn", show);

  function show() {
    output.textContent = at && stage.shown ? reading(stage.shown.image, at, store.state) : "";
  }
}

// Distances are those from the centre of the first pixel.
function reading({ pixels, width, height, isMask }, [y, x], { pixelSize: [sizeY, sizeX], unit }) {
  if (y < 0 || x < 0 || y >= height || x >= width) return "";
  const nm = sizeX ? `  (${fixed(y * (sizeY || sizeX))}, ${fixed(x * sizeX)} nm)` : "";
  const value = pixels[y * width + x];
  const z = isMask ? (value ? "in the mask" : "outside the mask") : Number.isFinite(value) ? `${Number(value.toPrecision(7))} ${unit}` : "missing";
  return `y ${y}, x ${x} px${nm}   z ${z}`;
}

function fixed(value) {
  return value.toFixed(1);
}
