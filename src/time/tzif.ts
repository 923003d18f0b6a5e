/** Reads TZif, the compiled form of the zone database in a system's zoneinfo folder (RFC 9636). */

import { dayFromCivil, isLeap } from './civil-date.ts';
import { MINUTE, SECOND } from './clock.ts';
import {
  lastWeekday,
  weekdayFrom,
  type YearlyChange,
  type YearlyRule,
  type ZoneRules,
  zoneRules,
} from './zone-rules.ts';

/** The size of the header (RFC 9636 §3.1). */
const HEADER = 44;

/** Null for bytes that are no TZif, are cut off, or count leap seconds, as those in a `right` folder do. */
export function readTzif(bytes: Uint8Array): ZoneRules | null {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const first = readHeader(view, 0);
    if (!first) return null;
    // The first block has 32-bit times; since version 2 a second one follows that has all of them.
    if (first.version === 0) return readBlock(view, 0, first, 4, null);
    const start = HEADER + blockSize(first, 4);
    const second = readHeader(view, start);
    if (!second) return null;
    const footer = new TextDecoder('latin1').decode(bytes.subarray(start + HEADER + blockSize(second, 8)));
    const rule = /^\n([^\n]*)\n/.exec(footer)?.[1];
    return rule === undefined ? null : readBlock(view, start, second, 8, rule);
  } catch (error) {
    // A count that leads past the end.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

type Header = NonNullable<ReturnType<typeof readHeader>>;

function readHeader(view: DataView, at: number) {
  if (view.getUint32(at) !== 0x545a6966) return null;
  const count = (index: number) => view.getUint32(at + 20 + index * 4);
  const [ut, standard, leaps, times, types, characters] = [0, 1, 2, 3, 4, 5].map(count) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { version: view.getUint8(at + 4), ut, standard, leaps, times, types, characters };
}

const blockSize = ({ ut, standard, leaps, times, types, characters }: Header, size: 4 | 8) =>
  times * (size + 1) + types * 6 + characters + leaps * (size + 4) + standard + ut;

function readBlock(view: DataView, start: number, header: Header, size: 4 | 8, rule: string | null) {
  const { times, types, leaps } = header;
  if (types === 0 || leaps > 0) return null;
  const timesAt = start + HEADER;
  const indexAt = timesAt + times * size;
  const typesAt = indexAt + times;
  const offsetOf = (type: number) => {
    if (type >= types) throw new RangeError('a change names a type that the file lacks');
    return view.getInt32(typesAt + type * 6) * SECOND;
  };
  const changes: number[] = [];
  const offsets = [offsetOf(0)];
  for (let i = 0; i < times; i++) {
    const at = size === 4 ? view.getInt32(timesAt + i * 4) : Number(view.getBigInt64(timesAt + i * 8));
    changes.push(at * SECOND);
    offsets.push(offsetOf(view.getUint8(indexAt + i)));
  }
  const after = rule ? readPosixRule(rule) : null;
  return rule && !after ? null : zoneRules(changes, offsets, after);
}

const NAME = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)';
const OFFSET = '([+-]?\\d{1,3}(?::\\d\\d){0,2})';
const POSIX = new RegExp(`^${NAME}${OFFSET}(?:${NAME}${OFFSET}?,([^,]+),([^,]+))?$`);

/** The rule in a file's footer (POSIX.1-2017 §8.3, with the hours of RFC 9636 §3.3.1); null for any other text. */
export function readPosixRule(text: string): YearlyRule | null {
  const [whole, west = '', daylightWest, begin, end] = POSIX.exec(text) ?? [];
  if (!whole) return null;
  const standard = -readTime(west);
  if (begin === undefined || end === undefined) return { standard, daylight: null };
  const [begins, ends] = [readYearly(begin), readYearly(end)];
  if (!begins || !ends) return null;
  const offset = daylightWest === undefined ? standard + 60 * MINUTE : -readTime(daylightWest);
  return { standard, daylight: { offset, begins, ends } };
}

/** Milliseconds of `[+-]hh[:mm[:ss]]`. */
function readTime(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  const size = (hours * 60 + minutes) * MINUTE + seconds * SECOND;
  return text.startsWith('-') ? -size : size;
}

const YEARLY = /^(?:M(\d{1,2})\.([1-5])\.([0-6])|J(\d{1,3})|(\d{1,3}))(?:\/([+-]?\d{1,3}(?::\d\d){0,2}))?$/;

function readYearly(text: string): YearlyChange | null {
  const [whole, month, week, sunday, julian, ordinal, time = '2'] = YEARLY.exec(text) ?? [];
  if (!whole) return null;
  const change = (dayOf: YearlyChange['dayOf']) => ({ dayOf, time: readTime(time) });
  if (month !== undefined) {
    const weekday = (Number(sunday) + 6) % 7;
    if (Number(month) < 1 || Number(month) > 12) return null;
    if (week === '5') return change((year) => lastWeekday(year, Number(month), weekday));
    return change((year) => weekdayFrom(year, Number(month), Number(week) * 7 - 6, weekday));
  }
  // J1 to J365 never count 29 February; 0 to 365 do.
  if (julian !== undefined) {
    const skips = (year: number) => (isLeap(year) && Number(julian) >= 60 ? 1 : 0);
    return change((year) => dayFromCivil(year, 1, 1) + Number(julian) - 1 + skips(year));
  }
  return change((year) => dayFromCivil(year, 1, 1) + Number(ordinal));
}
