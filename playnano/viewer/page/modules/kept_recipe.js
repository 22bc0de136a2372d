// The recipe that is being edited, kept by this tab until it is closed: a reload shows it again, with its undo.

const [PLACE, MOST] = ["playnano-recipe", 50]; // changes to undo

// What this tab kept of the same viewer, {movie, text, past, future, inputs, file}; null where there is nothing. `viewer` tells viewers apart.
export function keptRecipe(viewer) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PLACE));
    return kept?.viewer === viewer ? kept : null;
  } catch { // denied to a page inside another one
    return null;
  }
}

// Where it does not fit, it is kept without its undo; an earlier one is never what a reload shows.
export function keepRecipe(viewer, { past, future, ...recipe }) {
  const kept = { viewer, ...recipe, past: past.slice(-MOST), future: future.slice(-MOST) };
  try {
    if (!isStored(kept) && !isStored({ ...kept, past: [], future: [] })) sessionStorage.removeItem(PLACE);
  } catch { /* see above */ }
}

function isStored(kept) {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(kept));
    return true;
  } catch { // full
    return false;
  }
}

// Another movie, or another recipe to begin with, is another viewer, though its address may be the same.
export function viewerOf({ root, beginning }) {
  return JSON.stringify([root, beginning]);
}
