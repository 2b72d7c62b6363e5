// The blocks of a process, and which of them live at a moment.
import { readList } from "../shared/unpack.js";

/** What is shown: a process, a moment, the chosen block, and the addresses on the map. Blocks are
 * named by their row among all blocks of the process. */
export const view = { process: null, moment: 0, chosen: -1, low: 0, high: 0 };

/** The moments, by their names in the page's address. */
export const MOMENTS = ["peak", "end"];

/** Returns a process with its lists read. */
export function readProcess(document, entry, bytes) {
  if (entry.missing !== null) return { ...entry, rows: null };
  const list = (place) => readList(bytes, place);
  const { content } = entry.rows;
  const rows = {
    offset: list(entry.rows.offset),
    size: list(entry.rows.size),
    beyond: list(entry.rows.beyond),
    call: list(entry.rows.call),
    moments: list(entry.rows.moments),
    content: bytes.subarray(content.at, content.at + content.count),
    contentAt: null,
  };
  rows.contentAt = new Float64Array(rows.size.length + 1);
  for (let row = 0; row < rows.size.length; row++) {
    const length = Math.min(rows.size[row], document.content_bytes);
    rows.contentAt[row + 1] = rows.contentAt[row] + length;
  }
  const moments = entry.moments.map((moment, index) => {
    const { cells } = moment;
    const read = cells && { ...cells, payload: list(cells.payload), beyond: list(cells.beyond) };
    return { ...moment, cells: read, live: liveRows(rows, index) };
  });
  return { ...entry, rows, moments };
}

/** Returns the rows of the blocks that live at a moment, by address. */
function liveRows(rows, moment) {
  const live = [];
  rows.moments.forEach((moments, row) => {
    if (moments & (1 << moment)) live.push(row);
  });
  return Uint32Array.from(live);
}

/** Returns the moment that is shown. */
export function momentNow() {
  return view.process.moments[view.moment];
}

/** Returns whether all blocks of the moment are on the page. */
export function isComplete(moment) {
  return moment.live.length === moment.blocks;
}

/** Returns the sums over the blocks of a moment: of its rows if all are on the page. */
export function sums(process, moment) {
  if (!isComplete(moment)) {
    const { blocks, payload_bytes, usable_bytes } = moment;
    return { blocks, payload: payload_bytes, usable: usable_bytes };
  }
  let [payload, usable] = [0, 0];
  for (const row of moment.live) {
    payload += process.rows.size[row];
    usable += process.rows.size[row] + process.rows.beyond[row];
  }
  return { blocks: moment.live.length, payload, usable };
}

/** Returns the address of a block in the process. */
export function addressOf(row) {
  return view.process.base + view.process.rows.offset[row];
}

/** Returns the content of a block, as far as it is on the page. */
export function contentOf(row) {
  const { rows } = view.process;
  return rows.content.subarray(rows.contentAt[row], rows.contentAt[row + 1]);
}

const decoder = new TextDecoder("utf-8");

/** Returns bytes as text: what is not text is a dot. */
export function textOf(bytes) {
  return decoder.decode(bytes).replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]/gu, "\u00b7");
}

/** Returns the index among the live rows of the last block that begins at an offset or before it;
 * -1 if there is none. */
export function lastBefore(live, offset) {
  const offsets = view.process.rows.offset;
  let [from, to] = [0, live.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (offsets[live[middle]] <= offset) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

/** Returns the row of the block that has an offset in its usable bytes; -1 if there is none. */
export function rowAt(live, offset) {
  const index = lastBefore(live, offset);
  if (index < 0) return -1;
  const row = live[index];
  const { rows } = view.process;
  const end = rows.offset[row] + rows.size[row] + rows.beyond[row];
  return offset < end ? row : -1;
}
