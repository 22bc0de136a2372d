// What the z-range follows: the movie, every frame, or nothing.

import { element } from "./dom.js";

export function rangeControls(store, heights) {
  const choice = (zscale, textContent, title, onclick) => element("button", { type: "button", value: zscale, textContent, title, onclick });
  const buttons = [
    choice("movie", "Movie", "Percentiles of the movie, as the exports choose them (a)", () => heights.auto()),
    choice("frame", "Every frame", "Percentiles of each frame by itself, as exports with `zscale: frame`", () => heights.everyFrame()),
    choice("fixed", "Fixed", "Keep the range as it is now, for all frames", () => heights.fix()),
  ];
  const show = ({ zscale }) => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.value === zscale)));
    const note = document.querySelector("#no-colour-bar");
    if (note) note.hidden = zscale !== "frame";
  };
  store.on(["zscale"], show);
  show(store.state);
  return element("div", { className: "choice", role: "group", ariaLabel: "z-range" }, ...buttons);
}
