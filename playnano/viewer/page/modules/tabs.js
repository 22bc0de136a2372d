// The panels at the right, one at a time.

import { element } from "./dom.js";

export function createTabs() {
  const list = document.querySelector("#tabs");
  const panels = [...document.querySelectorAll("[role=tabpanel]")];
  const tabs = panels.map((panel) => element("button", {
    type: "button", role: "tab", id: `tab-${panel.id}`, textContent: panel.getAttribute("aria-label"),
    onclick: () => choose(panel), "aria-controls": panel.id,
  }));
  list.append(...tabs);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = tabs.indexOf(document.activeElement);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });

  function choose(panel) {
    panels.forEach((other, i) => {
      other.hidden = other !== panel;
      tabs[i].setAttribute("aria-selected", String(other === panel));
      tabs[i].tabIndex = other === panel ? 0 : -1;
    });
    document.querySelector("#stage").dispatchEvent(new Event("drawn"));
  }
  choose(panels[0]);

  // Show the panel of that name, and put the focus on its tab.
  return (name) => {
    const at = panels.findIndex(({ id }) => id === `panel-${name}`);
    choose(panels[at]);
    tabs[at].focus();
  };
}
