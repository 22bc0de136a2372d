// What the colours stand for: the palette from the lowest to the highest height, beside the picture.

export function createColourBar(store, stage) {
  const bar = document.querySelector("#colour-bar");
  const [high, canvas, low] = bar.children;
  const context = canvas.getContext("2d");
  store.on(["colourBar", "zmin", "zmax", "unit", "layer", "zscale"], draw);
  stage.main.addEventListener("shown", draw);
  stage.main.addEventListener("coloured", draw);

  function draw() {
    const { colourBar, zmin, zmax, unit, zscale } = store.state;
    bar.hidden = !colourBar || !stage.colours || zscale === "frame"; // it holds for a movie, as in exports
    if (bar.hidden) return;
    const subtracted = stage.panes.find((pane) => pane.subtracted);
    const ends = subtracted ? stage.rangeOf(subtracted) : [zmin, zmax];
    [low.textContent, high.textContent] = ends.map((z) => `${Number(z.toPrecision(3))} ${unit}`);
    for (let level = 0; level < canvas.height; level++) {
      context.fillStyle = `rgb(${stage.colours.slice(3 * level, 3 * level + 3).join(" ")})`;
      context.fillRect(0, canvas.height - 1 - level, canvas.width, 1);
    }
  }
}
