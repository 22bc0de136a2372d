// A folder of movies: tiles with a thumbnail and a mark, made when they come into view, a few at a time.

import { getJson, postJson } from "./api.js";
import { element } from "./dom.js";

const THUMB = 96; // px of the screen, its height
const MARKS = { good: "g", bad: "b", maybe: "m" }; // and their keys
const AT_ONCE = 3; // requests for tiles; those for frames need room beside them

export class Movies {
  // `choose(number)` shows a movie.
  constructor(store, choose) {
    this.store = store;
    this.choose = choose;
    this.nav = document.querySelector("#movies");
    this.waiting = [];
    this.fetching = 0;
    this.marks = {};
    this.seen = new IntersectionObserver((entries) => this.#cameIntoView(entries), { root: this.nav, rootMargin: "200px" });
  }

  async begin({ movies: names, labels, marks_file: file }) {
    this.names = names;
    if (names.length < 2) return;
    this.nav.hidden = false;
    this.tiles = labels.map((label, number) => this.#tile(label, number));
    this.note = element("input", { type: "text", id: "note", ariaLabel: "Note on this movie", placeholder: "Note (n)", maxLength: 2000, onchange: () => this.#say({ note: this.note.value }) });
    this.note.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === "Escape") this.note.blur(); });
    this.buttons = Object.entries(MARKS).map(([word, key]) => element("button", {
      type: "button", textContent: word, title: `Mark the movie as ${word}, or take the mark away (${key})`, onclick: () => this.mark(word),
    }));
    const kept = element("p", { id: "marks-file", className: "quiet", textContent: `Marks: ${file}`,
      title: `Run the good ones: playnano run recipe.yaml --from ${file} --marked good` });
    this.nav.append(element("div", { className: "note" }, element("div", { className: "row" }, ...this.buttons), this.note, kept), element("ol", {}, ...this.tiles));
    this.tiles.forEach((tile) => this.seen.observe(tile));
    this.store.on(["movie"], () => this.#chosen());
    this.#chosen();
    this.#marked(await getJson("api/marks").catch((error) => this.#failed(error)));
  }

  step(by) {
    const next = this.store.state.movie + by;
    if (next >= 0 && next < this.names.length) this.choose(next);
  }

  mark(word) {
    const [now] = this.#own();
    this.#say({ mark: now === word ? "" : word });
  }

  writeNote() {
    this.note?.focus();
  }

  #own() {
    return this.marks[this.names[this.store.state.movie]] ?? ["", ""];
  }

  async #say(change) {
    if (this.names.length < 2) return;
    const [mark, note] = this.#own();
    const answer = await postJson("api/marks", { movie: this.store.state.movie, mark, note, ...change }).catch((error) => this.#failed(error));
    this.#marked(answer);
  }

  #failed(error) {
    this.store.set({ error: error.message });
    return this.marks;
  }

  #marked(marks) {
    this.marks = marks;
    this.tiles.forEach((tile, number) => {
      const [mark, note] = marks[this.names[number]] ?? ["", ""];
      tile.dataset.mark = mark;
      tile.querySelector(".mark").textContent = note ? `${mark} \u2022 ${note}` : mark;
    });
    this.#showOwn();
  }

  #showOwn() {
    const [mark, note] = this.#own();
    this.note.value = note;
    this.buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.textContent === mark)));
  }

  #tile(name, number) {
    const open = element("button", { type: "button", title: name, onclick: () => this.choose(number) },
      element("span", { className: "thumb" }),
      element("span", { className: "tile-name", textContent: name }),
      element("span", { className: "tile-facts quiet" }),
      element("span", { className: "mark" }));
    return element("li", { className: "tile", dataset: { number, mark: "" } }, open);
  }

  #chosen() {
    this.tiles.forEach((tile, number) => {
      const isShown = number === this.store.state.movie;
      tile.firstChild.setAttribute("aria-current", String(isShown));
      if (isShown) tile.scrollIntoView({ block: "nearest" });
    });
    this.#showOwn();
  }

  #cameIntoView(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.seen.unobserve(target);
      this.waiting.push(target);
    }
    while (this.fetching < AT_ONCE && this.waiting.length) this.#fetchAll();
  }

  // Fetch tiles until none waits; a few of these run side by side.
  async #fetchAll() {
    this.fetching += 1;
    while (this.waiting.length) {
      const tile = this.waiting.shift();
      try {
        fill(tile, await getJson(`api/tiles/${tile.dataset.number}`));
      } catch (error) {
        fill(tile, { problem: error.message });
      }
    }
    this.fetching -= 1;
  }
}

function fill(tile, { problem, frames, size_nm: size, duration_s: duration, date, picture, aspect }) {
  const told = tile.querySelector(".tile-facts");
  told.classList.toggle("error", Boolean(problem));
  told.title = problem;
  told.textContent = problem.split(`${tile.querySelector(".tile-name").textContent}: `).at(-1) || [`${frames} ${frames === 1 ? "frame" : "frames"}`,
    size && `${size.map((nm) => nm.toFixed(0)).reverse().join(" x ")} nm`, duration !== null && `${duration.toFixed(1)} s`, date].filter(Boolean).join(", ");
  if (!picture) return;
  const image = element("img", { src: picture, alt: "" });
  Object.assign(image.style, { width: `min(100%, ${THUMB * aspect}px)`, aspectRatio: aspect });
  tile.querySelector(".thumb").append(image);
}
