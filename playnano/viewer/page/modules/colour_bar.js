// What the colours stand for: the palette from the lowest to the highest height, beside the picture.

export function createColourBar(store, stage) {
  const bar = document.querySelector("#colour-bar");
  const [high, canvas, low] = bar.children;
  const context = canvas.getContext("2d");
  store.on(["colourBar", "zmin", "zmax", "unit", "layer", "compareMode"], draw);
  stage.main.addEventListener("coloured", draw);

  function draw() {
    const { colourBar, zmin, zmax, unit, compareMode } = store.state;
    bar.hidden = !colourBar || !stage.colours;
    if (bar.hidden) return;
    const half = (zmax - zmin) / 2;
    const ends = compareMode === "difference" ? [-half, half] : [zmin, zmax];
    [low.textContent, high.textContent] = ends.map((z) => `${Number(z.toPrecision(3))} ${unit}`);
    for (let level = 0; level < canvas.height; level++) {
      context.fillStyle = `rgb(${stage.colours.slice(3 * level, 3 * level + 3).join(" ")})`;
      context.fillRect(0, canvas.height - 1 - level, canvas.width, 1);
    }
  }
}
