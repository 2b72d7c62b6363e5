// Puts the page together, and says what happens when the view changes.
import { largest, make } from "../shared/tools.js";
import { joinLooks } from "../shared/looks.js";
import { unpackBytes } from "../shared/unpack.js";
import { blocksOf, describeOp, readTrace } from "./run.js";
import { forgetListeners, onChange, tell, view } from "./view.js";
import { liveNow } from "./portrait.js";
import { fillFacts, fillLegend, samplingSentences, traceSentence } from "./facts.js";
import { followAddress, joinControls, noteAddress, showOp } from "./controls.js";
import { panel, shown } from "./panel.js";

/** Shows a trace. */
function showTrace(trace) {
  forgetListeners();
  Object.assign(view, { trace, op: 0, from: 0, to: Math.max(1, trace.ops), bytes: trace.mostHeap });
  document.title = `${trace.name}: heaplab report`;
  document.querySelector("h1").textContent = `heaplab report: ${trace.name}`;
  document.getElementById("trace-facts").textContent = traceSentence(trace);
  document.getElementById("sampling").textContent = samplingSentences(trace);
  fillFacts(document.getElementById("facts"), trace);
  onChange("op", () => {
    const { live, bytes } = liveNow(trace);
    Object.assign(shown, blocksOf(trace, view.op), { live, payload: bytes });
    document.getElementById("now").textContent = describeOp(trace, view.op);
    document.getElementById("now").dataset.op = view.op;
    showOp();
    noteAddress();
  });
  const runs = trace.heaps.map((heap) => heap.run).filter(Boolean);
  const lowest = Math.min(...runs.map((run) => Math.min(31, ...new Set(run.freeLog2))), 31);
  const highest = Math.max(0, ...runs.map((run) => largest(run.freeLog2)));
  const range = lowest > highest ? [3, 12] : [lowest, highest];
  const panels = trace.heaps.map((heap) => panel(trace, heap, range));
  document.getElementById("heaps").replaceChildren(...panels);
  tell("range");
  tell("op");
}

/** Draws everything anew. */
function redraw() {
  tell("range");
  tell("op");
}

/** Reads the data and shows the first trace, or what the page's address names. */
async function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const bytes = await unpackBytes(document.getElementById("lists").textContent);
  const names = data.traces.map((trace) => trace.name);
  const select = document.getElementById("trace");
  select.append(...names.map((name) => make("option", {}, name)));
  document.getElementById("trace-label").hidden = names.length < 2;
  const read = new Map();
  const choose = (name) => {
    const index = names.indexOf(name);
    if (index < 0 || view.trace?.name === name) return;
    if (!read.has(name)) read.set(name, readTrace(data, data.traces[index], bytes));
    select.value = name;
    showTrace(read.get(name));
  };
  select.addEventListener("change", () => choose(select.value));
  fillLegend(document.getElementById("legend"));
  joinLooks(redraw);
  joinControls(choose, () => view.trace.name, names.length);
  choose(names[0]);
  followAddress(choose);
  document.documentElement.dataset.readyMs = Math.round(performance.now());
}

start().catch((error) => {
  const trouble = document.getElementById("trouble");
  trouble.textContent = `This page can't be drawn: ${error.message}`;
  trouble.hidden = false;
  console.error(error);
});
