// A trace and the runs of heaps on it, and what they were like at an operation.
import { bytesText, grouped, largest, lastAtMost } from "../shared/tools.js";
import { readList } from "../shared/unpack.js";

/** The parts of a heap, from the bottom of the picture to its top. */
export const PARTS = [
  { name: "payload", fill: "var(--payload)" },
  { name: "headers, footers", fill: "var(--tags)" },
  { name: "padding", fill: "url(#bars)" },
  { name: "free", fill: "url(#hatch)" },
  { name: "never used", fill: "url(#dots)" },
  { name: "the heap's own", fill: "var(--own)" },
];

/** Returns a trace with its lists read. */
export function readTrace(document, entry, bytes) {
  const list = (place) => readList(bytes, place);
  const [born, lives] = [list(entry.born), list(entry.lives)];
  const trace = {
    ...entry,
    calls: document.calls,
    lineOps: list(entry.line_ops),
    lineNumbers: list(entry.lines),
    born,
    ends: born.map((op, block) => op + lives[block]),
    id: list(entry.id),
    bytes: list(entry.bytes),
    call: list(entry.call),
    leastPayload: list(entry.least_payload),
    mostPayload: list(entry.most_payload),
    endedBy: new Int32Array(entry.ops + 1).fill(-1),
  };
  trace.ends.forEach((op, block) => (trace.endedBy[op] = block));
  trace.heaps = entry.heaps.map((heap) => readHeap(heap, list, document.align));
  const runs = trace.heaps.map((heap) => heap.run).filter(Boolean);
  trace.mostHeap = Math.max(1, ...runs.map((run) => run.heap_bytes));
  trace.mostTouches = Math.max(1, ...runs.map((run) => largest(run.mostTouches)));
  return trace;
}

function readHeap(heap, list, align) {
  if (!heap.run) return { ...heap, run: null };
  const { run } = heap;
  const { samples } = run;
  return {
    ...heap,
    run: {
      ...run,
      low: 0,
      addrs: list(run.addrs).map((multiple) => multiple * align),
      leastHeap: list(run.least_heap),
      mostHeap: list(run.most_heap),
      totalTouches: list(run.total_touches),
      leastTouches: list(run.least_touches),
      mostTouches: list(run.most_touches),
      mostTouchesOp: list(run.most_touches_op),
      touches: run.touches && list(run.touches),
      done: list(samples.ops_done),
      parts: samples.parts.map(list),
      liveBlocks: list(samples.live_blocks),
      freeBlocks: list(samples.free_blocks),
      largestFree: list(samples.largest_free_block_bytes),
      freeSample: list(samples.free_sample),
      freeLog2: list(samples.free_log2),
      freeCount: list(samples.free_count),
      freeBytes: list(samples.free_bytes),
    },
  };
}

/** Returns the line of an operation in the trace's file. */
export function lineOf(trace, op) {
  const at = lastAtMost(trace.lineOps, op);
  return at < 0 ? null : trace.lineNumbers[at] + op - trace.lineOps[at];
}

/** Returns the first operation on a line or below it; none if there is none. */
export function opAtLine(trace, line) {
  let [from, to] = [0, trace.ops];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (lineOf(trace, middle) < line) from = middle + 1;
    else to = middle;
  }
  return from < trace.ops ? from : null;
}

/** Returns the first operation of a column. */
export function columnStart(trace, column) {
  return Math.floor((column * trace.ops) / Math.max(1, trace.columns));
}

/** Returns the column of an operation. */
export function columnOf(trace, op) {
  let column = Math.min(
    trace.columns - 1,
    Math.floor((op * trace.columns) / Math.max(1, trace.ops)),
  );
  while (column + 1 < trace.columns && columnStart(trace, column + 1) <= op) column++;
  return column;
}

/** Returns the block that an operation asks for, and the one that it ends; -1 for none. */
export function blocksOf(trace, op) {
  const at = lastAtMost(trace.born, op);
  return { begins: at >= 0 && trace.born[at] === op ? at : -1, ends: trace.endedBy[op] ?? -1 };
}

/** Returns whether all blocks of the trace are on the page. */
export function hasAllBlocks(trace) {
  return trace.born.length === trace.blocks;
}

/** Returns what an operation is, in words. */
export function describeOp(trace, op) {
  if (trace.ops === 0) return "The trace has no operations.";
  const { begins, ends } = blocksOf(trace, op);
  const place = `Operation ${grouped(op)} of ${grouped(trace.ops)}, line ${lineOf(trace, op)}`;
  const of = (block) => `id ${trace.id[block]}, ${bytesText(trace.bytes[block])}`;
  if (begins >= 0) {
    const call = trace.calls[trace.call[begins]];
    const before = ends >= 0 ? ` (before: ${bytesText(trace.bytes[ends])})` : "";
    return `${place}: ${call}, ${of(begins)}${before}`;
  }
  if (ends >= 0) return `${place}: free, ${of(ends)}`;
  const other = hasAllBlocks(trace) ? "no block begins or ends" : "its block is not on this page";
  return `${place}: ${other}`;
}

/** Returns the blocks that live after an operation, and their requested bytes. */
export function liveAfter(trace, op) {
  const live = [];
  let bytes = 0;
  for (let block = 0; block < trace.born.length && trace.born[block] <= op; block++) {
    if (trace.ends[block] > op) {
      live.push(block);
      bytes += trace.bytes[block];
    }
  }
  return { live, bytes };
}
