// The page's beginning: state, parts, and what joins them.

import { getJson, Refusal } from "./api.js";
import { Annotations } from "./annotations.js";
import { createColourBar } from "./colour_bar.js";
import { DEFAULT_CMAP } from "./colormap_menu.js";
import { Drawing } from "./drawing.js";
import { ExportPanel } from "./export.js";
import { Frames } from "./frames.js";
import { DEFAULT_PERCENTILES, HeightsPanel } from "./heights.js";
import { listenToKeys } from "./keys.js";
import { keepRecipe, keptRecipe, viewerOf } from "./kept_recipe.js";
import { createLayers } from "./layers.js";
import { MeasurePanel } from "./measure.js";
import { Movies } from "./movies.js";
import { createOtherRange } from "./other_range.js";
import { createPaneLabels } from "./panes.js";
import { Player } from "./player.js";
import { RecipePanel } from "./recipe.js";
import { createScrub } from "./scrub.js";
import { createReading } from "./pointer.js";
import { createSettings } from "./settings.js";
import { Stage } from "./stage.js";
import { createStore } from "./store.js";
import { TablesPanel } from "./tables.js";
import { createTabs } from "./tabs.js";

const store = createStore({
  movie: 0, movies: [], key: "", layers: [], layer: "", frame: 0, frames: 0, times: [], unit: "", aspect: 1, pixelSize: [null, null],
  numbers: null, asRead: null, badFrames: {}, marks: {}, dropped: [], playing: false, pace: "rate", speed: 10, loop: "loop", tool: "pan",
  zmin: 0, zmax: 1, zscale: "movie", otherRange: null, sameRange: false, cmap: DEFAULT_CMAP, histogram: null, range: null, showClipped: false, showNan: false,
  scaleBar: false, timestamp: false, colourBar: false, annotationError: "", maskError: "",
  compareMode: "none", compareLayer: "raw", maskLayer: "", maskOpacity: 0.5, maskColour: "#26ccbf", percentiles: DEFAULT_PERCENTILES,
  recipeText: "", recipeFile: "", savedTexts: {}, typedInputs: "", stepCount: 0, analysisCount: 0, error: "", problem: "",
});
const frames = new Frames();
const stage = new Stage(store, frames);
const player = new Player(store, (index) => stage.show(index));
const heights = new HeightsPanel(store, stage);
const recipe = new RecipePanel(store);
const exporting = new ExportPanel(store, stage, recipe);
const movies = new Movies(store, showMovie);
const drawing = new Drawing(store, stage);
new MeasurePanel(store, stage, drawing, recipe);
new TablesPanel(store, (number) => player.goToNumber(number));
new Annotations(store, stage);
createReading(store, stage);
createColourBar(store, stage);
createScrub(store, player);
createLayers(store);
createOtherRange(store);
createPaneLabels(store, stage);
const showPanel = createTabs();
const { toggleTheme } = createSettings(store);

store.on(["playing"], ({ playing }) => {
  document.body.dataset.state = playing ? "playing" : "paused";
  document.querySelector("#play").textContent = playing ? "Pause" : "Play";
});
store.on(["layer", "key", "error", "problem", "annotationError"], ({ layer, key, error, problem, annotationError }) => {
  Object.assign(document.body.dataset, { layer, recipe: key, error: error || problem });
  const message = document.querySelector("#message");
  message.textContent = error || problem.split("\n")[0] || annotationError; // the panel shows the lines of the recipe
  stage.main.classList.toggle("stale", Boolean(problem)); // the picture is that before the problem
  message.hidden = !message.textContent;
});

addEventListener("ended", ({ detail }) => store.set({ error: detail.message, playing: false }));
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Refusal)) return;
  store.set({ error: event.reason.message });
  event.preventDefault();
});

const click = (id, act) => document.querySelector(id).addEventListener("click", act);
click("#play", () => player.toggle());
click("#first", () => player.goTo(0));
click("#last", () => player.goTo(store.state.frames - 1));
click("#back", () => player.goTo(store.state.frame - 1));
click("#forward", () => player.goTo(store.state.frame + 1));
click("#theme", toggleTheme);

