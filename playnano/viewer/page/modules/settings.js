// What the page remembers from one time to the next, on this machine only.

const KEPT = ["cmap", "speed", "pace", "loop", "scaleBar", "timestamp", "colourBar", "maskOpacity", "maskColour", "percentiles"];
const PLACE = "playnano-viewer";

export function createSettings(store) {
  const remembered = read();
  const kept = Object.fromEntries(KEPT.filter((key) => key in remembered).map((key) => [key, remembered[key]]));
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
    if (value || value === "") store.set({ [key]: value });
  });
  store.on([key], (state) => { control.value = key === "speed" ? Number(state[key].toPrecision(3)) : state[key]; });
  control.value = store.state[key];
}
