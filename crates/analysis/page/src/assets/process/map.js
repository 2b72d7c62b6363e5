// The map of the heap: a cell for each part of it, from the lowest address to the highest, in rows.
//
// A cell is filled from below: payload, then what rounding added. What is left is neither: tags and
// free blocks.
import { colour, grouped, hex, make } from "../shared/tools.js";
import { isComplete, lastBefore, momentNow, rowAt, textOf, contentOf, view } from "./heap.js";

/** The size of a cell in pixels, with the gap to the next. */
const CELL = { width: 6, height: 12 };

/** A map has at most this many rows. */
const MOST_ROWS = 32;

/** What the map shows now: its cells, the bytes of a cell, the columns. */
const drawn = { cells: null, bytes: 16, columns: 1, low: 0 };

/** Counts what of each cell is payload and what rounding. */
function count(moment, low, high, bytes) {
  const cells = Math.max(0, Math.ceil((high - low) / bytes));
  const [payload, beyond] = [new Float64Array(cells), new Float64Array(cells)];
  const { rows } = view.process;
  const share = (sums, from, to) => {
    for (let at = Math.max(low, from); at < Math.min(to, high);) {
      const cell = Math.floor((at - low) / bytes);
      const end = Math.min(to, high, low + (cell + 1) * bytes);
      sums[cell] += end - at;
      at = end;
    }
  };
  for (let index = Math.max(0, lastBefore(moment.live, low)); index < moment.live.length; index++) {
    const row = moment.live[index];
    const start = rows.offset[row];
    if (start >= high) break;
    const end = start + rows.size[row];
    share(payload, start, end);
    share(beyond, end, end + rows.beyond[row]);
  }
  return { payload, beyond };
}

/** Draws the map. `marked` has the rows that a search has found, or is null. */
export function drawMap(canvas, marked) {
  const moment = momentNow();
  const width = Math.max(CELL.width, canvas.parentElement.clientWidth);
  drawn.columns = Math.floor(width / CELL.width);
  if (moment.cells) {
    drawn.bytes = moment.cells.bytes;
    [drawn.cells, drawn.low] = [moment.cells, 0];
  } else {
    const most = drawn.columns * MOST_ROWS;
    drawn.bytes = Math.max(16, Math.ceil((view.high - view.low) / most / 16) * 16);
    drawn.low = view.low;
    drawn.cells = count(moment, view.low, view.high, drawn.bytes);
  }
  const cells = drawn.cells.payload.length;
  const height = Math.max(1, Math.ceil(cells / drawn.columns)) * CELL.height;
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const [pale, blue, pink] = ["--free-pale", "--payload", "--padding"].map(colourText);
  for (let cell = 0; cell < cells; cell++) {
    const [x, y] = placeOf(cell);
    const [w, h] = [CELL.width - 1, CELL.height - 2];
    const last = Math.min(drawn.bytes, view.high - drawn.low - cell * drawn.bytes);
    const total = moment.cells ? drawn.bytes : Math.max(1, last);
    const payload = (drawn.cells.payload[cell] / total) * h;
    const beyond = (drawn.cells.beyond[cell] / total) * h;
    fill(context, pale, x, y, w, h);
    fill(context, pink, x, y + h - payload - beyond, w, beyond);
    fill(context, blue, x, y + h - payload, w, payload);
  }
  markRows(context, marked);
  canvas.dataset.cells = cells;
  canvas.dataset.bytes = drawn.bytes;
}

function fill(context, style, x, y, width, height) {
  if (height <= 0) return;
  context.fillStyle = style;
  context.fillRect(x, y, width, height);
}

function colourText(name) {
  const bytes = colour(name);
  return `rgb(${bytes & 255} ${(bytes >> 8) & 255} ${(bytes >> 16) & 255})`;
}

function placeOf(cell) {
  const row = Math.floor(cell / drawn.columns);
  return [(cell % drawn.columns) * CELL.width, row * CELL.height];
}

/** Marks the cells of found blocks by a line below, and those of the chosen one by a frame. */
function markRows(context, marked) {
  const mark = colourText("--mark");
  for (const cell of new Set(Array.from(marked ?? []).flatMap(cellsOf))) {
    const [x, y] = placeOf(cell);
    fill(context, mark, x, y + CELL.height - 2, CELL.width - 1, 2);
  }
  if (view.chosen < 0) return;
  context.strokeStyle = mark;
  context.lineWidth = 2;
  for (const cell of cellsOf(view.chosen)) {
    const [x, y] = placeOf(cell);
    context.strokeRect(x, y, CELL.width - 1, CELL.height - 2);
  }
}

