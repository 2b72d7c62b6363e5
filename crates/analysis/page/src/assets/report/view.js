// What is shown: the trace, the operation, and the part of the run that the pictures have.

/** The state that all pictures share. `from` and `to` are operations: the first one shown, and the
 * one after the last. `bytes` is how many bytes of addresses a portrait shows. */
export const view = { trace: null, op: 0, from: 0, to: 1, bytes: 1 };

const listeners = { op: [], range: [] };

/** Calls `listener` when the operation changes, or when the part that is shown does. */
export function onChange(what, listener) {
  listeners[what].push(listener);
}

/** Forgets all listeners: another trace has other pictures. */
export function forgetListeners() {
  listeners.op = [];
  listeners.range = [];
}

/** Tells all listeners. */
export function tell(what) {
  for (const listener of listeners[what]) listener();
}

/** Goes to an operation; the part that is shown moves with it. */
export function goTo(op) {
  const last = Math.max(0, view.trace.ops - 1);
  view.op = Math.max(0, Math.min(last, Math.round(op)));
  if (view.op < view.from || view.op >= view.to) {
    showAround(view.op, view.to - view.from);
    tell("range");
  }
  tell("op");
}

/** Shows this many operations, with the current one where it is, or in the middle. */
export function zoomBy(factor) {
  const count = Math.max(1, view.trace.ops);
  const shown = Math.max(Math.min(10, count), Math.min(count, (view.to - view.from) * factor));
  showAround(view.op, Math.round(shown));
  tell("range");
  tell("op");
}

/** Shows this many times as many bytes of addresses; each heap shows them around its block of the
 * current operation. */
export function zoomAddresses(factor) {
  const most = view.trace.mostHeap;
  const bytes = Math.round(Math.min(most, view.bytes * factor));
  view.bytes = Math.max(Math.min(LEAST_BYTES, most), bytes);
  tell("range");
  tell("op");
}

/** A portrait shows at least this many bytes. */
const LEAST_BYTES = 256;

function showAround(op, shown) {
  const count = Math.max(1, view.trace.ops);
  const from = Math.max(0, Math.min(count - shown, Math.round(op - shown / 2)));
  view.from = from;
  view.to = from + shown;
}

/** Returns where an operation begins, as a part of the width. */
export function xOf(op) {
  return (op - view.from) / (view.to - view.from);
}

/** Returns the operation at a part of the width. */
export function opAt(x) {
  const op = Math.floor(view.from + x * (view.to - view.from));
  return Math.max(view.from, Math.min(view.to - 1, op));
}
