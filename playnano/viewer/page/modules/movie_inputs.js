// What is typed of a movie's input, such as its pixel size, belongs to that movie: the next one has its own.

const OF_ONE_MOVIE = ["unit", "pixel_size_nm", "frame_interval_s"];

export class MovieInputs {
  constructor() {
    this.typed = {}; // by the movie's number, the settings typed while it was shown
    this.values = ofOneMovie({}); // those of the recipe now
    this.shared = this.values; // those of every other movie
  }

  // Note what a recipe says of the input; `isTyped` where the user has just typed it for this movie.
  note(movie, input, isTyped) {
    const [before, now] = [this.values, ofOneMovie(input)];
    this.values = now;
    const own = (this.typed[movie] ??= {});
    for (const key of Object.keys(own)) {
      if (!isTyped && !isSame(own[key], now[key])) delete own[key]; // a recipe that was loaded says otherwise
    }
    if (!isTyped) return;
    for (const key of OF_ONE_MOVIE) {
      if (isSame(now[key], before[key])) continue;
      if (!(key in own)) this.shared = { ...this.shared, [key]: before[key] };
      own[key] = now[key];
    }
  }

  // What changes in the recipe from one movie to another, and what is left behind with the first.
  change(from, to) {
    const [now, own] = [this.values, this.typed[from] ?? {}];
    const stays = (key) => key in own && isSame(own[key], now[key]);
    const shared = filled((key) => (stays(key) ? this.shared[key] : now[key]));
    const next = { ...shared, ...this.typed[to] };
    Object.assign(this, { shared, values: next });
    const left = OF_ONE_MOVIE.filter((key) => stays(key) && own[key] !== null && !isSame(next[key], own[key]));
    return { values: picked(next, (key) => !isSame(next[key], now[key])), left: picked(own, (key) => left.includes(key)) };
  }

  // From now on these settings are those of every movie.
  share(values) {
    for (const own of Object.values(this.typed)) {
      for (const key of Object.keys(values)) delete own[key];
    }
  }
}

export function inWords(values) {
  return Object.entries(values).map(([key, value]) => `${key} ${Array.isArray(value) ? `[${value.join(", ")}]` : value}`).join(", ");
}

function ofOneMovie(input) {
  return filled((key) => input[key] ?? null);
}

function filled(valueOf) {
  return Object.fromEntries(OF_ONE_MOVIE.map((key) => [key, valueOf(key)]));
}

function picked(values, isChosen) {
  return Object.fromEntries(Object.entries(values).filter(([key]) => isChosen(key)));
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
