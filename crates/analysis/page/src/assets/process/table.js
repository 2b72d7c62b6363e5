// The table of the blocks: sorted, in parts, with the chosen block's bytes beside it.
import { grouped, hex, make } from "../shared/tools.js";
import { addressOf, contentOf, textOf, view } from "./heap.js";

/** The columns: name, what they are sorted by, and how a block's cell is written. */
const COLUMNS = [
  {
    name: "address",
    key: (row) => view.process.rows.offset[row],
    text: (row) => hex(addressOf(row)),
  },
  {
    name: "size",
    key: (row) => view.process.rows.size[row],
    text: (row) => grouped(view.process.rows.size[row]),
  },
  { name: "usable", key: usable, text: (row) => grouped(usable(row)) },
  { name: "call", key: (row) => view.process.rows.call[row], text: callText },
  { name: "content", key: null, text: (row) => textOf(contentOf(row)) },
];

const TITLES = {
  address: "Address",
  size: "Size, bytes",
  usable: "Usable, bytes",
  call: "Owner call",
  content: "Content",
};

/** The table shows this many blocks at a time. */
const SHOWN = 100;

/** The rows that are found, by address and in the order of the table, and what is shown of them. */
export const table = {
  found: new Uint32Array(),
  rows: new Uint32Array(),
  column: 0,
  isFalling: false,
  first: 0,
};

function usable(row) {
  return view.process.rows.size[row] + view.process.rows.beyond[row];
}

function callText(row) {
  const call = view.process.rows.call[row];
  return call <= view.process.first_call ? `${grouped(call)}, before the fork` : grouped(call);
}

/** Makes the heads of the columns. */
export function makeHeads(sortBy) {
  return COLUMNS.map((column, index) => {
    const cell = make("th", { scope: "col", class: column.name });
    if (!column.key && column.name !== "content") return cell;
    const button = make(
      "button",
      { type: "button", "data-sort": column.name },
      TITLES[column.name],
    );
    button.addEventListener("click", () => sortBy(index));
    cell.append(button);
    return cell;
  });
}

/** Sorts the rows by a column; by the same one again, the other way round. */
export function sortBy(column) {
  table.isFalling = table.column === column ? !table.isFalling : column === 1 || column === 2;
  table.column = column;
  sortRows();
}

/** Puts the rows into the table's order. Those that are equal are by address. */
export function sortRows() {
  const { name, key } = COLUMNS[table.column];
  if (name === "address") {
    table.rows = table.isFalling ? table.found.slice().reverse() : table.found;
    return;
  }
  const sign = table.isFalling ? -1 : 1;
  const order = key
    ? (one, other) => sign * (key(one) - key(other)) || one - other
    : (one, other) => sign * compareBytes(contentOf(one), contentOf(other)) || one - other;
  table.rows = table.found.slice().sort(order);
}

function compareBytes(one, other) {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return one[at] - other[at];
  return one.length - other.length;
}

/** Shows the part of the rows that begins with `table.first`. */
export function showRows(element, choose) {
  const last = Math.max(0, table.rows.length - 1);
  table.first = Math.max(0, Math.min(Math.floor(last / SHOWN) * SHOWN, table.first));
  const rows = Array.from(table.rows.subarray(table.first, table.first + SHOWN)).map((row) => {
    const cells = COLUMNS.map((column) => make("td", { class: column.name }, column.text(row)));
    const tr = make("tr", { "data-row": row, "aria-selected": row === view.chosen }, ...cells);
    tr.addEventListener("click", () => choose(row));
    return tr;
  });
  element.tBodies[0].replaceChildren(...rows);
  element.tHead.querySelectorAll("th").forEach((head, index) => {
    const order = table.isFalling ? "descending" : "ascending";
    head.setAttribute("aria-sort", index === table.column ? order : "none");
  });
}

/** Goes to another part, so many parts on. */
export function turnPage(parts) {
  table.first += parts * SHOWN;
}

/** Goes to the part that has a row. */
export function turnTo(row) {
  const index = table.rows.indexOf(row);
  if (index >= 0) table.first = Math.floor(index / SHOWN) * SHOWN;
}

/** Returns the row so many places after the chosen one; the first of this part if none is. */
export function rowAfter(places) {
  const index = table.rows.indexOf(view.chosen);
  if (index < 0) return table.rows[table.first] ?? -1;
  return table.rows[Math.max(0, Math.min(table.rows.length - 1, index + places))];
}

/** Returns which rows are shown, in words. */
export function shownSentence() {
  const count = table.rows.length;
  if (count === 0) return "no blocks";
  const end = Math.min(count, table.first + SHOWN);
  return `blocks ${grouped(table.first + 1)} to ${grouped(end)} of ${grouped(count)}`;
}

/** Returns the bytes of a block: sixteen in a line, in hexadecimal and as text. */
export function dump(row) {
  const bytes = contentOf(row);
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = Array.from(bytes.subarray(at, at + 16));
    const codes = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "."));
    lines.push(`${hex(addressOf(row) + at)}  ${codes.padEnd(47)}  ${text.join("")}`);
  }
  return lines.join("\n");
}
