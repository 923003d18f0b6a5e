/** How long an answer is as JSON, known before it is written: one that is too long never becomes a text. */

/** Texts that JSON writes as they are. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** @returns bytes of the value as JSON in UTF-8; more than `most`, and no matter how much more, once it is longer than that */
export function jsonBytes(value: unknown, most: number): number {
  if (typeof value === 'string') return textBytes(value);
  if (!isObject(value)) return Buffer.byteLength(JSON.stringify(value) ?? 'null');
  return Array.isArray(value) ? bytesOfList(value, most) : bytesOfObject(value, most);
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function bytesOfList(list: readonly unknown[], most: number): number {
  // Brackets, and a comma between items.
  let bytes = 2 + Math.max(0, list.length - 1);
  for (const item of list) {
    if (bytes > most) return bytes;
    bytes += jsonBytes(item, most - bytes);
  }
  return bytes;
}

function bytesOfObject(fields: Fields, most: number): number {
  if (typeof fields.toJSON === 'function') return jsonBytes(fields.toJSON(), most);
  let bytes = 1;
  for (const key in fields) {
    if (bytes > most) return bytes;
    // A colon, and a comma or the bracket after it.
    if (fields[key] !== undefined) bytes += textBytes(key) + 2 + jsonBytes(fields[key], most - bytes);
  }
  return Math.max(2, bytes);
}

const textBytes = (text: string): number =>
  PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
