/** Releases of the zone database (IANA's tz), by their names, and how old data is. */
import { DAY, type Instant } from './clock.ts';

/** When the latest releases came out, in UTC, from the database's own list of them. The bundled data's release is among them. */
const RELEASED: Record<string, string> = {
  '2024a': '2024-02-01',
  '2024b': '2024-09-04',
  '2025a': '2025-01-15',
  '2025b': '2025-03-22',
  '2025c': '2025-12-10',
  '2026a': '2026-03-02',
  '2026b': '2026-04-23',
  '2026c': '2026-07-08',
  '2026d': '2026-09-11',
  '2026e': '2026-09-30',
  '2026f': '2026-10-28',
};

/** Data this much older than today is likely to lack a change that governments have made since: releases are months apart. */
export const ZONE_DATA_OLD_AFTER = 120 * DAY;

const VERSION = /^(\d{4})([a-z]{1,2})$/;

/** Whether the text names a release, as `2026f` does. */
export const isZoneRelease = (version: string): boolean => VERSION.test(version);

/** Negative when release `a` came out before `b`, positive after it, 0 for the same. Both are release names. */
export function compareZoneReleases(a: string, b: string): number {
  const [, yearA = '', lettersA = ''] = VERSION.exec(a) ?? [];
  const [, yearB = '', lettersB = ''] = VERSION.exec(b) ?? [];
  if (yearA !== yearB) return Number(yearA) - Number(yearB);
  // After z comes za.
  if (lettersA.length !== lettersB.length) return lettersA.length - lettersB.length;
  return lettersA < lettersB ? -1 : lettersA > lettersB ? 1 : 0;
}

export interface ReleaseDate {
  at: Instant;
  /** The release is not in the list: the date is the earliest that it can have, or that of the data's file. */
  estimated: boolean;
}

/**
 * When a release came out. One that is not in the list: the date of the data's file where that is possible; else the earliest
 * possible date, so that data looks older than it is rather than younger.
 * @param fileDate when the data's file was written; null: unknown
 */
export function zoneReleaseDate(version: string, fileDate: Instant | null): ReleaseDate {
  const listed = RELEASED[version];
  if (listed !== undefined) return { at: Date.parse(listed), estimated: false };
  const year = Number(VERSION.exec(version)?.[1] ?? 1970);
  const before = Object.keys(RELEASED).filter((each) => compareZoneReleases(each, version) < 0);
  const previous = Date.parse(RELEASED[before.at(-1) ?? ''] ?? '1970-01-01');
  const earliest = Math.max(Date.UTC(year, 0, 1), previous);
  const latest = Date.UTC(year + 1, 0, 1);
  const possible = fileDate !== null && fileDate >= earliest && fileDate < latest;
  return { at: possible ? fileDate : earliest, estimated: true };
}
