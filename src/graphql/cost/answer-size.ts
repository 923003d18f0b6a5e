/** How long an answer is as JSON, known before it is written: one that is too long never becomes a text. */

/** Texts that JSON writes as they are. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** @returns bytes of the value as JSON in UTF-8; more than `most`, and no matter how much more, once it is longer than that */
export function jsonBytes(value: unknown, most: number): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(JSON.stringify(value) ?? 'null');
  if ('toJSON' in value && typeof value.toJSON === 'function') return jsonBytes(value.toJSON(), most);
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (bytes > most) return bytes;
      bytes += 1 + jsonBytes(item, most - bytes);
    }
  } else {
    for (const [key, item] of Object.entries(value)) {
      if (bytes > most) return bytes;
      if (item !== undefined) bytes += 2 + textBytes(key) + jsonBytes(item, most - bytes);
    }
  }
  // A comma between items, none after the last.
  return bytes > 2 ? bytes - 1 : bytes;
}

const textBytes = (text: string): number =>
  PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
