// The portrait of a heap: each block as a rectangle, from its first operation to its last, and from
// its lowest address to its highest; and a strip with the blocks of one moment.
import { columnOf, columnStart, lastAtMost, liveAfter } from "./run.js";
import { colour, make, view } from "./view.js";

const SHADES = ["--payload", "--payload-2", "--payload-3"];

/** A picture's pixels as 32-bit colours, with its rows from the top. */
function pixelsOf(canvas) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  return { context, image, pixels, width: canvas.width, height: canvas.height };
}

function fill({ pixels, width }, x0, x1, y0, y1, value) {
  for (let y = y0; y < y1; y++) pixels.fill(value, y * width + x0, y * width + x1);
}

/** Draws the free part of the heap below the break: pale, with a hatch. */
function drawHeap(picture, x0, x1, bytes, scale, [pale, line]) {
  const top = picture.height - Math.round(bytes * scale);
  for (let y = Math.max(0, top); y < picture.height; y++) {
    for (let x = x0; x < x1; x++) {
      picture.pixels[y * picture.width + x] = (x + y) % 7 === 0 ? line : pale;
    }
  }
}

/** Returns the rows of a block: at least one. */
function rowsOf(picture, offset, bytes, scale) {
  const bottom = picture.height - Math.floor(offset * scale);
  const top = picture.height - Math.ceil((offset + bytes) * scale);
  const y1 = Math.max(1, Math.min(picture.height, bottom));
  return [Math.max(0, Math.min(top, y1 - 1)), y1];
}

/** Draws the part of the run that is shown. Returns how many blocks are in it. */
export function drawPortrait(canvas, trace, run) {
  const picture = pixelsOf(canvas);
  const scale = picture.height / trace.mostHeap;
  const perOp = picture.width / (view.to - view.from);
  const free = [colour("--free-pale"), colour("--free")];
  const first = columnOf(trace, view.from);
  for (let column = Math.max(0, first); column < run.mostHeap.length; column++) {
    const x0 = Math.max(0, Math.floor((columnStart(trace, column) - view.from) * perOp));
    const end = Math.min(columnStart(trace, column + 1), run.ops);
    const x1 = Math.min(picture.width, Math.ceil((end - view.from) * perOp));
    if (x0 >= picture.width) break;
    drawHeap(picture, x0, x1, run.mostHeap[column], scale, free);
  }
  const shades = SHADES.map(colour);
  let drawn = 0;
  for (let block = 0; block < run.addrs.length && trace.born[block] < view.to; block++) {
    const ends = Math.min(trace.ends[block], run.ops);
    if (ends <= view.from || run.addrs[block] === 0) continue;
    const x0 = Math.max(0, Math.floor((trace.born[block] - view.from) * perOp));
    const x1 = Math.min(picture.width, Math.max(x0 + 1, Math.floor((ends - view.from) * perOp)));
    const [y0, y1] = rowsOf(picture, run.addrs[block] - run.heap_start, trace.bytes[block], scale);
    fill(picture, x0, x1, y0, y1, shades[block % 3]);
    drawn++;
  }
  picture.context.putImageData(picture.image, 0, 0);
  canvas.dataset.blocks = drawn;
  return drawn;
}

/** Draws the blocks that live after the current operation. */
export function drawStrip(canvas, trace, run, live) {
  const picture = pixelsOf(canvas);
  const scale = picture.height / trace.mostHeap;
  if (view.op < run.ops) {
    const bytes = run.mostHeap[columnOf(trace, view.op)] ?? 0;
    drawHeap(picture, 0, picture.width, bytes, scale, [colour("--free-pale"), colour("--free")]);
    const shades = SHADES.map(colour);
    for (const block of live) {
      if (!run.addrs[block]) continue;
      const [y0, y1] = rowsOf(picture, run.addrs[block] - run.heap_start, trace.bytes[block], scale);
      fill(picture, 0, picture.width, y0, y1, shades[block % 3]);
    }
  }
  picture.context.putImageData(picture.image, 0, 0);
  canvas.dataset.blocks = view.op < run.ops ? live.length : 0;
}

/** Returns the block at an address after an operation; a block that lives for less than a column is
 * found there too. -1 if there is none. */
export function blockAt(trace, run, op, width, addr) {
  let found = -1;
  const until = lastAtMost(trace.born, op + width);
  for (let block = 0; block <= until && block < run.addrs.length; block++) {
    const start = run.addrs[block];
    if (addr < start || addr >= start + Math.max(1, trace.bytes[block]) || start === 0) continue;
    if (trace.ends[block] <= op - width) continue;
    if (trace.born[block] <= op && trace.ends[block] > op) return block;
    found = block;
  }
  return found;
}

/** Makes the mark around a block. */
export function makeMark() {
  return make("div", { class: "chosen", hidden: "" });
}

/** Puts the mark around the block that the current operation asks for or ends. */
export function placeMark(mark, trace, run, block) {
  mark.hidden = !(block >= 0 && block < run.addrs.length && run.addrs[block] > 0);
  if (mark.hidden) return;
  const span = view.to - view.from;
  const left = (Math.max(trace.born[block], view.from) - view.from) / span;
  const right = (Math.min(trace.ends[block], view.to, run.ops) - view.from) / span;
  const bottom = (run.addrs[block] - run.heap_start) / trace.mostHeap;
  mark.style.left = `${100 * left}%`;
  mark.style.width = `${100 * Math.max(0, right - left)}%`;
  mark.style.bottom = `${100 * bottom}%`;
  mark.style.height = `${(100 * trace.bytes[block]) / trace.mostHeap}%`;
}

/** Returns what is alive after the current operation. */
export function liveNow(trace) {
  return liveAfter(trace, view.op);
}