/** Returns the cells of a block that are shown. */
function cellsOf(row) {
  const { rows } = view.process;
  const start = rows.offset[row] - drawn.low;
  const cells = [];
  const first = Math.max(0, Math.floor(start / drawn.bytes));
  const end = Math.min(start + rows.size[row], drawn.cells.payload.length * drawn.bytes);
  for (let cell = first; cell * drawn.bytes < end; cell++) cells.push(cell);
  return cells;
}

/** Returns the offsets of the cell at the pointer; none outside. */
function cellAt(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const column = Math.floor((event.clientX - box.left) / CELL.width);
  const row = Math.floor((event.clientY - box.top) / CELL.height);
  const cell = row * drawn.columns + column;
  const isInside = column >= 0 && column < drawn.columns && row >= 0;
  return isInside && cell < drawn.cells.payload.length
    ? { cell, low: drawn.low + cell * drawn.bytes, high: drawn.low + (cell + 1) * drawn.bytes }
    : null;
}

/** Returns the rows of blocks with bytes in a range of offsets, at most `most`, and how many there
 * are. */
function rowsIn(low, high, most) {
  const { live } = momentNow();
  const { rows } = view.process;
  const first = rowAt(live, low);
  let index = lastBefore(live, low) + (first >= 0 ? 0 : 1);
  const [some, from] = [[], index];
  for (; index < live.length && rows.offset[live[index]] < high; index++) {
    if (some.length < most) some.push(live[index]);
  }
  return { some, count: index - from };
}

/** Returns what a reader is told of the cell at the pointer. */
export function told(canvas, event) {
  const at = cellAt(canvas, event);
  if (!at) return "above the break";
  const { base, rows } = view.process;
  const end = Math.min(at.high, view.high);
  const bytes = (part) => grouped(drawn.cells[part][at.cell]);
  const { some, count: all } = rowsIn(at.low, end, 4);
  const lines = some.map((row) => {
    const text = textOf(contentOf(row)).slice(0, 24);
    return `${hex(base + rows.offset[row])}: ${grouped(rows.size[row])} bytes, call ${rows.call[row]} ${text}`;
  });
  if (all > some.length) lines.push(`and ${grouped(all - some.length)} more blocks`);
  const rest = isComplete(momentNow()) ? [] : ["(blocks that are in the table)"];
  return [
    `${hex(base + at.low)} to ${hex(base + end)}`,
    `payload ${bytes("payload")}, rounding ${bytes("beyond")} of ${grouped(end - at.low)} bytes`,
    ...lines,
    ...rest,
  ].join("\n");
}

/** Returns the row of the largest block in the cell at the pointer; -1 if there is none. */
export function blockAtPointer(canvas, event) {
  const at = cellAt(canvas, event);
  if (!at) return -1;
  const { rows } = view.process;
  const { some } = rowsIn(at.low, at.high, 1000);
  return some.reduce(
    (one, other) => (one >= 0 && rows.size[one] >= rows.size[other] ? one : other),
    -1,
  );
}

/** Shows this many times as many addresses, around the chosen block or the middle. */
export function zoomMap(factor) {
  const { heap_bytes: all, cells } = momentNow();
  if (cells) return;
  const { rows } = view.process;
  const middle =
    view.chosen >= 0
      ? rows.offset[view.chosen] + rows.size[view.chosen] / 2
      : (view.low + view.high) / 2;
  const bytes = Math.max(
    Math.min(LEAST_BYTES, all),
    Math.min(all, (view.high - view.low) * factor),
  );
  const low = Math.max(0, Math.min(all - bytes, middle - bytes / 2));
  view.low = Math.floor(low / 16) * 16;
  view.high = Math.min(all, view.low + Math.ceil(bytes));
}

/** A map shows at least this many bytes. */
const LEAST_BYTES = 1024;

/** Returns the addresses at the two ends of the map, and the bytes of a cell, in words. */
export function mapSentence() {
  const { base } = view.process;
  const [low, high] = [drawn.low, momentNow().cells ? momentNow().heap_bytes : view.high];
  return `Map of the heap by address, ${hex(base + low)} to ${hex(base + high)}: a cell is ${grouped(drawn.bytes)} bytes`;
}

/** Makes the legend. */
export function mapLegend() {
  const swatch = (...classes) =>
    make("span", { class: ["swatch", ...classes].join(" "), "aria-hidden": "true" });
  return [
    make("li", {}, swatch("payload"), "payload, from the bottom of a cell"),
    make("li", {}, swatch("beyond"), "rounding, above it"),
    make("li", {}, swatch("rest"), "neither: tags, free blocks, the heap's own"),
    make("li", {}, swatch("rest", "found"), "a block that was searched for"),
    make("li", {}, swatch("rest", "chosen-cell"), "the chosen block"),
  ];
}
