// Puts the page together: the process, the moment, the search, the keys.
import { grouped, hex, hideTip, make, showTip } from "../shared/tools.js";
import { joinLooks } from "../shared/looks.js";
import { unpackBytes } from "../shared/unpack.js";
import {
  MOMENTS,
  addressOf,
  isComplete,
  momentNow,
  readProcess,
  rowAt,
  sums,
  view,
} from "./heap.js";
import { FIELDS, found } from "./search.js";
import { blockAtPointer, drawMap, mapLegend, mapSentence, told, zoomMap } from "./map.js";
import {
  dump,
  makeHeads,
  rowAfter,
  showRows,
  shownSentence,
  sortBy,
  sortRows,
  table,
  turnPage,
  turnTo,
} from "./table.js";

const byId = (id) => document.getElementById(id);

/** The page's data. */
let data = null;

/** The rows that the search has found; null if nothing is searched for. */
let marked = null;

/** Shows a process; `moment` is 0 for the peak and 1 for the end. */
function showProcess(process, moment) {
  Object.assign(view, { process, moment, chosen: -1 });
  const name = `${process.name} (pid ${process.pid})`;
  document.title = `${name}: heaplab exec`;
  document.querySelector("h1").textContent = `The heap of ${name} under ${data.heap}`;
  byId("about").textContent = aboutSentences(process);
  fillSums(process);
  byId("blocks-part").hidden = process.rows === null;
  byId("trouble").hidden = process.rows !== null;
  if (process.rows === null) {
    byId("trouble").textContent = `The blocks of this process are not here: ${process.missing}.`;
    return;
  }
  showMoment(moment);
}

/** Says what the reader sees. */
function aboutSentences(process) {
  const parts = [`Program: ${data.program}.`];
  if (data.processes.length > 1)
    parts.push(`${grouped(data.processes.length)} processes used the heap.`);
  if (data.uncounted > 0) parts.push(`${grouped(data.uncounted)} more were not counted.`);
  if (process.is_running)
    parts.push("This process still ran: its end is the moment at which the page was made.");
  if (process.rows === null) return parts.join(" ");
  parts.push(contentSentence(process));
  for (const [index, moment] of process.moments.entries()) {
    if (!isComplete(moment)) {
      parts.push(
        `Of the ${grouped(moment.blocks)} blocks at the ${MOMENTS[index]}, the largest ` +
          `${grouped(moment.live.length)} are in the table; sums and map are of all.`,
      );
    }
    const { payload } = sums(process, moment);
    if (payload !== moment.counted_payload_bytes) {
      parts.push(
        `At the ${MOMENTS[index]} the process counted ${grouped(moment.counted_payload_bytes)} bytes ` +
          `of payload, and the blocks have ${grouped(payload)}: it ended or ran within a call.`,
      );
    }
  }
  return parts.join(" ");
}

function contentSentence(process) {
  if (!data.shows_contents) return "The page was made without what the blocks contain.";
  if (data.content_bytes === 0)
    return "What the blocks contain is left out: the page would be too large.";
  const when = process.has_last_contents
    ? "as it was when the block was freed or the process exited"
    : "as it was when the block was freed, or else at the first call after the one that gave it " +
      "out (the last one has none): the process was killed, or became another program";
  return `A block's content is its first ${data.content_bytes} bytes, ${when}.`;
}

/** The figures of a moment: name, and value. */
function figuresOf(process, moment) {
  const { blocks, payload, usable } = sums(process, moment);
  return [
    ["blocks", blocks],
    ["payload bytes", payload],
    ["rounding bytes", usable - payload],
    ["tags and free bytes", moment.heap_bytes - usable],
    ["heap bytes", moment.heap_bytes],
    ["after call", moment.call],
  ];
}

