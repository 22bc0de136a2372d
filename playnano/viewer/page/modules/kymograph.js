// A kymograph: one row a frame, coloured as the picture is. Gives its rows of numbers.

export function kymographImage(canvas, { frames, distance, heights }, colours, zmin, zmax) {
  const numbers = new Float64Array(Uint8Array.from(atob(heights), (letter) => letter.charCodeAt(0)).buffer);
  const width = distance.length;
  const rgba = new Uint8ClampedArray(4 * numbers.length);
  numbers.forEach((z, at) => {
    const index = Number.isFinite(z) ? Math.trunc(Math.min(Math.max(((z - zmin) * 240) / (zmax - zmin), 0), 239)) : 240;
    rgba.set([...colours.subarray(3 * index, 3 * index + 3), 255], 4 * at);
  });
  [canvas.width, canvas.height] = [width, frames];
  canvas.getContext("2d").putImageData(new ImageData(rgba, width), 0, 0);
  return Array.from({ length: frames }, (_, row) => Array.from(numbers.subarray(row * width, (row + 1) * width)));
}