listenToKeys([
  { keys: [" "], text: "play and pause", act: () => player.toggle() },
  { keys: ["ArrowRight", "l"], text: "next frame", act: () => player.goTo(store.state.frame + 1) },
  { keys: ["ArrowLeft", "h"], text: "previous frame", act: () => player.goTo(store.state.frame - 1) },
  { keys: ["Home"], text: "first frame", act: () => player.goTo(0) },
  { keys: ["End"], text: "last frame", act: () => player.goTo(store.state.frames - 1) },
  { keys: ["."], text: "next marked frame", act: () => player.goToMarked(1) },
  { keys: [","], text: "previous marked frame", act: () => player.goToMarked(-1) },
  { keys: ["]"], text: "faster", act: () => store.set({ speed: Math.min(store.state.speed * 1.25, 1000) }) },
  { keys: ["["], text: "slower", act: () => store.set({ speed: Math.max(store.state.speed / 1.25, 0.1) }) },
  { keys: ["f"], text: "fit the image", act: () => stage.view.fit() },
  { keys: ["1"], text: "one pixel of the image on one of the screen", act: () => stage.view.actual() },
  { keys: ["+"], text: "zoom in", act: () => stage.view.zoomAt(1.25, middle(), stage.part()) },
  { keys: ["-"], text: "zoom out", act: () => stage.view.zoomAt(0.8, middle(), stage.part()) },
  { keys: ["Shift ArrowLeft", "Shift ArrowRight", "Shift ArrowUp", "Shift ArrowDown"], label: "Shift arrows", text: "move the image", act: pan },
  { keys: ["R"], text: "the recipe", act: () => showPanel("recipe") },
  { keys: ["s"], text: "add a step", act: addStep },
  { keys: ["H"], text: "heights and colours", act: () => showPanel("heights") },
  { keys: ["M"], text: "measure", act: () => showPanel("measure") },
  { keys: ["B"], text: "tables", act: () => showPanel("tables") },
  { keys: ["E"], text: "export", act: () => showPanel("export") },
  { keys: ["i"], text: "measure a line", act: () => draw("line") },
  { keys: ["r"], text: "measure, mask or crop a rectangle", act: () => draw("rectangle") },
  { keys: ["p"], text: "measure or mask a polygon", act: () => draw("polygon") },
  { keys: ["Escape"], text: "put the tool away; leave a field", act: () => store.set({ tool: "pan" }) },
  { keys: ["c"], text: "flicker between the compared layers", act: () => { stage.flicker = !stage.flicker; stage.draw(); } },
  { keys: ["a"], text: "automatic z-range of the movie", act: () => heights.auto() },
  { keys: ["u"], text: "undo the last change of the recipe", act: () => recipe.undo() },
  { keys: ["U"], text: "redo it", act: () => recipe.redo() },
  { keys: ["j"], text: "next movie", act: () => movies.step(1) },
  { keys: ["k"], text: "previous movie", act: () => movies.step(-1) },
  { keys: ["g"], text: "mark the movie as good", act: () => movies.mark("good") },
  { keys: ["b"], text: "mark it as bad", act: () => movies.mark("bad") },
  { keys: ["m"], text: "mark it as maybe", act: () => movies.mark("maybe") },
  { keys: ["n"], text: "write a note on it", act: () => movies.writeNote() },
  { keys: ["x"], text: "drop this frame", act: () => recipe.dropFrame() },
  { keys: ["F"], text: "full screen", act: () => (document.fullscreenElement ? document.exitFullscreen() : document.body.requestFullscreen()) },
  { keys: ["T"], text: "light or dark", act: toggleTheme },
]);

let developedAt = -Infinity;
stage.main.addEventListener("gone", async () => {
  if (performance.now() - developedAt < 2000) return store.set({ error: "this layer cannot be shown" });
  developedAt = performance.now();
  const { playing } = store.state;
  player.pause();
  await recipe.again();
  frames.failed.clear();
  if (store.state.problem) return;
  stage.refresh();
  if (playing) player.toggle();
});

// A tool chosen by its key: the points can be written at once.
function draw(tool) {
  showPanel("measure");
  store.set({ tool });
  document.querySelector("#points").focus();
}

function addStep() {
  showPanel("recipe");
  document.querySelector("#steps input[type=search]")?.focus();
}

function pan({ key }) {
  const [x, y] = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
  const [, , width, height] = stage.part();
  stage.view.pan((x * width) / 10, (y * height) / 10);
}

async function showMovie(number) {
  player.pause();
  stage.clear();
  named(number);
  await recipe.showMovie(number);
}

function named(number) {
  const name = store.state.movies[number];
  document.title = `${name} \u2013 playnano`;
  Object.assign(document.querySelector("#title"), { textContent: name, title: name });
}

function middle() {
  const [left, top, width, height] = stage.part();
  return [left + width / 2, top + height / 2];
}

const session = await getJson("api/session");
const viewer = viewerOf(session);
const kept = keptRecipe(viewer);
store.set({ movies: session.labels, movie: kept?.movie ?? 0, recipeFile: kept?.file?.name ?? session.recipe_file ?? "" });
named(store.state.movie);
store.on(["recipeText", "movie", "recipeFile", "savedTexts", "typedInputs"], ({ movie, recipeText: text }) => {
  const { past, future, inputs, file } = recipe;
  keepRecipe(viewer, { movie, text, past, future, inputs, file: { name: file.name.value, texts: file.texts } });
});
await recipe.begin(session, kept);
exporting.begin(session);
await movies.begin(session);
