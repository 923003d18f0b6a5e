/** Decodes a calendar's bytes and splits its text into content lines. */

import { READ_LIMITS } from './limits.ts';

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;

/**
 * A fold may split a character (RFC 5545 §3.1), so bytes are unfolded before they are decoded. Bytes that are not UTF-8
 * are read as Windows-1252.
 */
export function decodeCalendar(bytes: Uint8Array): string {
  const lines = unfoldBytes(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(lines);
  } catch {
    return new TextDecoder('windows-1252').decode(lines);
  }
}

function unfoldBytes(bytes: Uint8Array): Uint8Array {
  const isFold = (at: number) => bytes[at] === LF && (bytes[at + 1] === SPACE || bytes[at + 1] === TAB);
  const to = new Uint8Array(bytes.length);
  let length = 0;
  let from = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (!isFold(at)) continue;
    const end = bytes[at - 1] === CR ? at - 1 : at;
    to.set(bytes.subarray(from, Math.max(from, end)), length);
    length += Math.max(0, end - from);
    from = at + 2;
  }
  to.set(bytes.subarray(from), length);
  return to.subarray(0, length + bytes.length - from);
}

/** The beginning of a property. Any other line continues the line before: its fold was lost. */
const PROPERTY = /^[A-Za-z0-9-]+[;:]/;
const BOUNDARY = /^(?:BEGIN|END):/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are removed
const CONTROL = /[\0-\x08\x0b-\x1f\x7f]+/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a quick test, since most texts have none
const DIRTY = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/;
const VISIBLE = /\S/;

/**
 * Yields unfolded lines one by one, so that a large text is never held twice.
 * @param maxLength characters of a line; the rest of the line is dropped
 */
export function* contentLines(text: string, maxLength = READ_LIMITS.line): Generator<string> {
  let current = '';
  let mayContinue = false;
  for (const line of unfolded(text, maxLength)) {
    if (mayContinue && !PROPERTY.test(line)) {
      if (current.length <= maxLength) current += line;
      continue;
    }
    if (current !== '') yield current;
    current = line;
    mayContinue = !BOUNDARY.test(line);
  }
  if (current !== '') yield current;
}

function* unfolded(text: string, maxLength: number): Generator<string> {
  const ending = text.includes('\n') ? '\n' : '\r';
  const dirty = DIRTY.test(text);
  let parts: string[] = [];
  let length = 0;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const found = text.indexOf(ending, at);
    const end = found < 0 ? text.length : found;
    const raw = text.slice(at, text.charCodeAt(end - 1) === CR ? end - 1 : end);
    at = end + 1;
    const piece = dirty && CONTROL.test(raw) ? raw.split(CONTROL).join('') : raw;
    const first = piece.charCodeAt(0);
    const indented = first === SPACE || first === TAB;
    if (piece === '' || (indented && !VISIBLE.test(piece))) continue;
    if (parts.length > 0 && indented) {
      if (length <= maxLength) parts.push(piece.slice(1));
      length += piece.length;
      continue;
    }
    if (parts.length > 0) yield parts.length === 1 ? (parts[0] as string) : parts.join('');
    parts = [parts.length === 0 ? piece.trimStart() : piece];
    length = piece.length;
  }
  if (parts.length > 0) yield parts.join('');
}
