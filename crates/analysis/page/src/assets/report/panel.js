// The panel of a heap: its fault, what it is like at the current operation, and four pictures.
import { bytesText, grouped, hex, lastAtMost, make, makeSvg } from "../shared/tools.js";
import { PARTS, columnOf, columnStart, lineOf } from "./run.js";
import { onChange, view, xOf } from "./view.js";
import { blockAt, drawPortrait, drawStrip, makeMark, placeMark } from "./portrait.js";
import { drawCost, drawParts, drawSizes } from "./charts.js";
import { faultBox, hereParts } from "./facts.js";
import { joinPointer } from "./controls.js";

/** Makes a figure with scales beside its area. */
function plot(kind, title, label, top, bottom) {
  const area = make("div", { class: "area" });
  const cursor = make("div", { class: "cursor" });
  const [from, to] = [make("span"), make("span")];
  const figure = make(
    "figure",
    { class: kind },
    make("figcaption", {}, title),
    make(
      "div",
      { class: "plot" },
      make(
        "div",
        { class: "y", "aria-hidden": "true" },
        make("span", {}, top),
        make("span", {}, bottom),
      ),
      area,
    ),
  );
  const scale = make("div", { class: "x", "aria-hidden": "true" }, from, to);
  figure.querySelector(".plot").append(scale);
  return { figure, area, cursor, label, from, to };
}

/** Puts a drawing into a figure's area, with the cursor above it. */
function fillArea(made, drawing) {
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", made.label);
  made.area.append(drawing, made.cursor);
}

/** Marks the part of a figure that the heap did not reach. */
function placeEnd(end, run) {
  const left = Math.max(0, xOf(run.ops));
  end.hidden = left >= 1;
  end.style.left = `${100 * left}%`;
}

/** Makes the panel of a heap; `sizeRange` has the smallest and the largest power of two of a free
 * block in any heap. */
export function panel(trace, heap, sizeRange) {
  const box = make("section", { class: "heap", "data-heap": heap.name });
  box.append(make("h2", {}, heap.name));
  const fault = faultBox(heap);
  box.append(fault ?? make("div"));
  box.append(make("p", { class: "check" }, heap.check));
  const { run } = heap;
  if (!run) {
    box.append(make("p", {}, "There is nothing to show before the fault."));
    return box;
  }
  const here = make("p", { class: "here" });
  box.append(make("p", { class: "diagnosis" }, run.diagnosis), here);
  const plots = [
    portraitPlot(trace, heap),
    partsPlot(trace, heap),
    sizesPlot(trace, heap, sizeRange),
    costPlot(trace, heap),
  ];
  for (const made of plots) {
    box.append(made.figure);
    made.end = make("div", { class: "end" });
    if (heap.fault) made.area.append(made.end);
    onChange("range", () => {
      made.draw();
      made.from.textContent = `operation ${grouped(view.from)}`;
      made.to.textContent = grouped(view.to - 1);
      placeEnd(made.end, run);
    });
    onChange("op", () => {
      made.cursor.style.left = `${100 * xOf(view.op + 0.5)}%`;
      made.step?.();
    });
  }
  onChange("op", () => {
    here.replaceChildren(...hereParts(trace, heap, view.op, shown.begins, shown.payload));
  });
  return box;
}

function portraitPlot(trace, heap) {
  const { run } = heap;
  const label =
    `Blocks of ${heap.name} over ${grouped(trace.ops)} operations, by address: ` +
    `the heap has ${grouped(run.heap_bytes)} bytes at its largest`;
  const made = plot(
    "portrait",
    "Addresses over time: each block from its first operation to its last; " +
      "right, the heap at this operation",
    label,
    hex(run.heap_start + trace.mostHeap),
    hex(run.heap_start),
  );
  const canvas = make("canvas");
  const strip = make("canvas", {
    class: "strip",
    role: "img",
    "aria-label": `Blocks of ${heap.name} at the current operation`,
  });
  const mark = makeMark();
  fillArea(made, canvas);
  made.area.append(mark);
  made.area.after(strip);
  const ends = [...made.figure.querySelectorAll(".y span")];
  made.draw = () => {
    drawPortrait(canvas, trace, run, shownBlock());
    ends[0].textContent = hex(run.heap_start + run.low + view.bytes);
    ends[1].textContent = hex(run.heap_start + run.low);
  };
  made.step = () => {
    const before = run.low;
    placeMark(mark, trace, run, shownBlock());
    if (run.low !== before) made.draw();
    drawStrip(strip, trace, run, shown.live);
  };
  joinPointer(made.area, (op, height) => {
    const place = placeWords(trace, op);
    if (op >= run.ops) return `${place}\nnot reached`;
    const addr = run.heap_start + run.low + Math.floor(height * view.bytes);
    const width = (view.to - view.from) / made.area.clientWidth;
    const reach = (2 * view.bytes) / made.area.clientHeight;
    const block = blockAt(trace, run, [op, width], [addr, reach]);
    if (block >= 0) {
      const until =
        trace.ends[block] < trace.ops ? `line ${lineOf(trace, trace.ends[block])}` : "the end";
      return (
        `${place}\nid ${trace.id[block]}, ${bytesText(trace.bytes[block])} at ` +
        `${hex(run.addrs[block])}\nfrom line ${lineOf(trace, trace.born[block])} to ${until}`
      );
    }
    const isInside = addr - run.heap_start < run.mostHeap[columnOf(trace, op)];
    const what = isInside ? "no payload here: free, or the heap's own" : "above the break";
    return `${place}\n${hex(addr)}: ${what}`;
  });
  return made;
}

