// What the page remembers from one time to the next, on this machine only.

const KEPT = ["cmap", "speed", "pace", "loop", "scaleBar", "timestamp", "maskOpacity"];
const PLACE = "playnano-viewer";

export function createSettings(store) {
  const remembered = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
  const kept = Object.fromEntries(KEPT.filter((key) => key in remembered).map((key) => [key, remembered[key]]));
  document.documentElement.dataset.theme = remembered.theme ?? "dark";
  bind(store, "#speed", "speed", Number);
  bind(store, "#pace", "pace", String);
  bind(store, "#loop", "loop", String);
  store.set(kept);
  store.on(KEPT, save);

  function save() {
    const now = Object.fromEntries(KEPT.map((key) => [key, store.state[key]]));
    localStorage.setItem(PLACE, JSON.stringify({ ...now, theme: document.documentElement.dataset.theme }));
  }

  function toggleTheme() {
    const { dataset } = document.documentElement;
    dataset.theme = dataset.theme === "dark" ? "light" : "dark";
    save();
  }
  return { toggleTheme };
}

function bind(store, id, key, read) {
  const control = document.querySelector(id);
  control.addEventListener("change", () => {
    const value = read(control.value);
    if (value || value === "") store.set({ [key]: value });
  });
  store.on([key], (state) => { control.value = key === "speed" ? Number(state[key].toPrecision(3)) : state[key]; });
  control.value = store.state[key];
}
