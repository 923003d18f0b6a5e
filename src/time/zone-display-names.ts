/** Zones as programs show them to people: offsets from UTC, cities, and the names of a country's clocks. */

import { DAY, HOUR, MINUTE } from './clock.ts';
import { ianaZone, isTimeZone, offsetDuring } from './zone.ts';

/** The largest offset from UTC that any zone has had since 1970. */
const MAX_OFFSET = 14 * HOUR;
/** Cities of one name; a longer list is not looked up. */
const MAX_CITIES = 12;

const OFFSET =
  /^(?:utc|gmt|z|coordinated universal time)?\s*([+\-\u2212\u2013\u00b1])\s*(\d{1,2})(?:[:.]?([0-5]\d))?$/i;
const UTC_NAME = /^(?:utc|gmt|z|zulu|coordinated universal time|universal time|greenwich mean time)$/i;

/**
 * The offset that a name states, in milliseconds: `UTC-5`, `GMT+0530`, `+01:00`. A plus means ahead of UTC, as people write
 * it; only the names under `Etc/` have it the other way round.
 * @returns null when the name is no offset
 */
export function offsetOfName(name: string): number | null {
  const plain = /^\(([^()]*)\)$/.exec(name)?.[1]?.trim() ?? name;
  if (UTC_NAME.test(plain)) return 0;
  const parts = OFFSET.exec(plain);
  if (!parts) return null;
  const size = Number(parts[2]) * HOUR + Number(parts[3] ?? 0) * MINUTE;
  if (size > MAX_OFFSET || (parts[1] === '\u00b1' && size > 0)) return null;
  return size === 0 || parts[1] === '+' ? size : -size;
}

/** IANA's name for an offset of whole hours; null where IANA has none. */
export function ianaNameOfOffset(offset: number): string | null {
  if (offset === 0) return 'UTC';
  const name = `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset) / HOUR}`;
  return offset % HOUR === 0 && isTimeZone(name) ? name : null;
}

/**
 * Names without a city, and cities that IANA spells otherwise. Lower case, without what stands in parentheses and without
 * "Standard", "Daylight" or "Summer".
 */
const ZONE_OF_WORDS = new Map<string, string>([
  ...['eastern time', 'us eastern time', 'eastern time us'].map(to('America/New_York')),
  ...['central time', 'us central time', 'central time us'].map(to('America/Chicago')),
  ...['mountain time', 'us mountain time us', 'mountain time us'].map(to('America/Denver')),
  ...['pacific time', 'us pacific time', 'pacific time us'].map(to('America/Los_Angeles')),
  ...['atlantic time', 'atlantic time canada'].map(to('America/Halifax')),
  ...['alaska', 'alaska time', 'alaskan time'].map(to('America/Anchorage')),
  ...['hawaii', 'hawaii time', 'hawaiian time'].map(to('Pacific/Honolulu')),
  ...['newfoundland', 'newfoundland time'].map(to('America/St_Johns')),
  ...['central european time', 'central europe', 'central europe time', 'west europe time'].map(
    to('Europe/Berlin'),
  ),
  ...['eastern european time'].map(to('Europe/Bucharest')),
  ...['western european time'].map(to('Europe/Lisbon')),
  ...['british time', 'united kingdom time', 'edinburgh'].map(to('Europe/London')),
  ...['india time', 'chennai', 'kolkata', 'mumbai', 'new delhi', 'delhi'].map(to('Asia/Kolkata')),
  ...['japan time', 'osaka', 'sapporo'].map(to('Asia/Tokyo')),
  ...['china time', 'beijing', 'chongqing'].map(to('Asia/Shanghai')),
  ['arizona', 'America/Phoenix'],
  ['saskatchewan', 'America/Regina'],
  ['central america', 'America/Guatemala'],
  ['indiana', 'America/Indianapolis'],
  ['baja california', 'America/Tijuana'],
  ['aleutian', 'America/Adak'],
  ['brasilia', 'America/Sao_Paulo'],
  ['greenland', 'America/Godthab'],
  ['haiti', 'America/Port-au-Prince'],
  ['chetumal', 'America/Cancun'],
  ['kyiv', 'Europe/Kiev'],
  ['west central africa', 'Africa/Lagos'],
  ['pretoria', 'Africa/Johannesburg'],
  ['abu dhabi', 'Asia/Dubai'],
  ['islamabad', 'Asia/Karachi'],
  ['ekaterinburg', 'Asia/Yekaterinburg'],
  ['kathmandu', 'Asia/Katmandu'],
  ['sri jayawardenepura', 'Asia/Colombo'],
  ['hanoi', 'Asia/Bangkok'],
  ['yangon', 'Asia/Rangoon'],
  ['canberra', 'Australia/Sydney'],
  ['port louis', 'Indian/Mauritius'],
  ['solomon', 'Pacific/Guadalcanal'],
  ['new caledonia', 'Pacific/Noumea'],
  ['wellington', 'Pacific/Auckland'],
  ['samoa', 'Pacific/Apia'],
  ["nuku'alofa", 'Pacific/Tongatapu'],
  ['international date line west', 'Etc/GMT+12'],
]);

