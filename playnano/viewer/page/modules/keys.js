// Everything works with the keyboard alone; `?` shows how.

import { element } from "./dom.js";

export function listenToKeys(actions) {
  const sheet = document.querySelector("#keys");
  sheet.append(
    element("h2", { textContent: "Keys" }),
    element("dl", {}, ...actions.flatMap(({ keys, label, text }) => [
      element("dt", {}, ...(label ? [label] : keys.map(named)).map((textContent) => element("kbd", { textContent }))),
      element("dd", { textContent: text }),
    ])),
    element("form", { method: "dialog" }, element("button", { textContent: "Close" })),
  );
  const show = () => {
    sheet.showModal();
    sheet.scrollTop = 0; // its button, which has the focus, is at the end
  };
  document.querySelector("#help").addEventListener("click", show);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || sheet.open) return;
    if (isTyping(event.target)) return event.key === "Escape" && document.querySelector("#stage").focus();
    if (event.key === "?") return show();
    const name = event.shiftKey && event.key.length > 1 ? `Shift ${event.key}` : event.key;
    const action = actions.find(({ keys }) => keys.includes(name));
    if (!action || (event.key === " " && event.target.matches("button"))) return;
    event.preventDefault();
    action.act(event);
  });
}

function isTyping(target) {
  return target.matches("textarea, select, input:not([type=range]):not([type=checkbox])");
}

function named(key) {
  return key === " " ? "Space" : key.replace("Arrow", "");
}
