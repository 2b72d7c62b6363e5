// The portrait of a heap: each block as a rectangle, from its first operation to its last, and from
// its lowest address to its highest; and a strip with the blocks of one moment.
//
// A pixel stands for many bytes and operations. It is mixed of payload and of what is not payload
// as they share it, so that small blocks between small holes do not look like one large block.
import { colour, lastAtMost, make } from "../shared/tools.js";
import { columnOf, columnStart, liveAfter } from "./run.js";
import { view } from "./view.js";

/** Neighbours in time have different shades. */
const SHADES = ["--payload", "--payload-2", "--payload-3"];

/** However little of a pixel is payload, this much of it is seen. */
const LEAST_SEEN = 0.2;

/** Pixels as 32-bit colours, with rows from the top; and how much of each is payload. */
function pictureOf(canvas) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const { width, height } = canvas;
  return {
    context,
    image,
    width,
    height,
    pixels: new Uint32Array(image.data.buffer),
    covered: new Float32Array(width * height),
    shade: new Uint8Array(width * height),
  };
}

/** Draws the heap below the break as if it had no payload: pale, with a hatch. */
function drawHeap(picture, x0, x1, bytes, { low, scale }, [pale, line]) {
  const top = picture.height - Math.round((bytes - low) * scale);
  const bottom = picture.height - Math.max(0, Math.floor(-low * scale));
  for (let y = Math.max(0, top); y < bottom; y++) {
    for (let x = x0; x < x1; x++) {
      picture.pixels[y * picture.width + x] = (x + y) % 7 === 0 ? line : pale;
    }
  }
}

/** Returns the lowest byte of the heap that is shown, and how many pixels a byte has in a picture
 * of this height. If the block would not be seen, the part around it is shown. */
export function addresses(trace, run, height, block) {
  const start = run.addrs[block];
  if (view.bytes >= trace.mostHeap) run.low = 0;
  else if (start > 0) {
    const [low, high] = [start - run.heap_start, start - run.heap_start + trace.bytes[block]];
    const isSeen = run.low <= low && high <= run.low + view.bytes;
    const middle = Math.floor((low + Math.min(high, low + view.bytes)) / 2 - view.bytes / 2);
    if (!isSeen) run.low = Math.max(0, Math.min(trace.mostHeap - view.bytes, middle));
  }
  run.low = Math.max(0, Math.min(trace.mostHeap - view.bytes, run.low));
  return { low: run.low, scale: height / view.bytes };
}

/** Notes that a rectangle is payload: `x` and `y` are pixels from the left and from the bottom, and
 * may end within a pixel. */
function cover(picture, x0, x1, y0, y1, shade) {
  const { width, height, covered } = picture;
  if (y1 <= 0) return;
  const [right, top] = [Math.min(x1, width), Math.min(y1, height)];
  for (let y = Math.floor(Math.max(0, y0)); y < top; y++) {
    const high = Math.min(top, y + 1) - Math.max(y0, y);
    const row = (height - 1 - y) * width;
    for (let x = Math.floor(Math.max(0, x0)); x < right; x++) {
      covered[row + x] += high * (Math.min(right, x + 1) - Math.max(x0, x));
      picture.shade[row + x] = shade;
    }
  }
}

/** Mixes the payload into the pixels, and shows them. */
function show(picture) {
  const shades = SHADES.map(colour);
  const { pixels, covered, shade } = picture;
  for (let at = 0; at < pixels.length; at++) {
    if (covered[at] > 0) {
      const part = Math.max(LEAST_SEEN, covered[at]);
      pixels[at] = part > 0.97 ? shades[shade[at]] : mixed(pixels[at], shades[shade[at]], part);
    }
  }
  picture.context.putImageData(picture.image, 0, 0);
}

function mixed(below, above, part) {
  const channel = (shift) => {
    const [low, high] = [(below >>> shift) & 0xff, (above >>> shift) & 0xff];
    return Math.round(low + (high - low) * part) << shift;
  };
  return (0xff000000 | channel(16) | channel(8) | channel(0)) >>> 0;
}

