// The figures of a trace and its heaps as a table and as text. Each has its value in `data-value`,
// for programs that read the page.
import { grouped, hex, make, makeSvg } from "../shared/tools.js";
import { PARTS, columnOf, hasAllBlocks, lineOf } from "./run.js";
import { LEVELS, levelOpacity } from "./charts.js";

/** The rows of the table: name, the figure of a heap, and how it is shown. */
const ROWS = [
  ["utilization", (run) => run.utilization, (value) => `${(100 * value).toFixed(2)} %`],
  ["peak payload bytes", (run) => run.peak_payload_bytes, grouped],
  ["heap bytes", (run) => run.heap_bytes, grouped],
  ["headers, footers at the peak", (run) => run.peak.parts.tag_bytes, grouped],
  ["padding at the peak", (run) => run.peak.parts.padding_bytes, grouped],
  ["free at the peak", (run) => run.peak.parts.free_bytes, grouped],
  ["never used at the peak", (run) => run.peak.parts.never_used_bytes, grouped],
  ["the heap's own at the peak", (run) => run.peak.parts.own_bytes, grouped],
  ["free blocks at the peak", (run) => run.peak.free_blocks, grouped],
  ["sbrk calls", (run) => run.sbrk_calls, grouped],
  ["loads", (run) => run.loads, grouped],
  ["stores", (run) => run.stores, grouped],
  ["worst operation, words", (run) => run.worst && run.worst.loads + run.worst.stores, grouped],
  ["worst operation, line", (run) => run.worst && run.worst.line, String],
];

/** Fills the table. A heap at fault has the figures of what comes before its fault. */
export function fillFacts(table, trace) {
  const heads = trace.heaps.map((heap) => {
    const part = heap.fault && heap.run ? ` (before its fault)` : "";
    return make("th", { scope: "col" }, heap.name + part);
  });
  table.tHead.replaceChildren(make("tr", {}, make("th", { scope: "col" }, "heap"), ...heads));
  const rows = ROWS.map(([name, of, shown]) => {
    const cells = trace.heaps.map((heap) => {
      const value = heap.run ? of(heap.run) : null;
      const text = value === null || value === undefined ? "-" : shown(value);
      const attributes = { "data-fact": name, "data-heap": heap.name, "data-value": value ?? "" };
      return make("td", attributes, text);
    });
    return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
  });
  table.tBodies[0].replaceChildren(...rows);
}

/** Returns what the trace is, in a sentence. */
export function traceSentence(trace) {
  return (
    `${trace.path}: ${grouped(trace.ops)} operations, ${grouped(trace.blocks)} blocks, ` +
    `${grouped(trace.peak_payload_bytes)} payload bytes at the peak.`
  );
}

/** Returns how the pictures leave things out. */
export function samplingSentences(trace) {
  if (trace.ops === 0) return "";
  const perColumn = trace.ops / trace.columns;
  const [least, most] = [Math.floor(perColumn), Math.ceil(perColumn)].map(grouped);
  const count = least === most ? most : `${least} to ${most}`;
  const columns =
    perColumn <= 1
      ? "Each operation has a column of its own."
      : `A column stands for ${count} operations. Of each column the smallest and the largest ` +
        `value are kept, so that a peak is never lost.`;
  const samples = Math.max(0, ...trace.heaps.map((heap) => (heap.run ? heap.run.done.length : 0)));
  const moments =
    samples > trace.ops
      ? "All blocks are looked at after each operation."
      : `All blocks are looked at ${grouped(samples)} times: where payload is smallest and ` +
        `largest in parts of the run, where it peaks, where the heap is largest, and at the end.`;
  const kept = hasAllBlocks(trace)
    ? "All blocks of the program are drawn."
    : `Of ${grouped(trace.blocks)} blocks, the ${grouped(trace.born.length)} that take most ` +
      `bytes for most operations are drawn.`;
  return `${columns} ${moments} ${kept}`;
}

/** Returns what is wrong with a heap; none if nothing is. */
export function faultBox(heap) {
  if (!heap.fault) return null;
  const { code, message, line, operation, op_index: op } = heap.fault;
  const place = line === null ? "" : ` at operation ${grouped(op)}, line ${line}: ${operation}`;
  const box = make("p", { class: "fault", "data-code": code, "data-op": op ?? "" });
  box.append(make("strong", {}, `Fault ${code}${place}. `), `${message}. `);
  const until = line === null ? "" : ` --until ${line}`;
  box.append("See ", make("code", {}, heap.command + until));
  return box;
}

/** Returns what a heap is like after an operation, as parts of a sentence. */
export function hereParts(trace, heap, op, begins, payload) {
  const { run } = heap;
  if (heap.fault && heap.fault.op_index === op) {
    return [make("b", { "data-here": "fault" }, `Fault ${heap.fault.code}`), " at this operation."];
  }
  if (!run || op >= run.ops) return ["Not reached: the run ends before."];
  const column = columnOf(trace, op);
  const parts = [];
  const part = (name, value, text) => {
    parts.push(make("b", { "data-here": name, "data-value": value }, text), ` ${name}; `);
  };
  if (begins >= 0 && run.addrs[begins] !== undefined) {
    part("address", run.addrs[begins], hex(run.addrs[begins]));
  }
  if (hasAllBlocks(trace)) part("payload bytes", payload, grouped(payload));
  const [least, most] = [run.leastHeap[column], run.mostHeap[column]];
  part(
    "heap bytes",
    most,
    least === most ? grouped(most) : `${grouped(least)} to ${grouped(most)}`,
  );
  if (run.touches) {
    part("words read and written", run.touches[op], grouped(run.touches[op]));
  } else {
    part("words at most", run.mostTouches[column], grouped(run.mostTouches[column]));
  }
  parts.push(make("code", {}, `${heap.command} --until ${lineOf(trace, op)}`));
  return parts;
}

/** Fills the legend. */
export function fillLegend(list) {
  const swatch = (fill, opacity = 1) => {
    const svg = makeSvg("svg", { width: 14, height: 14, "aria-hidden": "true" });
    svg.append(
      makeSvg("rect", {
        width: 14,
        height: 14,
        fill,
        "fill-opacity": opacity,
        stroke: "var(--line)",
      }),
    );
    return svg;
  };
  const items = PARTS.map((part) => make("li", {}, swatch(part.fill), part.name));
  LEVELS.forEach((from, level) => {
    const text = level === 0 ? "1 to 3 free blocks of a size" : `${from} or more`;
    items.push(make("li", {}, swatch("var(--free)", levelOpacity(level)), text));
  });
  items.push(
    make(
      "li",
      {},
      swatch("var(--tags)"),
      "words of the most expensive operation, the mean as a line",
    ),
  );
  list.replaceChildren(...items);
}
