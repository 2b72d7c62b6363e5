// Reads the packed lists of numbers.

/** Returns the bytes of all lists. */
export async function unpackBytes(base64) {
  const text = atob(base64);
  const packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) packed[at] = text.charCodeAt(at);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Returns the list at a place: each number is written as its difference from the one before. */
export function readList(bytes, place) {
  const numbers = new Float64Array(place.count);
  let at = place.at;
  let last = 0;
  for (let index = 0; index < place.count; index++) {
    let byte = bytes[at++];
    let bits = byte & 0x7f;
    let factor = 128;
    while (byte >= 0x80) {
      byte = bytes[at++];
      bits += (byte & 0x7f) * factor;
      factor *= 128;
    }
    // The lowest bit is the sign.
    last += bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2;
    numbers[index] = last;
  }
  return numbers;
}
