/** Answers as JSON. Of a large one the data is written in parts between which the event loop has its turn, to the same bytes. */
import { turnOfLoop } from '../../async/event-loop.ts';

/** Characters that are written in a row. */
const PART = 64 * 1024;
/** The items of a longer list are written several at a time, each as a whole. */
const SHORT = 20;

/** What was written of answers that have not left, by their data. */
const written = new WeakMap<object, Buffer>();

/**
 * Writes the data of an answer, for `answerText` to take.
 * @param most bytes
 * @returns how many bytes it has; more than `most`, and no matter how many more, when it is longer, and then it is not written
 */
export async function writeData(data: object, most: number): Promise<number> {
  const parts: Buffer[] = [];
  let bytes = 0;
  let text = '';
  function endPart() {
    const part = Buffer.from(text);
    parts.push(part);
    bytes += part.length;
    text = '';
  }
  for (const piece of piecesOf(data)) {
    text += piece;
    if (text.length < PART) continue;
    endPart();
    if (bytes > most) return bytes;
    await turnOfLoop();
  }
  endPart();
  if (bytes <= most) written.set(data, Buffer.concat(parts));
  return bytes;
}

export const isWritten = (answer: object): boolean => textOfData(answer) !== undefined;

function textOfData(answer: object): Buffer | undefined {
  return 'data' in answer && isObject(answer.data) ? written.get(answer.data) : undefined;
}

/** @returns the answer as JSON in UTF-8, with its data as it was written before */
export function answerText(answer: object): Buffer {
  const text = textOfData(answer);
  if (!text) return Buffer.from(JSON.stringify(answer));
  const parts: Buffer[] = [];
  let before = '{';
  for (const [key, value] of Object.entries(answer)) {
    if (value === undefined) continue;
    parts.push(Buffer.from(`${before}${JSON.stringify(key)}:`));
    parts.push(key === 'data' ? text : Buffer.from(JSON.stringify(value)));
    before = ',';
  }
  return Buffer.concat([...parts, Buffer.from('}')]);
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** What JSON writes in the value's place; undefined: nothing. */
function plain(value: unknown): unknown {
  if (isObject(value) && typeof value.toJSON === 'function') return value.toJSON();
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
}

/** As deep as the document nests. */
function* piecesOf(value: unknown): Generator<string, void> {
  if (!isObject(value)) yield JSON.stringify(value);
  else if (!Array.isArray(value)) yield* piecesOfObject(value);
  else if (value.length <= SHORT) yield* piecesOfShortList(value);
  else yield* piecesOfLongList(value);
}

function* piecesOfObject(fields: Fields): Generator<string, void> {
  let before = '{';
  for (const [key, field] of Object.entries(fields)) {
    const value = plain(field);
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    yield* piecesOf(value);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

function* piecesOfShortList(list: readonly unknown[]): Generator<string, void> {
  let before = '[';
  for (const item of list) {
    yield before;
    yield* piecesOf(plain(item) ?? null);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** In slices: one item first, then as many as would fill a part if they are as long as those before. */
function* piecesOfLongList(list: readonly unknown[]): Generator<string, void> {
  let [from, count] = [0, 1];
  while (from < list.length) {
    const slice = JSON.stringify(list.slice(from, from + count));
    yield `${from === 0 ? '[' : ','}${slice.slice(1, -1)}`;
    from += count;
    count = Math.max(1, Math.floor((PART * count) / slice.length));
  }
  yield ']';
}