function to(zone: string): (words: string) => [string, string] {
  return (words) => [words, zone];
}

/**
 * The zone behind a name that was made for people, as in `(UTC+01:00) Amsterdam, Berlin, Bern, Rome` or `Eastern Time`.
 * @returns IANA's name; null unless all of the name's cities that are known have one clock
 */
export function zoneOfDisplayName(name: string): string | null {
  const [, stated, rest = name] = /^\(([^()]{0,40})\)\s*(\S.*)$/.exec(name) ?? [];
  const offset = stated === undefined ? null : offsetOfName(stated.trim());
  if (stated !== undefined && offset === null) return null;
  const whole = wordsOf(rest);
  const ownOffset = stated === undefined ? null : offsetOfName(rest);
  if (ownOffset !== null && ownOffset === offset) return ianaNameOfOffset(ownOffset);
  const single = ZONE_OF_WORDS.get(whole);
  const list = rest.replace(/^.* : /, '');
  const cities = list.split(/\s*[,;]\s*|\s+(?:[/&]|and)\s+/, MAX_CITIES + 1);
  if (cities.length > MAX_CITIES) return null;
  const named = single ? [single] : cities.flatMap((city) => zonesOfCity(wordsOf(city)));
  const known = named.filter(
    (zone) => isTimeZone(zone) && (offset === null || standardOffset(zone) === offset),
  );
  const [first] = known;
  return first && known.every((zone) => haveOneClock(zone, first)) ? first : null;
}

const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\b(?:standard|daylight|summer)\b/g, ' ')
    .replace(/\bcity of\b|\bis(?:\.|lands?)(?=\s|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

let cityIndex: Map<string, string[]> | null = null;

/** Zones by the last part of their names, which is a city or an island. */
function zonesOfCity(city: string): string[] {
  if (!cityIndex) {
    cityIndex = new Map();
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const last = (zone.split('/').at(-1) ?? '').replaceAll('_', ' ').toLowerCase();
      if (zone.includes('/')) cityIndex.set(last, [...(cityIndex.get(last) ?? []), zone]);
    }
  }
  const spelled = ZONE_OF_WORDS.get(city);
  return [...(cityIndex.get(city) ?? []), ...(spelled ? [spelled] : [])];
}

/** A year by which zones are compared: recent, so that abolished clock changes don't tell them apart. */
const YEAR_COMPARED = { first: Date.UTC(2026, 0, 1) / DAY, days: 365 };

const offsetAtNoon = (zone: string, day: number) =>
  offsetDuring(ianaZone(zone).around(day), day * DAY + DAY / 2);

const standardOffset = (zone: string) =>
  Math.min(offsetAtNoon(zone, YEAR_COMPARED.first), offsetAtNoon(zone, YEAR_COMPARED.first + 182));

function haveOneClock(zone: string, other: string): boolean {
  if (zone === other) return true;
  for (let day = YEAR_COMPARED.first; day < YEAR_COMPARED.first + YEAR_COMPARED.days; day++) {
    if (offsetAtNoon(zone, day) !== offsetAtNoon(other, day)) return false;
  }
  return true;
}