/** Fills the table of the sums, and that of what the process counted. */
function fillSums(process) {
  const cell = (name, moment, value) =>
    make("td", { "data-fact": name, "data-moment": moment, "data-value": value }, grouped(value));
  const moments = process.rows ? process.moments.map((moment) => figuresOf(process, moment)) : [];
  const rows = (moments[0] ?? []).map(([name], index) => {
    const cells = moments.map((figures, moment) => cell(name, MOMENTS[moment], figures[index][1]));
    return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
  });
  byId("sums").tBodies[0].replaceChildren(...rows);
  byId("sums").hidden = rows.length === 0;
  const { counted } = process;
  const names = Object.keys(counted);
  const heads = names.map((name) => make("th", { scope: "col" }, name.replaceAll("_", " ")));
  byId("counted").tHead.replaceChildren(make("tr", {}, ...heads));
  const cells = names.map((name) =>
    make("td", { "data-counted": name, "data-value": counted[name] }, grouped(counted[name])),
  );
  byId("counted").tBodies[0].replaceChildren(make("tr", {}, ...cells));
}

/** Shows the peak or the end. */
function showMoment(moment) {
  view.moment = moment;
  [view.low, view.high] = [0, momentNow().heap_bytes];
  for (const button of document.querySelectorAll("[data-moment-button]")) {
    button.setAttribute("aria-pressed", button.dataset.momentButton === MOMENTS[moment]);
  }
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.disabled = Boolean(momentNow().cells);
  if (view.chosen >= 0 && !(view.process.rows.moments[view.chosen] & (1 << moment)))
    view.chosen = -1;
  search();
}

/** Finds what the search asks for, and shows it. */
function search() {
  const text = byId("wanted").value;
  const { live } = momentNow();
  const rows = found(live, byId("field").value, text);
  marked = rows === live ? null : rows;
  table.found = rows;
  table.first = 0;
  sortRows();
  if (view.chosen >= 0) turnTo(view.chosen);
  const bytes = rows.reduce((sum, row) => sum + view.process.rows.size[row], 0);
  const all = marked
    ? `found ${grouped(rows.length)} of ${grouped(live.length)} blocks`
    : `${grouped(rows.length)} blocks`;
  byId("found").textContent = `${all}, ${grouped(bytes)} bytes`;
  Object.assign(byId("found").dataset, { blocks: rows.length, bytes });
  redraw();
}

/** Draws the map and the table anew. */
function redraw() {
  if (!view.process?.rows) return;
  const canvas = byId("map");
  drawMap(canvas, marked);
  byId("map-caption").textContent = mapSentence();
  const { blocks, payload } = sums(view.process, momentNow());
  canvas.setAttribute(
    "aria-label",
    `${mapSentence()}. ${grouped(blocks)} blocks have ${grouped(payload)} of ${grouped(momentNow().heap_bytes)} bytes.`,
  );
  showRows(byId("blocks"), choose);
  byId("shown").textContent = shownSentence();
  const detail = byId("detail");
  detail.hidden = view.chosen < 0;
  if (view.chosen >= 0) {
    const { rows } = view.process;
    byId("detail-title").textContent =
      `Block at ${hex(addressOf(view.chosen))}, ${hex(rows.offset[view.chosen])} into the heap: ` +
      `${grouped(rows.size[view.chosen])} bytes, of call ${grouped(rows.call[view.chosen])}`;
    byId("dump").textContent = dump(view.chosen) || "Its content is not on this page.";
    byId("detail").dataset.row = view.chosen;
  }
}

