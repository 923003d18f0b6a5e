/** Finds time zones by what people call them: cities, countries, earlier spellings, abbreviations, offsets. Loaded when it is needed. */
import { cityOf } from './city.ts';
import { ZONE_ROWS } from './table.ts';

export interface FoundZone {
  /** IANA, as this browser knows it. */
  readonly id: string;
  /** "Buenos Aires". */
  readonly city: string;
  /** "Argentina"; empty for UTC. */
  readonly country: string;
  /** "GMT+2". */
  readonly offset: string;
  /** What the clock shows there now. */
  readonly time: string;
}

export interface ZoneSearch {
  /** The best first, at most fifty; of an empty query the zones with the most people. @param now epoch milliseconds */
  find(query: string, now: number): FoundZone[];
}

export interface ZoneSearchOptions {
  /** Of names and times; absent: the visitor's. */
  readonly locale?: string | undefined;
  readonly hours?: 'h12' | 'h23' | null;
}

const FOUND_MAX = 50;

interface Row {
  readonly names: readonly string[];
  readonly city: string;
  readonly countries: readonly string[];
  readonly cities: readonly string[];
  readonly former: readonly string[];
  readonly abbreviations: readonly string[];
}

/** Without accents and case. */
const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[_/,.()'’-]+/g, ' ')
    .trim();

export function createZoneSearch({ locale, hours = null }: ZoneSearchOptions = {}): ZoneSearch {
  const regions = [locale, 'en'].map((each) => new Intl.DisplayNames(each, { type: 'region' }));
  const namesOf = (code: string) => [...new Set(regions.map((names) => names.of(code) ?? code))];
  const rows = ZONE_ROWS.map((text): Row => {
    const [name = '', codes = '', former = '', abbreviations = ''] = text.split('|');
    const earlier = former.split(',').filter(Boolean);
    const countries = codes.split(' ').filter(Boolean).map(namesOf);
    return {
      names: [name, ...earlier],
      city: cityOf(name),
      countries: countries.map(([own = '']) => own),
      cities: [plain(cityOf(name))],
      former: [...earlier.map(plain), ...countries.flat().map(plain)],
      abbreviations: abbreviations.toLowerCase().split(' '),
    };
  });
  const known = new Map<Row, ReturnType<typeof clockOf> | null>();

  /** Null for a zone that this browser has under none of its names. */
  function clock(row: Row) {
    const found = known.get(row);
    if (found !== undefined) return found;
    const made = row.names.reduce<ReturnType<typeof clockOf> | null>(
      (before, name) => before ?? clockOf(name, locale, hours),
      null,
    );
    known.set(row, made);
    return made;
  }

  function shown(row: Row, now: number): FoundZone | null {
    const found = clock(row);
    if (!found) return null;
    const country =
      row.countries.length > 2 ? row.countries.slice(0, 2).join(', ') : row.countries.join(', ');
    return { id: found.id, city: row.city, country, offset: found.offset(now), time: found.time(now) };
  }

  return {
    find(query, now) {
      const offset = offsetIn(query);
      const words = plain(query);
      const scored = rows.flatMap((row, i) => {
        const score = offset === null ? scoreOf(row, words) : clock(row)?.minutes(now) === offset ? 0 : null;
        return score === null ? [] : [{ row, score, i }];
      });
      scored.sort((a, b) => a.score - b.score || a.i - b.i);
      return scored.slice(0, FOUND_MAX).flatMap(({ row }) => shown(row, now) ?? []);
    },
  };
}

/** The less, the better; null: it is not meant. */
function scoreOf(row: Row, words: string): number | null {
  if (words === '') return 0;
  const begins = (text: string) => text.startsWith(words) || text.includes(` ${words}`);
  if (row.cities.includes(words) || row.former.includes(words)) return 0;
  if (row.cities.some((city) => city.startsWith(words))) return 1;
  if (row.abbreviations.includes(words)) return 2;
  if (row.cities.some(begins)) return 3;
  if (row.former.some(begins)) return 4;
  // "Berlin Germany", "Europe Berlin": every word somewhere.
  const all = [...row.cities, ...row.former, ...row.abbreviations, plain(row.names[0] ?? '')].join(' ');
  return words.split(/\s+/).every((word) => ` ${all}`.includes(` ${word}`)) ? 5 : null;
}

/** Minutes ahead of UTC that "GMT+2", "utc -3:30" or "+05:30" name; null for other texts. */
export function offsetIn(query: string): number | null {
  const [, sign, hours = '', minutes = '0'] =
    /^\s*(?:gmt|utc)?\s*([+\-\u2212])\s*(\d{1,2})(?::?([0-5]\d))?\s*$/i.exec(query) ?? [];
  if (!sign) return null;
  const size = Number(hours) * 60 + Number(minutes);
  return sign === '+' ? size : -size;
}

/** Null for a name that this browser doesn't know. */
function clockOf(id: string, locale: string | undefined, hours: 'h12' | 'h23' | null) {
  try {
    const named = new Intl.DateTimeFormat('en', { timeZone: id, timeZoneName: 'shortOffset' });
    const offset = (now: number) =>
      named.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    let timeFormat: Intl.DateTimeFormat | undefined;
    return {
      id,
      offset,
      minutes: (now: number) => offsetIn(offset(now)) ?? 0,
      time(now: number) {
        timeFormat ??= new Intl.DateTimeFormat(locale, {
          timeZone: id,
          ...(hours ? { hour: 'numeric', minute: '2-digit', hourCycle: hours } : { timeStyle: 'short' }),
        });
        return timeFormat.format(now);
      },
    };
  } catch {
    return null;
  }
}
