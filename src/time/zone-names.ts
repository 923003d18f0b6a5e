/** The names of zones in calendars and mailboxes: IANA's, Windows', those made for people, or a path that ends in one. */

import { findIana, findWindows } from 'windows-iana';
import { BoundedMap } from '../async/bounded-map.ts';
import { isTimeZone } from './zone.ts';
import { ianaNameOfOffset, offsetOfName, zoneOfDisplayName } from './zone-display-names.ts';

/** Looking up a name is slow, so results are cached. A calendar names few zones, but a hostile one may name many. */
const KEPT = 2_000;
const LONGEST = 200;
const found = new BoundedMap<string, string | null>(KEPT);

/** IANA's name for a zone; null for a custom zone or an unknown name. */
export function ianaName(name: string): string | null {
  const known = found.get(name);
  if (known !== undefined) return known;
  const iana = find(name.trim());
  found.set(name, iana);
  return iana;
}

function find(name: string): string | null {
  if (name.length > LONGEST) return null;
  if (isTimeZone(name)) return name;
  if (/^tzone:\/\/Microsoft\/Utc$/i.test(name)) return 'UTC';
  const windows = findIana(name).find(isTimeZone) ?? findIana(standardName(name)).find(isTimeZone);
  if (windows) return windows;
  if (name.startsWith('/')) return zoneAtEnd(name);
  const offset = offsetOfName(name);
  return offset === null ? zoneOfDisplayName(name) : ianaNameOfOffset(offset);
}

/** Windows names a zone by its standard time, also in summer. */
const standardName = (name: string) => name.replace(/\b(?:Daylight|Summer) Time$/i, 'Standard Time');

/**
 * Whether a name is IANA's for a region, alone or at the end of a path, so that it means the same in every calendar. A name
 * such as EST or `Etc/GMT+5` means whatever its calendar defines by it (RFC 5545 §3.2.19).
 */
export function namesRegion(name: string): boolean {
  const iana = isTimeZone(name) ? name : name.startsWith('/') ? zoneAtEnd(name) : null;
  return /^(?!Etc\/)[^/]+\//i.test(iana ?? '');
}

/**
 * The zone at the end of a name that has its writer's own name before it, as in `/mozilla.org/20050126_1/Europe/Berlin`
 * (RFC 5545 §3.8.3.1 leaves the form open): the longest end that is a zone, of two parts or three. After a leading slash,
 * which promises such a name, one part is enough.
 */
export function zoneAtEnd(name: string): string | null {
  if (name.length > LONGEST) return null;
  const parts = name.split('/').slice(-4);
  const fewest = name.startsWith('/') ? 1 : 2;
  for (let from = 1; from <= parts.length - fewest; from++) {
    const end = parts.slice(from).join('/');
    if (isTimeZone(end)) return end;
  }
  return null;
}

/** Windows' name for an IANA zone; the same name where Windows has none. */
export const windowsName = (iana: string): string => findWindows(iana)[0] ?? iana;
