// The charts over time: the parts of the heap, the sizes of free blocks, the cost of operations.
import { lastAtMost, makeSvg } from "../shared/tools.js";
import { PARTS, columnOf, columnStart } from "./run.js";
import { view, xOf } from "./view.js";

/** Empties a drawing and gives it the size that it has on the page. */
function begin(svg) {
  const area = svg.parentElement;
  const [width, height] = [Math.max(1, area.clientWidth), Math.max(1, area.clientHeight)];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.replaceChildren();
  return { svg, width, height };
}

/** Returns the samples in the part that is shown, with the one before it. */
function shownSamples(run) {
  const first = Math.max(0, lastAtMost(run.done, view.from));
  let end = first;
  while (end < run.done.length && run.done[end] - 1 < view.to) end++;
  return [first, end];
}

/** A sample shows the heap after an operation, so it begins where the operation does. */
function sampleX(run, sample, width) {
  const op = sample < run.done.length ? Math.max(0, run.done[sample] - 1) : run.ops;
  return round(Math.min(xOf(Math.min(op, run.ops)), 1.01) * width);
}

function round(number) {
  return Math.round(number * 10) / 10;
}

/** Draws the parts of the heap, one on the other, and the most bytes of each column as a line. */
export function drawParts(svg, trace, run) {
  const { width, height } = begin(svg);
  const scale = (height - 1) / trace.mostHeap;
  const [first, end] = shownSamples(run);
  const below = new Float64Array(Math.max(0, end - first));
  PARTS.forEach((part, number) => {
    const [bottom, top] = [[], []];
    for (let sample = first; sample < end; sample++) {
      const x0 = sampleX(run, sample, width);
      const x1 =
        sample + 1 < run.done.length
          ? sampleX(run, sample + 1, width)
          : sampleX(run, run.done.length, width);
      const low = height - below[sample - first] * scale;
      below[sample - first] += run.parts[number][sample];
      const high = height - below[sample - first] * scale;
      top.push(`${x0} ${round(high)}`, `${x1} ${round(high)}`);
      bottom.push(`${x1} ${round(low)}`, `${x0} ${round(low)}`);
    }
    if (top.length === 0) return;
    const d = `M${top.join("L")}L${reversedPairs(bottom).join("L")}Z`;
    svg.append(makeSvg("path", { d, fill: part.fill, "data-part": part.name }));
  });
  svg.append(
    line(
      columnLine(trace, run.mostHeap, run.ops, width, (bytes) => height - bytes * scale),
      "var(--text)",
    ),
  );
  svg.append(
    line(
      columnLine(trace, trace.mostPayload, run.ops, width, (bytes) => height - bytes * scale),
      "var(--payload-3)",
    ),
  );
}

/** The lower edge is drawn from right to left, a sample's two corners kept in order. */
function reversedPairs(points) {
  const pairs = [];
  for (let at = points.length - 2; at >= 0; at -= 2) pairs.push(points[at], points[at + 1]);
  return pairs;
}

/** Returns a line with one step for each column. */
function columnLine(trace, values, ops, width, yOf) {
  const points = [];
  for (let column = Math.max(0, columnOf(trace, view.from)); column < values.length; column++) {
    const [start, end] = [
      columnStart(trace, column),
      Math.min(ops, columnStart(trace, column + 1)),
    ];
    if (start >= view.to || start >= ops) break;
    const y = round(yOf(values[column]));
    points.push(`${round(xOf(start) * width)} ${y}`, `${round(xOf(end) * width)} ${y}`);
  }
  return points;
}

function line(points, stroke) {
  const d = points.length > 0 ? `M${points.join("L")}` : "";
  return makeSvg("path", {
    d,
    fill: "none",
    stroke,
    "stroke-width": 1,
    "vector-effect": "non-scaling-stroke",
  });
}

/** From how many blocks on a size has the next shade. */
export const LEVELS = [1, 4, 16, 64, 256];

/** Returns how much of the colour a level has: even the first is seen on the page's colour. */
export function levelOpacity(level) {
  return 0.3 + (0.7 * level) / (LEVELS.length - 1);
}

/** Draws how many free blocks there are of each size; a row is a power of two. */
export function drawSizes(svg, trace, run, [lowest, highest]) {
  const { width, height } = begin(svg);
  const rowHeight = height / Math.max(1, highest - lowest + 1);
  const paths = LEVELS.map(() => []);
  const [first, end] = shownSamples(run);
  let entry = lastAtMost(run.freeSample, first - 1) + 1;
  for (; entry < run.freeSample.length && run.freeSample[entry] < end; entry++) {
    const sample = run.freeSample[entry];
    const x0 = sampleX(run, sample, width);
    const x1 = Math.max(x0 + 0.5, sampleX(run, sample + 1, width));
    const y = round(height - (run.freeLog2[entry] - lowest + 1) * rowHeight);
    const level = lastAtMost(LEVELS, run.freeCount[entry]);
    paths[level].push(`M${x0} ${y}H${x1}V${round(y + rowHeight)}H${x0}Z`);
  }
  paths.forEach((path, level) => {
    const looks = { fill: "var(--free)", "fill-opacity": levelOpacity(level) };
    svg.append(makeSvg("path", { d: path.join(""), ...looks, "data-from": LEVELS[level] }));
  });
}

/** Costs differ by powers of ten, so their scale is logarithmic; 0 has its own place. */
export function costY(touches, most, height) {
  return height * (1 - Math.log1p(touches) / Math.log1p(most));
}

/** Draws the most and the mean of the words that operations read and write. */
export function drawCost(svg, trace, run) {
  const { width, height } = begin(svg);
  const yOf = (touches) => round(costY(touches, trace.mostTouches, height - 1));
  const isEach = run.touches && view.to - view.from <= 4 * width;
  const bars = [];
  const bar = (x0, x1, touches) => {
    if (x1 > x0) bars.push(`M${round(x0)} ${height}V${yOf(touches)}H${round(x1)}V${height}Z`);
  };
  if (isEach) {
    for (let op = view.from; op < Math.min(view.to, run.ops); op++) {
      bar(xOf(op) * width, xOf(op + 1) * width, run.touches[op]);
    }
  } else {
    for (let column = columnOf(trace, view.from); column < run.mostTouches.length; column++) {
      const [start, end] = [
        columnStart(trace, column),
        Math.min(run.ops, columnStart(trace, column + 1)),
      ];
      if (start >= view.to) break;
      bar(xOf(start) * width, xOf(end) * width, run.mostTouches[column]);
    }
  }
  svg.append(
    makeSvg("path", {
      d: bars.join(""),
      fill: "var(--tags)",
      "data-each": isEach ? "operation" : "column",
    }),
  );
  const mean = run.totalTouches.map((total, column) => {
    const ops = Math.min(run.ops, columnStart(trace, column + 1)) - columnStart(trace, column);
    return total / Math.max(1, ops);
  });
  if (!isEach) svg.append(line(columnLine(trace, mean, run.ops, width, yOf), "var(--text)"));
  if (run.worst && run.worst.op_index >= view.from && run.worst.op_index < view.to) {
    svg.append(worstMark(run.worst, width, height, yOf));
  }
}

/** A triangle at the operation that costs most. */
function worstMark(worst, width, height, yOf) {
  const x = round(xOf(worst.op_index + 0.5) * width);
  const y = Math.min(height - 9, yOf(worst.loads + worst.stores));
  const d = `M${x} ${y}l-5 9h10Z`;
  return makeSvg("path", {
    d,
    fill: "var(--mark)",
    stroke: "var(--page)",
    "data-worst": worst.op_index,
  });
}
