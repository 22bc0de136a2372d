// The bar of all frames: the one shown, and marks of those to be looked at.

import { element } from "./dom.js";
import { barsOf, COLOURS, kindsAt, TEXTS } from "./marks.js";

export function createScrub(store, player) {
  const input = document.querySelector("#position");
  const strip = document.querySelector("#marks");
  input.addEventListener("input", () => player.goTo(Number(input.value)));

  function mark() {
    const { frames } = store.state;
    input.max = Math.max(0, frames - 1);
    strip.replaceChildren(...barsOf(store.state).map(({ kind, first, last, text }) => {
      const bar = element("span", { className: "frame-mark", title: text, dataset: { kind }, onclick: () => player.goTo(first) });
      const [left, width] = [first, last - first].map((at) => `${(100 * at) / frames}%`);
      Object.assign(bar.style, { left, width, background: `var(${COLOURS[kind]})` });
      return bar;
    }));
  }

  store.on(["frames", "marks", "dropped", "numbers"], mark);
  store.on(["frames", "marks", "dropped"], legend);

  // The kinds of marks that there are, each in its colour.
  function legend({ marks, dropped }) {
    const kinds = [...Object.keys(marks), ...(dropped.length ? ["dropped"] : [])];
    document.querySelector("#marks-legend").replaceChildren(...kinds.map((kind) => {
      const swatch = element("span", { className: "swatch" });
      swatch.style.background = `var(${COLOURS[kind]})`;
      return element("span", { title: `${kind}: ${TEXTS[kind]}` }, swatch, kind);
    }));
  }
  store.on(["frame"], ({ frame }) => { input.value = frame; });
  store.on(["frame", "frames", "times", "pace", "speed", "marks", "numbers"], () => {
    document.querySelector("#time").textContent = timeText(store.state);
    input.setAttribute("aria-valuetext", timeText(store.state));
  });
}

// Acquisition time and playback speed, apart.
function timeText({ frame, frames, times, pace, speed, marks, numbers }) {
  if (!frames) return "";
  const at = Number.isFinite(times[frame]) ? `${times[frame].toFixed(2)} s` : "time unknown";
  const kinds = kindsAt(marks, frame).map((kind) => ` (${kind})`).join("");
  const place = numbers ? `frame ${numbers[frame]}${kinds} (place ${frame} of 0 to ${frames - 1})` : `frame ${frame}${kinds} (0 to ${frames - 1})`;
  return `${place}  \u00b7  ${at}${playedSpeed(times, pace, speed)}`;
}

function playedSpeed(times, pace, speed) {
  if (pace === "real") return `  \u00b7  ${speed}\u00d7 real time`;
  const whole = times[times.length - 1] - times[0];
  if (!(whole > 0)) return "";
  const factor = (speed * whole) / (times.length - 1);
  return `  \u00b7  ${factor >= 10 ? factor.toFixed(0) : factor.toPrecision(2)}\u00d7 real time`;
}
