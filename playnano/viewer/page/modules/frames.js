// Frames held by the page: fetched ahead of the player, forgotten when they need more than a set memory.

import { getImage } from "./api.js";

export const MEMORY = 512 * 2 ** 20;
const AT_ONCE = 4;

export class Frames {
  constructor() {
    this.held = new Map(); // address -> image, the least recently used first
    this.coming = new Map(); // address -> promise
    this.failed = new Map(); // address -> why, of those that were fetched ahead
    this.bytes = 0;
    this.waiting = [];
  }

  address(movie, key, layer, index) {
    return `api/frames/${movie}/${key}/${encodeURIComponent(layer)}/${index}`;
  }

  // The image where it is held; undefined where it has to be fetched first.
  get(address) {
    const image = this.held.get(address);
    if (image) {
      this.held.delete(address);
      this.held.set(address, image);
    }
    return image;
  }

  fetch(address) {
    const image = this.get(address);
    if (image) return Promise.resolve(image);
    if (!this.coming.has(address)) this.coming.set(address, this.#fetched(address));
    return this.coming.get(address);
  }

  // Fetch these in order, a few at once; an earlier list that is not done yet is dropped. One that failed is
  // tried again by `fetch` only.
  ahead(addresses) {
    this.waiting = addresses.filter((address) => ![this.held, this.coming, this.failed].some((has) => has.has(address)));
    this.#next();
  }

  #next() {
    while (this.coming.size < AT_ONCE && this.waiting.length) {
      const address = this.waiting.shift();
      this.fetch(address).catch((error) => this.failed.set(address, error)).finally(() => this.#next());
    }
  }

  async #fetched(address) {
    this.failed.delete(address);
    try {
      const image = await getImage(address);
      this.#hold(address, image);
      return image;
    } finally {
      this.coming.delete(address);
    }
  }

  #hold(address, image) {
    this.held.set(address, image);
    this.bytes += image.pixels.byteLength;
    for (const [oldest, { pixels }] of this.held) {
      if (this.bytes <= MEMORY || oldest === address) break;
      this.held.delete(oldest);
      this.bytes -= pixels.byteLength;
    }
  }
}
