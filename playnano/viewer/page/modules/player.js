// Which frame is shown when: every frame at a chosen rate, or as long as it took, times a factor.

import { nextMarked } from "./marks.js";

export class Player {
  // `show(index)` draws a frame; false where it is not there yet, and then the clock waits for it.
  constructor(store, show) {
    this.store = store;
    this.show = show;
    this.direction = 1;
    this.due = 0;
    this.drawn = 0;
    this.dropped = 0;
  }

  toggle() {
    this.store.set({ playing: !this.store.state.playing });
    if (this.store.state.playing) this.#start();
  }

  pause() {
    this.store.set({ playing: false });
  }

  // Show a frame and stop there.
  goTo(index) {
    this.pause();
    const { frames } = this.store.state;
    this.store.set({ frame: Math.min(Math.max(index, 0), frames - 1) });
  }

  // Show the frame that tables call by a number.
  goToNumber(number) {
    const { numbers } = this.store.state;
    const place = numbers ? numbers.indexOf(number) : number;
    if (place >= 0) this.goTo(place); // otherwise it is not in the layer shown
  }

  goToMarked(direction) {
    const { marks, frame } = this.store.state;
    this.goTo(nextMarked(marks, frame, direction) ?? frame);
  }

  #start() {
    if (this.#next() === null) this.store.set({ frame: 0 });
    this.due = performance.now();
    [this.drawn, this.dropped] = [0, 0];
    requestAnimationFrame((now) => this.#tick(now));
  }

  #tick(now) {
    if (!this.store.state.playing) return;
    if (now >= this.due - 4) this.#advance(now);
    requestAnimationFrame((later) => this.#tick(later));
  }

  #advance(now) {
    const next = this.#next();
    if (next === null) return this.pause();
    if (!this.show(next)) {
      this.due = now; // not fetched yet: nothing is skipped, the clock waits
      return;
    }
    const wait = this.#duration(next);
    if (now - this.due > wait) this.dropped += 1;
    this.due = now - this.due > 4 * wait ? now + wait : this.due + wait;
    this.drawn += 1;
    this.store.set({ frame: next });
  }

  // The frame after the one shown; null at the end.
  #next() {
    const { frame, frames, loop } = this.store.state;
    if (frames < 2) return null;
    let next = frame + (loop === "ping-pong" ? this.direction : 1);
    if (next >= 0 && next < frames) return next;
    if (loop === "once") return null;
    if (loop === "loop") return 0;
    this.direction *= -1;
    next = frame + this.direction;
    return next;
  }

  #duration(index) {
    const { pace, speed, times } = this.store.state;
    if (pace === "rate") return 1000 / speed;
    const at = Math.min(index, times.length - 2);
    const seconds = times[at + 1] - times[at];
    return (1000 * (seconds > 0 ? seconds : 1)) / speed;
  }
}
