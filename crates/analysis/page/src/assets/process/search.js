// Which blocks a reader looks for.
import { addressOf, contentOf, rowAt, view } from "./heap.js";

/** What can be searched. */
export const FIELDS = ["anywhere", "address", "size", "usable", "call", "content"];

/** Returns the rows that are found among the live ones, in their order. */
export function found(live, field, text) {
  const wanted = text.trim();
  if (wanted === "") return live;
  const test = (FIELD_TESTS[field] ?? anywhere)(live, wanted);
  return live.filter(test);
}

const FIELD_TESTS = {
  address: addressTest,
  size: (live, wanted) => numberTest(wanted, (row) => view.process.rows.size[row]),
  usable: (live, wanted) =>
    numberTest(wanted, (row) => view.process.rows.size[row] + view.process.rows.beyond[row]),
  call: (live, wanted) => numberTest(wanted, (row) => view.process.rows.call[row]),
  content: (live, wanted) => contentTest(wanted),
};

/** A number is an address, a size or the number of a call; everything may be content. */
function anywhere(live, wanted) {
  const tests = [contentTest(wanted)];
  if (/^0x[0-9a-f]+$/i.test(wanted)) tests.push(addressTest(live, wanted));
  if (/^[0-9]+$/.test(wanted)) {
    tests.push(FIELD_TESTS.size(live, wanted), FIELD_TESTS.call(live, wanted));
  }
  return (row) => tests.some((test) => test(row));
}

/** An address finds the block that it is in: an address of the process, or one counted from the
 * heap's start. Less than an address finds those that contain its digits. */
function addressTest(live, wanted) {
  const digits = wanted.toLowerCase().replace(/^0x/, "");
  if (!/^[0-9a-f]+$/.test(digits)) return () => false;
  const address = parseInt(digits, 16);
  for (const offset of [address - view.process.base, address]) {
    const row = offset >= 0 ? rowAt(live, offset) : -1;
    if (row >= 0) return (other) => other === row;
  }
  return (row) => addressOf(row).toString(16).includes(digits);
}

/** A number, a range such as 100-200, or a limit such as >1000, >=1000, <64, <=64. */
function numberTest(wanted, of) {
  const text = wanted.replace(/[\s\u202f,_]/g, "");
  const range = /^([0-9]+)-([0-9]+)$/.exec(text);
  if (range) return (row) => of(row) >= Number(range[1]) && of(row) <= Number(range[2]);
  const limit = /^(>=|<=|>|<|=)?([0-9]+)$/.exec(text);
  if (!limit) return () => false;
  const number = Number(limit[2]);
  const tests = {
    ">": (row) => of(row) > number,
    ">=": (row) => of(row) >= number,
    "<": (row) => of(row) < number,
    "<=": (row) => of(row) <= number,
  };
  return tests[limit[1]] ?? ((row) => of(row) === number);
}

/** Text is found whatever the case of its ASCII letters; `\x1b` stands for a byte. */
function contentTest(wanted) {
  const parts = wanted.split(/(\\x[0-9a-f]{2})/i);
  const encoder = new TextEncoder();
  const bytes = parts.flatMap((part) =>
    /^\\x/i.test(part) ? [parseInt(part.slice(2), 16)] : [...encoder.encode(part)],
  );
  const lower = (byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte);
  const needle = bytes.map(lower);
  return (row) => {
    const content = contentOf(row);
    for (let at = 0; at + needle.length <= content.length; at++) {
      let length = 0;
      while (length < needle.length && lower(content[at + length]) === needle[length]) length++;
      if (length === needle.length) return true;
    }
    return false;
  };
}
