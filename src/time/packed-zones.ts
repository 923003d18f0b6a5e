/** Reads the zone database as the package moment-timezone packs it: changes up to 2037, in base 60. */
import { civilFromDay, weekdayOf } from './civil-date.ts';
import { DAY, SECOND } from './clock.ts';
import { weekdayFrom, type YearlyChange, type YearlyRule, type ZoneRules, zoneRules } from './zone-rules.ts';

/** The package's data file, as far as it is read. */
export interface PackedData {
  version: string;
  /** `name|abbreviations|offsets|indices|differences|population` */
  zones: readonly string[];
  /** `name|alias` */
  links: readonly string[];
}

export interface PackedZones {
  version: string;
  /** The name as the database spells it; null for a name that it lacks. */
  spell(name: string): string | null;
  /** What a name of the database is an alias of; null for other names. */
  target(name: string): string | null;
  rules(name: string): ZoneRules | null;
}

export function createPackedZones({ version, zones, links }: PackedData): PackedZones {
  const packed = new Map(zones.map((text) => [text.slice(0, text.indexOf('|')), text]));
  const targets = new Map<string, string>();
  for (const link of links) {
    const [name = '', alias = ''] = link.split('|');
    targets.set(alias, name);
  }
  const spelling = new Map([...packed.keys(), ...targets.keys()].map((name) => [name.toLowerCase(), name]));
  return {
    version,
    spell: (name) => spelling.get(name.toLowerCase()) ?? null,
    target: (name) => targets.get(name) ?? null,
    rules(name) {
      const text = packed.get(targets.get(name) ?? name);
      return text === undefined ? null : unpack(text);
    },
  };
}

/** @throws RangeError for text that isn't packed as the package packs it */
function unpack(text: string): ZoneRules {
  const [name, , offsetTexts = '', indices = '', differences = ''] = text.split('|');
  const known = offsetTexts.split(' ').map((minutes) => -Math.round(fromBase60(minutes) * 60) * SECOND);
  const offsets = [...indices].map((digit) => known[fromBase60(digit)] ?? Number.NaN);
  let minutes = 0;
  const changes = differences
    .split(' ')
    .filter(Boolean)
    .map((difference) => {
      minutes += fromBase60(difference);
      return Math.round(minutes * 60) * SECOND;
    });
  if (offsets.length !== changes.length + 1 || [...offsets, ...changes].some(Number.isNaN)) {
    throw new RangeError(`the packed rules of ${name} can't be read`);
  }
  return zoneRules(changes, offsets, yearlyRuleOf(changes, offsets));
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';

/** NaN for text with any other digit. */
function fromBase60(text: string): number {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const value = (digit: string) => (DIGITS.includes(digit) ? DIGITS.indexOf(digit) : Number.NaN);
  let number = 0;
  for (const digit of whole) number = number * 60 + value(digit);
  let unit = 1;
  for (const digit of fraction) {
    unit /= 60;
    number += value(digit) * unit;
  }
  return text.startsWith('-') ? -number : number;
}

/** The last year of the data; and as many years show the rule, for within them a date falls on each day of the week. */
const LAST_YEAR = 2037;
const SHOWING = 11;

/** The rule that the data's last years follow: they change twice a year, each time in the same way. Else null. */
function yearlyRuleOf(changes: readonly number[], offsets: readonly number[]): YearlyRule | null {
  const from = changes.length - 2 * SHOWING;
  const last = changes.slice(Math.max(0, from)).map((at, i) => {
    const before = offsets[from + i] as number;
    return { wall: at + before, before, offset: offsets[from + i + 1] as number };
  });
  const [first, second] = last;
  if (from < 0 || !first || !second) return null;
  if (last.some(({ wall }, i) => yearOf(wall) !== LAST_YEAR - SHOWING + 1 + Math.floor(i / 2))) return null;
  if (last.some(({ before, offset }, i) => before === offset || offset !== last[i % 2]?.offset)) return null;
  const walls = (odd: number) => last.filter((_, i) => i % 2 === odd).map(({ wall }) => wall);
  const [begins, ends] = [yearlyChangeOf(walls(0)), yearlyChangeOf(walls(1))];
  // Which of the two offsets is called daylight time makes no difference to the clock.
  return begins && ends
    ? { standard: second.offset, daylight: { offset: first.offset, begins, ends } }
    : null;
}

/** One weekday of a certain week, at one time; midnight also as the end of the day before. Else null. */
function yearlyChangeOf(walls: readonly number[]): YearlyChange | null {
  for (const late of [0, DAY]) {
    const dates = walls.map((wall) => {
      const day = Math.floor((wall - late) / DAY);
      return { ...civilFromDay(day), weekday: weekdayOf(day), time: wall - day * DAY };
    });
    const earliest = Math.min(...dates.map(({ day }) => day));
    const [first] = dates;
    const alike = dates.every(
      ({ month, day, weekday, time }) =>
        month === first?.month && weekday === first.weekday && time === first.time && day <= earliest + 6,
    );
    if (!first || !alike) continue;
    const { month, weekday, time } = first;
    return { dayOf: (year) => weekdayFrom(year, month, earliest, weekday), time };
  }
  return null;
}

const yearOf = (wall: number) => civilFromDay(Math.floor(wall / DAY)).year;
