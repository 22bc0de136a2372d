// What the page remembers from one time to the next, on this machine only.

const KEPT = ["cmap", "speed", "pace", "loop", "scaleBar", "timestamp", "colourBar", "maskOpacity", "maskColour", "percentiles", "sameRange"];
const PLACE = "playnano-viewer";

export function createSettings(store) {
  const remembered = read();
  const isKept = (key) => key in remembered && (key !== "speed" || isSpeed(remembered.speed));
  const kept = Object.fromEntries(KEPT.filter(isKept).map((key) => [key, remembered[key]]));
  document.documentElement.dataset.theme = remembered.theme ?? "dark";
  bind(store, "#speed", "speed", Number);
  bind(store, "#pace", "pace", String);
  bind(store, "#loop", "loop", String);
  store.set(kept);
  store.on(KEPT, save);

  function save() {
    const now = Object.fromEntries(KEPT.map((key) => [key, store.state[key]]));
    write({ ...now, theme: document.documentElement.dataset.theme });
  }

  function toggleTheme() {
    const { dataset } = document.documentElement;
    dataset.theme = dataset.theme === "dark" ? "light" : "dark";
    save();
  }
  return { toggleTheme };
}

const [SLOWEST, FASTEST] = [0.1, 1000]; // as the field says

function isSpeed(value) {
  return value >= SLOWEST && value <= FASTEST;
}

// A page inside another one may be denied its storage: then nothing is remembered, and all else works.
function read() {
  try {
    const value = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    return value && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

function write(value) {
  try { localStorage.setItem(PLACE, JSON.stringify(value)); } catch { /* see above */ }
}

function bind(store, id, key, parse) {
  const control = document.querySelector(id);
  control.addEventListener("change", () => {
    const value = parse(control.value);
    if (key !== "speed" || isSpeed(value)) store.set({ [key]: value });
    show(store.state); // where it was refused, the last one comes back
  });
  const show = (state) => { control.value = key === "speed" ? Number(state[key].toPrecision(3)) : state[key]; };
  store.on([key], show);
  show(store.state);
}
