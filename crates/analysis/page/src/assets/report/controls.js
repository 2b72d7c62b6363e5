// Slider, buttons, keys, the pointer, and the operation in the page's address.
import { hideTip, showTip } from "../shared/tools.js";
import { lineOf, opAtLine } from "./run.js";
import { goTo, opAt, view, zoomAddresses, zoomBy } from "./view.js";

const byId = (id) => document.getElementById(id);

/** Returns the first operation at which a heap is at fault; none if none is. */
function faultOp() {
  const ops = view.trace.heaps
    .map((heap) => heap.fault?.op_index)
    .filter((op) => op !== null && op !== undefined);
  return ops.length > 0 ? Math.min(...ops) : null;
}

/** Returns the most expensive operation of all heaps. */
function worstOp() {
  const worst = view.trace.heaps.map((heap) => heap.run?.worst).filter(Boolean);
  const cost = (one) => one.loads + one.stores;
  worst.sort((one, other) => cost(other) - cost(one));
  return worst.length > 0 ? worst[0].op_index : null;
}

/** Returns the operation after which payload is at its peak. */
function peakOp() {
  const run = view.trace.heaps.map((heap) => heap.run).find(Boolean);
  return run && run.peak.ops_done > 0 ? run.peak.ops_done - 1 : null;
}

const ACTIONS = {
  first: () => 0,
  back: () => view.op - 1,
  on: () => view.op + 1,
  last: () => view.trace.ops - 1,
  peak: peakOp,
  worst: worstOp,
  fault: faultOp,
};

function act(name) {
  if (name === "in") zoomBy(0.5);
  else if (name === "out") zoomBy(2);
  else if (name === "closer") zoomAddresses(0.5);
  else if (name === "farther") zoomAddresses(2);
  else if (name === "all") {
    zoomAddresses(Infinity);
    zoomBy(Infinity);
  } else {
    const op = ACTIONS[name]();
    if (op !== null) goTo(op);
  }
}

const KEYS = {
  Home: "first",
  End: "last",
  p: "peak",
  w: "worst",
  f: "fault",
  "+": "in",
  "=": "in",
  "-": "out",
  "]": "closer",
  "[": "farther",
  0: "all",
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches?.("input[type=number], select")) return;
  const part = Math.max(1, Math.round(view.trace.ops / 100));
  const steps = { ArrowRight: 1, ArrowLeft: -1, PageDown: part, PageUp: -part };
  const step = steps[event.key];
  if (step !== undefined) goTo(view.op + (event.shiftKey ? 10 * step : step));
  else if (KEYS[event.key]) act(KEYS[event.key]);
  else return;
  event.preventDefault();
}

/** Joins the controls to the view. */
export function joinControls(chooseTrace, nameOfTrace, countOfTraces) {
  byId("op").addEventListener("input", (event) => goTo(Number(event.target.value)));
  byId("line").addEventListener("change", (event) => {
    const op = opAtLine(view.trace, Number(event.target.value));
    goTo(op ?? view.trace.ops - 1);
  });
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => act(button.dataset.do));
  }
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", () => followAddress(chooseTrace));
  address.nameOfTrace = () => (countOfTraces > 1 ? nameOfTrace() : null);
}

/** Goes where the page's address says: `#op=1234`, with several traces also `&trace=NAME`. */
export function followAddress(chooseTrace) {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has("trace")) chooseTrace(wanted.get("trace"));
  const op = Number(wanted.get("op") ?? NaN);
  if (Number.isFinite(op) && op !== view.op) goTo(op);
  address.isFollowed = true;
}

/** The page's address is not written before it was followed. */
const address = { timer: 0, isFollowed: false, nameOfTrace: () => null };

/** Writes the operation into the page's address, but not for each of many steps. */
export function noteAddress() {
  if (!address.isFollowed) return;
  clearTimeout(address.timer);
  address.timer = setTimeout(writeAddress, 200);
}

function writeAddress() {
  const name = address.nameOfTrace();
  const trace = name ? `&trace=${encodeURIComponent(name)}` : "";
  history.replaceState(null, "", `#op=${view.op}${trace}`);
}

/** Shows the current operation in the controls. */
export function showOp() {
  const slider = byId("op");
  slider.max = Math.max(0, view.trace.ops - 1);
  slider.value = view.op;
  slider.setAttribute("aria-valuetext", byId("now").textContent);
  if (document.activeElement !== byId("line"))
    byId("line").value = lineOf(view.trace, view.op) ?? "";
  document.querySelector("[data-do=fault]").hidden = faultOp() === null;
}

/** Joins a picture to the pointer: it says what is there, and a click goes there. `told` gets the
 * operation, and the part of the height from the bottom. */
export function joinPointer(area, told) {
  const at = (event) => {
    const box = area.getBoundingClientRect();
    const x = (event.clientX - box.left - area.clientLeft) / Math.max(1, area.clientWidth);
    const y = (event.clientY - box.top - area.clientTop) / Math.max(1, area.clientHeight);
    return [opAt(x), 1 - y];
  };
  area.addEventListener("pointermove", (event) => {
    if (view.trace.ops === 0) return;
    showTip(event, told(...at(event)));
  });
  area.addEventListener("pointerleave", hideTip);
  area.addEventListener("click", (event) => {
    if (view.trace.ops > 0) goTo(at(event)[0]);
  });
}