/** Draws the part of the run that is shown, with the addresses around a block. */
export function drawPortrait(canvas, trace, run, around) {
  const picture = pictureOf(canvas);
  const { low, scale } = addresses(trace, run, picture.height, around);
  const perOp = picture.width / (view.to - view.from);
  const free = [colour("--free-pale"), colour("--free")];
  for (
    let column = Math.max(0, columnOf(trace, view.from));
    column < run.mostHeap.length;
    column++
  ) {
    const end = Math.min(columnStart(trace, column + 1), run.ops);
    const x0 = Math.max(0, Math.floor((columnStart(trace, column) - view.from) * perOp));
    const x1 = Math.min(picture.width, Math.ceil((end - view.from) * perOp));
    if (x0 >= picture.width) break;
    drawHeap(picture, x0, x1, run.mostHeap[column], { low, scale }, free);
  }
  let drawn = 0;
  for (let block = 0; block < run.addrs.length && trace.born[block] < view.to; block++) {
    const ends = Math.min(trace.ends[block], run.ops);
    if (ends <= view.from || run.addrs[block] === 0) continue;
    const x0 = (Math.max(trace.born[block], view.from) - view.from) * perOp;
    const x1 = (Math.min(ends, view.to) - view.from) * perOp;
    const y0 = (run.addrs[block] - run.heap_start - low) * scale;
    cover(picture, x0, x1, y0, y0 + trace.bytes[block] * scale, block % 3);
    drawn++;
  }
  show(picture);
  canvas.dataset.blocks = drawn;
}

/** Draws the blocks that live after the current operation. */
export function drawStrip(canvas, trace, run, live) {
  const picture = pictureOf(canvas);
  const { low, scale } = addresses(trace, run, picture.height, -1);
  const isReached = view.op < run.ops;
  if (isReached) {
    const bytes = run.mostHeap[columnOf(trace, view.op)] ?? 0;
    const free = [colour("--free-pale"), colour("--free")];
    drawHeap(picture, 0, picture.width, bytes, { low, scale }, free);
    for (const block of live) {
      if (!run.addrs[block]) continue;
      const y0 = (run.addrs[block] - run.heap_start - low) * scale;
      cover(picture, 0, picture.width, y0, y0 + trace.bytes[block] * scale, block % 3);
    }
  }
  show(picture);
  canvas.dataset.blocks = isReached ? live.length : 0;
}

/** Returns the block that is nearest to an address, at most `reach` bytes from it, and lives after
 * an operation or at most `width` operations from it; -1 if there is none. */
export function blockAt(trace, run, [op, width], [addr, reach]) {
  let [found, least] = [-1, Infinity];
  const until = lastAtMost(trace.born, op + width);
  for (let block = 0; block <= until && block < run.addrs.length; block++) {
    const start = run.addrs[block];
    const end = start + Math.max(1, trace.bytes[block]);
    const bytes = addr < start ? start - addr : Math.max(0, addr - end + 1);
    if (bytes > reach || trace.ends[block] <= op - width || start === 0) continue;
    // To be there at another moment is farther than to be some bytes away.
    const isLive = trace.born[block] <= op && trace.ends[block] > op;
    const distance = bytes + (isLive ? 0 : reach);
    if (distance < least) [found, least] = [block, distance];
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
  const { low, scale } = addresses(trace, run, mark.parentElement.clientHeight, block);
  const height = Math.max(LEAST_MARK, trace.bytes[block] * scale);
  const middle = (run.addrs[block] - run.heap_start - low + trace.bytes[block] / 2) * scale;
  mark.style.left = `${100 * left}%`;
  mark.style.width = `${100 * Math.max(0, right - left)}%`;
  mark.style.bottom = `${middle - height / 2}px`;
  mark.style.height = `${height}px`;
}

/** A mark is at least this high, in pixels. */
const LEAST_MARK = 6;

/** Returns what is alive after the current operation. */
export function liveNow(trace) {
  return liveAfter(trace, view.op);
}
