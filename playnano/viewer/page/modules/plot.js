// A curve of heights over distance, with the ends of its axes.

export function plot(canvas, distance, heights, lengthUnit, unit) {
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const { width, height } = canvas;
  const [left, right, top, bottom] = [90, 12, 16, 44];
  const finite = heights.filter((z) => z !== null);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const x = (d) => left + (d / distance.at(-1)) * (width - left - right);
  const y = (z) => height - bottom - ((z - low) / (high - low || 1)) * (height - top - bottom);
  context.clearRect(0, 0, width, height);
  context.strokeStyle = style.getPropertyValue("--line");
  context.strokeRect(left, top, width - left - right, height - top - bottom);
  context.strokeStyle = style.getPropertyValue("--accent");
  context.lineWidth = 2.5;
  context.beginPath();
  let isOpen = false; // a gap where there is no number
  heights.forEach((z, i) => {
    if (z !== null) (isOpen ? context.lineTo : context.moveTo).call(context, x(distance[i]), y(z));
    isOpen = z !== null;
  });
  context.stroke();
  labels(context, style, { width, height, left, right, top, bottom }, [low, high], distance.at(-1), lengthUnit, unit);
}

function labels(context, style, { width, height, left, right, top, bottom }, [low, high], length, lengthUnit, unit) {
  context.fillStyle = style.getPropertyValue("--text");
  context.font = "22px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillText(short(high), left - 8, top + 10);
  context.fillText(short(low), left - 8, height - bottom - 10);
  context.fillText(unit, left - 8, (top + height - bottom) / 2);
  context.fillText(`${short(length)} ${lengthUnit}`, width - right, height - bottom / 2);
  context.textAlign = "left";
  context.fillText("0", left, height - bottom / 2);
}

function short(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "";
}
