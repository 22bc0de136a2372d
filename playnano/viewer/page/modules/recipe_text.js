// The recipe as YAML: its errors stand under the text, and the line of the first is marked in it.

import { element } from "./dom.js";

export class RecipeText {
  // `typed(text)` is told what the user types.
  constructor(typed) {
    this.area = element("textarea", { id: "recipe-text", spellcheck: false, rows: 18, wrap: "off", ariaLabel: "Recipe as YAML" });
    this.area.setAttribute("aria-describedby", "text-problems");
    this.mark = element("div", { className: "error-line", hidden: true });
    this.problems = element("pre", { id: "text-problems", className: "error" });
    this.root = element("details", {}, element("summary", { textContent: "Recipe as YAML" }),
      element("div", { className: "marked-text" }, this.area, this.mark), this.problems);
    this.area.addEventListener("input", () => typed(this.area.value));
    this.area.addEventListener("scroll", () => this.#place());
    this.root.addEventListener("toggle", () => this.#place());
  }

  show(text) {
    if (this.area.value !== text) this.area.value = text;
  }

  showProblems(message) {
    this.problems.textContent = message;
    this.line = Number(message.match(/^recipe:(\d+):/m)?.[1] ?? 0);
    this.#place();
    if (message && document.activeElement === this.area) this.problems.scrollIntoView({ block: "nearest" });
  }

  #place() {
    this.mark.hidden = !this.line;
    const { lineHeight, paddingTop } = getComputedStyle(this.area);
    const top = parseFloat(paddingTop) + (this.line - 1) * parseFloat(lineHeight) - this.area.scrollTop;
    this.mark.style.top = `${top}px`;
    this.mark.style.height = lineHeight;
    this.mark.dataset.line = this.line;
  }
}
