// The bar of all frames: the one shown, marks of frames that are not good, what is fetched.

export function createScrub(store, player) {
  const input = document.querySelector("#position");
  const canvas = document.querySelector("#marks");
  input.addEventListener("input", () => player.goTo(Number(input.value)));

  function draw() {
    const { frames, marks } = store.state;
    const style = getComputedStyle(document.documentElement);
    canvas.width = canvas.clientWidth * devicePixelRatio;
    canvas.height = canvas.clientHeight * devicePixelRatio;
    const context = canvas.getContext("2d");
    const width = Math.max(1, canvas.width / Math.max(1, frames));
    for (const { frame, colour } of marks) {
      context.fillStyle = style.getPropertyValue(colour) || colour;
      context.fillRect((frame / frames) * canvas.width, canvas.height * 0.72, Math.max(2, width), canvas.height * 0.28);
    }
  }

  store.on(["frames", "marks"], () => {
    input.max = Math.max(0, store.state.frames - 1);
    draw();
  });
  store.on(["frame"], ({ frame }) => { input.value = frame; });
  store.on(["frame", "frames", "times", "pace", "speed", "marks"], () => {
    document.querySelector("#time").textContent = timeText(store.state);
    input.setAttribute("aria-valuetext", timeText(store.state));
  });
  addEventListener("resize", draw);
}

// Acquisition time and playback speed, apart.
function timeText({ frame, frames, times, pace, speed, marks }) {
  if (!frames) return "";
  const at = Number.isFinite(times[frame]) ? `${times[frame].toFixed(2)} s` : "time unknown";
  const name = marks.some((one) => one.frame === frame) ? "bad frame" : "frame";
  return `${name} ${frame} (0 to ${frames - 1})  \u00b7  ${at}${playedSpeed(times, pace, speed)}`;
}

function playedSpeed(times, pace, speed) {
  if (pace === "real") return `  \u00b7  ${speed}\u00d7 real time`;
  const whole = times[times.length - 1] - times[0];
  if (!(whole > 0)) return "";
  const factor = (speed * whole) / (times.length - 1);
  return `  \u00b7  ${factor >= 10 ? factor.toFixed(0) : factor.toPrecision(2)}\u00d7 real time`;
}
