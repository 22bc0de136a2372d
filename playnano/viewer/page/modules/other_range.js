// The automatic z-range of the layer that is compared with: raw heights lie far from levelled ones.

import { getJson, Refusal } from "./api.js";
import { otherLayer } from "./compare.js";

export function createOtherRange(store) {
  store.on(["compareMode", "compareLayer", "layers", "key", "percentiles"], ask);
  let held = "";

  async function ask(state) {
    const other = otherLayer(state);
    if (!other || other.is_mask || state.compareMode === "difference") return;
    const look = encodeURIComponent(JSON.stringify({ percentiles: state.percentiles }));
    const address = `api/ranges/${state.movie}/${state.key}/${encodeURIComponent(other.name)}?look=${look}`;
    if (address === held) return;
    held = address;
    store.set({ otherRange: null });
    try {
      const { zmin, zmax } = await getJson(address);
      if (address === held) store.set({ otherRange: [zmin, zmax] });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // until it is there, each frame has its own
      held = "";
    }
  }
}
