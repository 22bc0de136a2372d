// Requests to the server. Addresses are relative, so that the page works behind a tunnel or a proxy.

export class Refusal extends Error {
  constructor(status, body) {
    super(body.message || "the viewer does not answer");
    this.status = status;
  }
}

async function answered(address, options) {
  const response = await fetch(address, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    const ended = new Refusal(0, { message: "the viewer has ended: start it again, and open the new address" });
    dispatchEvent(new CustomEvent("ended", { detail: ended }));
    throw ended;
  });
  if (response.ok) return response;
  const text = await response.text();
  let body = { message: text };
  try { body = JSON.parse(text); } catch { /* plain text is the message */ }
  throw new Refusal(response.status, body);
}

export async function getJson(address, signal) {
  return (await answered(address, { signal })).json();
}

export async function postJson(address, value, signal) {
  const headers = { "content-type": "application/json" };
  return (await answered(address, { method: "POST", headers, body: JSON.stringify(value), signal })).json();
}

export async function remove(address) {
  return (await answered(address, { method: "DELETE" })).json();
}

export async function getBytes(address, signal) {
  return new Uint8Array(await (await answered(address, { signal })).arrayBuffer());
}

const HEADER = 16;

// An image as the server sends it: heights as float32, masks and overlays as one byte per pixel.
export async function getImage(address, signal) {
  const { buffer } = await getBytes(address, signal);
  const view = new DataView(buffer);
  const [height, width] = [view.getUint32(8, true), view.getUint32(12, true)];
  const isMask = view.getUint8(4) === 1;
  const pixels = isMask ? new Uint8Array(buffer, HEADER) : new Float32Array(buffer, HEADER);
  return { height, width, isMask, pixels };
}

// Ask after a job until it has ended; `onProgress` hears of it, `signal` cancels it.
export async function finished(number, { onProgress = () => {}, signal } = {}) {
  const cancel = () => remove(`api/jobs/${number}`).catch(() => {}); // it may have ended meanwhile
  if (signal?.aborted) await cancel();
  signal?.addEventListener("abort", cancel); // at once: it takes time from what comes next
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 500)) {
    const job = await getJson(`api/jobs/${number}`);
    onProgress(job);
    if (job.state !== "running") {
      signal?.removeEventListener("abort", cancel);
      return job;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
