// Axes of plots: a frame, round numbers along it, and what they are.

const FONT = "22px system-ui, sans-serif"; // canvases are drawn at twice their size on the page

// Round numbers from low to high, about so many.
export function ticks(low, high, most) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((one) => one >= rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

// `x` and `y` are {low, high, at, label}: `at(value)` is the place on the canvas. `box` is [left, top, right, bottom].
export function drawAxes(context, [left, top, right, bottom], x, y) {
  const style = getComputedStyle(document.documentElement);
  context.strokeStyle = style.getPropertyValue("--line");
  context.fillStyle = style.getPropertyValue("--text");
  context.font = FONT;
  context.lineWidth = 2;
  context.strokeRect(left, top, right - left, bottom - top);
  [context.textAlign, context.textBaseline] = ["center", "top"];
  for (const value of ticks(x.low, x.high, 5)) mark(context, String(value), [x.at(value), bottom], [0, 8]);
  context.fillText(x.label, (left + right) / 2, bottom + 36);
  [context.textAlign, context.textBaseline] = ["right", "middle"];
  for (const value of ticks(y.low, y.high, 4)) mark(context, String(value), [left, y.at(value)], [-8, 0]);
  context.save();
  context.translate(14, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(y.label, 0, 0);
  context.restore();
}

function mark(context, text, [x, y], [dx, dy]) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  context.stroke();
  context.fillText(text, x + 1.3 * dx, y + 1.3 * dy);
}
