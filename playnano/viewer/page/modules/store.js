// What the page shows, in one place; whoever draws a part of it listens.

export function createStore(initial) {
  const listeners = new Set();
  let state = initial;
  return {
    get state() { return state; },
    set(patch) {
      const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
      if (!changed.length) return;
      state = { ...state, ...patch };
      for (const { keys, listen } of listeners) {
        if (!keys || changed.some((key) => keys.includes(key))) listen(state);
      }
    },
    // `listen(state)` is called when one of `keys` changes; at any change without them.
    on(keys, listen) {
      listeners.add({ keys, listen });
    },
  };
}
