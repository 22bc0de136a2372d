// Heights coloured by the graphics card: the palette is a texture, so a new range or colormap costs nothing.
// The arithmetic is the exporters': index = trunc(clip((z - zmin) * 240 / (zmax - zmin), 0, 239)), NaN its own colour.

const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
uniform sampler2D heights;
uniform sampler2D others;
uniform sampler2D palette;
uniform usampler2D mask;
uniform vec2 origin;      // of the image on the canvas, px from the top left
uniform vec2 zoom;        // canvas px per image px
uniform vec2 size;        // of the image, px
uniform float canvasHeight;
uniform float zmin;
uniform float scale;
uniform int difference;   // colour heights - others
uniform int showClipped;
uniform int showNan;
uniform float opacity;    // of the mask; 0 where there is none
uniform vec3 maskColour;
out vec4 colour;
void main() {
  vec2 place = (vec2(gl_FragCoord.x, canvasHeight - gl_FragCoord.y) - origin) / zoom;
  if (any(lessThan(place, vec2(0.0))) || any(greaterThanEqual(place, size))) discard;
  ivec2 pixel = ivec2(place);
  float z = texelFetch(heights, pixel, 0).r;
  if (difference == 1) z -= texelFetch(others, pixel, 0).r;
  uint bits = floatBitsToUint(z);
  bool isNumber = (bits & 0x7f800000u) != 0x7f800000u;
  float place240 = (z - zmin) * scale;
  int index = isNumber ? int(clamp(place240, 0.0, 239.0)) : 240;
  vec3 rgb = texelFetch(palette, ivec2(index, 0), 0).rgb;
  if (showNan == 1 && !isNumber) rgb = vec3(1.0, 0.0, 1.0);
  if (showClipped == 1 && isNumber && place240 < 0.0) rgb = vec3(0.1, 0.35, 1.0);
  if (showClipped == 1 && isNumber && place240 > 240.0) rgb = vec3(1.0, 0.15, 0.1);
  if (opacity > 0.0 && texelFetch(mask, pixel, 0).r != 0u) rgb = mix(rgb, maskColour, opacity);
  colour = vec4(rgb, 1.0);
}`;

export class GlPainter {
  name = "webgl";

  constructor(canvas, { evenEmulated = false } = {}) {
    const options = { alpha: true, antialias: false, preserveDrawingBuffer: true, failIfMajorPerformanceCaveat: !evenEmulated };
    const gl = canvas.getContext("webgl2", options);
    if (!gl) throw new Error("WebGL2 is not available");
    this.canvas = canvas;
    this.gl = gl;
    this.program = linked(gl);
    this.places = new Map();
    this.textures = {};
    this.uploaded = {};
    gl.useProgram(this.program);
    gl.bindVertexArray(gl.createVertexArray());
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    ["heights", "others", "palette", "mask"].forEach((name, unit) => this.#sampler(name, unit));
  }

  setPalette(colours) {
    const { gl } = this;
    const rgba = new Uint8Array(256 * 4);
    for (let entry = 0; entry < colours.length / 3; entry++) {
      rgba.set([colours[3 * entry], colours[3 * entry + 1], colours[3 * entry + 2], 255], 4 * entry);
    }
    gl.activeTexture(gl.TEXTURE2);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  }

  clear() {
    this.gl.disable(this.gl.SCISSOR_TEST);
    this.gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    this.gl.clearColor(0, 0, 0, 0);
    this.gl.clear(this.gl.COLOR_BUFFER_BIT);
  }

  // Paint an image: {image, other, mask, maskColour, opacity, zmin, zmax, origin, zoom, clip, showClipped, showNan}; px of the canvas.
  paint(what) {
    const { gl } = this;
    this.#upload("heights", 0, what.image);
    this.#upload("others", 1, what.other);
    this.#upload("mask", 3, what.mask);
    const [left, top, width, height] = what.clip ?? [0, 0, this.canvas.width, this.canvas.height];
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(left, this.canvas.height - top - height, width, height);
    gl.uniform2f(this.#place("origin"), ...what.origin);
    gl.uniform2f(this.#place("zoom"), ...what.zoom);
    gl.uniform2f(this.#place("size"), what.image.width, what.image.height);
    gl.uniform1f(this.#place("canvasHeight"), this.canvas.height);
    gl.uniform1f(this.#place("zmin"), what.zmin);
    gl.uniform1f(this.#place("scale"), 240 / (what.zmax - what.zmin));
    gl.uniform1i(this.#place("difference"), what.other ? 1 : 0);
    gl.uniform1i(this.#place("showClipped"), what.showClipped ? 1 : 0);
    gl.uniform1i(this.#place("showNan"), what.showNan ? 1 : 0);
    gl.uniform1f(this.#place("opacity"), what.mask ? what.opacity : 0);
    gl.uniform3f(this.#place("maskColour"), ...what.maskColour.map((value) => value / 255));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #sampler(name, unit) {
    const { gl } = this;
    this.textures[name] = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[name]);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    if (name === "mask") gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, 1, 1, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, new Uint8Array(1));
    else gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 1, 1, 0, gl.RED, gl.FLOAT, new Float32Array(1));
    gl.uniform1i(this.#place(name), unit);
  }

  #upload(name, unit, image) {
    if (!image || this.uploaded[name] === image) return;
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    const { width, height, pixels } = image;
    if (name === "mask") gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, pixels);
    else gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, width, height, 0, gl.RED, gl.FLOAT, asHeights(image));
    this.uploaded[name] = image;
  }

  #place(name) {
    if (!this.places.has(name)) this.places.set(name, this.gl.getUniformLocation(this.program, name));
    return this.places.get(name);
  }
}

export function asHeights({ isMask, pixels }) {
  return isMask ? Float32Array.from(pixels) : pixels;
}

function linked(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  return program;
}