/** Chooses a block: on the map, in the table, in the page's address. */
function choose(row) {
  view.chosen = row;
  if (row >= 0) turnTo(row);
  redraw();
  document.querySelector("tr[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  writeAddress();
}

function writeAddress() {
  const block = view.chosen >= 0 ? `&block=${hex(view.process.rows.offset[view.chosen])}` : "";
  history.replaceState(null, "", `#pid=${view.process.pid}&at=${MOMENTS[view.moment]}${block}`);
}

/** Goes where the page's address says: `#pid=12&at=peak&block=0x20`. */
function followAddress(chooseProcess) {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const index = data.processes.findIndex((process) => String(process.pid) === wanted.get("pid"));
  if (index >= 0) chooseProcess(index);
  if (!view.process?.rows) return;
  const moment = MOMENTS.indexOf(wanted.get("at"));
  if (moment >= 0 && moment !== view.moment) showMoment(moment);
  const row = wanted.has("block") ? rowAt(momentNow().live, Number(wanted.get("block"))) : -1;
  if (row >= 0) choose(row);
}

const ACTIONS = {
  peak: () => showMoment(0),
  end: () => showMoment(1),
  "zoom-in": () => zoomMap(0.5),
  "zoom-out": () => zoomMap(2),
  "zoom-all": () => zoomMap(Infinity),
  first: () => turnPage(-Infinity),
  back: () => turnPage(-1),
  on: () => turnPage(1),
  last: () => turnPage(Infinity),
};

const KEYS = {
  p: "peak",
  e: "end",
  "+": "zoom-in",
  "=": "zoom-in",
  "-": "zoom-out",
  0: "zoom-all",
  Home: "first",
  PageUp: "back",
  PageDown: "on",
  End: "last",
};

function act(name) {
  ACTIONS[name]();
  redraw();
  if (name === "peak" || name === "end") writeAddress();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !view.process?.rows) return;
  const isInField = event.target.matches?.("input, select");
  if (event.key === "Escape") {
    byId("wanted").value = "";
    byId("wanted").blur();
    search();
  } else if (isInField) return;
  else if (event.key === "/") byId("wanted").focus();
  else if (event.key === "ArrowDown") choose(rowAfter(1));
  else if (event.key === "ArrowUp") choose(rowAfter(-1));
  else if (KEYS[event.key]) act(KEYS[event.key]);
  else return;
  event.preventDefault();
}

/** Joins what the reader can do. */
function joinControls() {
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => act(button.dataset.do));
  }
  byId("field").append(...FIELDS.map((field) => make("option", {}, field)));
  byId("field").addEventListener("change", search);
  let timer = 0;
  byId("wanted").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  byId("blocks").tHead.append(
    make("tr", {}, ...makeHeads((column) => (sortBy(column), (table.first = 0), redraw()))),
  );
  const canvas = byId("map");
  canvas.addEventListener("pointermove", (event) => showTip(event, told(canvas, event)));
  canvas.addEventListener("pointerleave", hideTip);
  canvas.addEventListener("click", (event) => {
    const row = blockAtPointer(canvas, event);
    if (row >= 0) choose(row);
  });
  document.addEventListener("keydown", onKey);
  byId("legend").replaceChildren(...mapLegend());
}

/** Reads the data and shows the process with the largest peak, or what the address names. */
async function start() {
  data = JSON.parse(byId("data").textContent);
  const bytes = await unpackBytes(byId("lists").textContent);
  const select = byId("process");
  const name = (process) =>
    `${process.name} (pid ${process.pid}), peak ${grouped(process.counted.peak_payload_bytes)} bytes`;
  select.append(
    ...data.processes.map((process, index) => make("option", { value: index }, name(process))),
  );
  byId("process-label").hidden = data.processes.length < 2;
  const read = new Map();
  const chooseProcess = (index) => {
    if (!read.has(index)) read.set(index, readProcess(data, data.processes[index], bytes));
    select.value = index;
    if (view.process !== read.get(index)) showProcess(read.get(index), view.moment);
  };
  select.addEventListener("change", () => {
    chooseProcess(Number(select.value));
    if (view.process.rows) writeAddress();
  });
  joinLooks(redraw);
  joinControls();
  if (data.first_shown === null) {
    byId("blocks-part").hidden = true;
    byId("sums").hidden = true;
    byId("about").textContent =
      `Program: ${data.program}. No process has used the heap ${data.heap}: it is linked statically, ` +
      "gains privileges, or never asks for memory.";
  } else {
    chooseProcess(data.first_shown);
    followAddress(chooseProcess);
    window.addEventListener("hashchange", () => followAddress(chooseProcess));
  }
  document.documentElement.dataset.readyMs = Math.round(performance.now());
}

start().catch((error) => {
  const trouble = byId("trouble");
  trouble.textContent = `This page can't be drawn: ${error.message}`;
  trouble.hidden = false;
  console.error(error);
});