function partsPlot(trace, heap) {
  const { run } = heap;
  const { parts } = run.peak;
  const label =
    `Parts of ${heap.name} over time. When payload peaks: payload ${parts.payload_bytes}, ` +
    `headers and footers ${parts.tag_bytes}, padding ${parts.padding_bytes}, ` +
    `free ${parts.free_bytes}, never used ${parts.never_used_bytes}, own ${parts.own_bytes} bytes`;
  const made = plot(
    "parts",
    "Where the bytes are, with the most bytes of heap and payload as lines",
    label,
    grouped(trace.mostHeap),
    "0",
  );
  const svg = makeSvg("svg");
  fillArea(made, svg);
  made.draw = () => drawParts(svg, trace, run);
  joinPointer(made.area, (op) => {
    const place = placeWords(trace, op);
    if (op >= run.ops) return `${place}\nnot reached`;
    const sample = Math.max(0, lastAtMost(run.done, op + 1));
    const lines = PARTS.map(
      (part, number) => `${part.name} ${grouped(run.parts[number][sample])}`,
    ).reverse();
    const after = `after operation ${grouped(run.done[sample] - 1)}`;
    const when = run.done[sample] === 0 ? "before the first operation" : after;
    return `${place}\nlooked at ${when}:\n${lines.join("\n")}`;
  });
  return made;
}

function sizesPlot(trace, heap, sizeRange) {
  const { run } = heap;
  const label =
    `Sizes of the free blocks of ${heap.name} over time. When payload peaks there are ` +
    `${run.peak.free_blocks} free blocks, the largest of ` +
    `${run.peak.largest_free_block_bytes} bytes`;
  const made = plot(
    "sizes",
    "Free blocks by size: a row is a power of two, darker are more blocks",
    label,
    grouped(2 ** (sizeRange[1] + 1)),
    grouped(2 ** sizeRange[0]),
  );
  const svg = makeSvg("svg");
  fillArea(made, svg);
  made.draw = () => drawSizes(svg, trace, run, sizeRange);
  joinPointer(made.area, (op, height) => {
    const place = placeWords(trace, op);
    if (op >= run.ops) return `${place}\nnot reached`;
    const sample = Math.max(0, lastAtMost(run.done, op + 1));
    const log2 = sizeRange[0] + Math.floor(height * (sizeRange[1] - sizeRange[0] + 1));
    const range = `of ${grouped(2 ** log2)} to ${grouped(2 ** (log2 + 1) - 1)} bytes`;
    let entry = lastAtMost(run.freeSample, sample - 1) + 1;
    while (run.freeSample[entry] === sample && run.freeLog2[entry] !== log2) entry++;
    const isThere = run.freeSample[entry] === sample;
    const count = isThere ? run.freeCount[entry] : 0;
    const bytes = isThere ? `, ${grouped(run.freeBytes[entry])} bytes` : "";
    return (
      `${place}\n${grouped(count)} ${count === 1 ? "free block" : "free blocks"} ${range}${bytes}\n` +
      `of ${grouped(run.freeBlocks[sample])}, the largest of ` +
      bytesText(run.largestFree[sample])
    );
  });
  return made;
}

function costPlot(trace, heap) {
  const { run } = heap;
  const { worst } = run;
  const named = worst
    ? `Worst: line ${worst.line}, ${worst.operation}: ${grouped(worst.loads + worst.stores)} words`
    : "No operation";
  const made = plot(
    "cost",
    `Words read and written by an operation, on a logarithmic scale. ${named}`,
    `Cost of the operations of ${heap.name}. ${named}`,
    grouped(trace.mostTouches),
    "0",
  );
  const svg = makeSvg("svg");
  fillArea(made, svg);
  made.draw = () => drawCost(svg, trace, run);
  joinPointer(made.area, (op) => {
    const place = placeWords(trace, op);
    if (op >= run.ops) return `${place}\nnot reached`;
    const column = columnOf(trace, op);
    const [start, end] = [
      columnStart(trace, column),
      Math.min(run.ops, columnStart(trace, column + 1)),
    ];
    const own = run.touches ? `\n${grouped(run.touches[op])} words` : "";
    if (end - start <= 1) return place + own;
    const mean = (run.totalTouches[column] / (end - start)).toFixed(1);
    const [least, most] = [run.leastTouches[column], run.mostTouches[column]].map(grouped);
    return (
      `${place}${own}\noperations ${grouped(start)} to ${grouped(end - 1)}: ${least} to ${most} ` +
      `words, ${mean} on average; most at line ${lineOf(trace, run.mostTouchesOp[column])}`
    );
  });
  return made;
}

function placeWords(trace, op) {
  return `operation ${grouped(op)}, line ${lineOf(trace, op)}`;
}

/** What is known of the current operation: its blocks, and all that live after it. */
export const shown = { begins: -1, ends: -1, live: [], payload: 0 };

/** Returns the block that the current operation asks for, or else the one that it ends. */
function shownBlock() {
  return shown.begins >= 0 ? shown.begins : shown.ends;
}
