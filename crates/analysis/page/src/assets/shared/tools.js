// What the scripts of all pages use: elements, colours, numbers as text, the tip at the pointer.

/** Returns a colour of the style sheet as red, green and blue in the order of a picture's bytes. */
export function colour(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const value = parseInt(text.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/** Makes an element. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Makes an element of a drawing. */
export function makeSvg(name, attributes = {}) {
  const element = document.createElementNS(document.querySelector("svg").namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Returns the largest of some numbers, 0 if there are none. */
export function largest(numbers) {
  let most = 0;
  for (const number of numbers) if (number > most) most = number;
  return most;
}

/** Returns the place of the last number that is at most `value`; -1 if there is none. */
export function lastAtMost(numbers, value) {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle] <= value) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

/** Returns a number with its digits in groups of three. */
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

/** Returns a number of bytes in words. */
export function bytesText(bytes) {
  return bytes === 1 ? "1 byte" : `${grouped(bytes)} bytes`;
}

/** Returns an address as it is written. */
export function hex(addr) {
  return `0x${addr.toString(16)}`;
}

/** Shows a text beside the pointer. */
export function showTip(event, text) {
  const tip = document.getElementById("tip");
  tip.textContent = text;
  tip.hidden = false;
  const right = Math.max(0, window.innerWidth - tip.offsetWidth - 4);
  tip.style.left = `${Math.min(right, event.clientX + 14)}px`;
  const below = event.clientY + 18;
  const fits = below + tip.offsetHeight < window.innerHeight;
  tip.style.top = `${fits ? below : Math.max(0, event.clientY - tip.offsetHeight - 10)}px`;
}

/** Hides it. */
export function hideTip() {
  document.getElementById("tip").hidden = true;
}
