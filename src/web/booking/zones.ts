/** Time zones to choose from, and times written in one of them by the visitor's locale. */

/** The visitor's zone; UTC where the browser does not know it. */
export function visitorZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && zone !== 'Etc/Unknown' ? zone : 'UTC';
}

export interface ZoneGroup {
  readonly region: string;
  readonly zones: readonly { readonly id: string; readonly label: string }[];
}

/** Zones by region, each under its city first, so that typing "ber" in the list finds Berlin. */
export function zoneGroups(ids: readonly string[]): ZoneGroup[] {
  const regions = new Map<string, { id: string; label: string }[]>();
  for (const id of new Set(ids)) {
    const [region = '', ...rest] = id.replaceAll('_', ' ').split('/');
    const key = rest.length > 0 ? region : 'Other';
    const label = rest.length > 0 ? rest.reverse().join(', ') : region;
    regions.set(key, [...(regions.get(key) ?? []), { id, label }]);
  }
  return [...regions]
    .map(([region, zones]) => ({ region, zones: zones.sort((a, b) => a.label.localeCompare(b.label, 'en')) }))
    .sort((a, b) => a.region.localeCompare(b.region, 'en'));
}

/** Writes instants in one zone. An absent locale is the visitor's. */
export interface ZoneWriter {
  /** "14:30" or "2:30 PM". */
  time(instant: number): string;
  /** The same with the zone's short name, which distinguishes two equal wall-clock times of one day. */
  timeWithZone(instant: number): string;
  /** "Thu" and "5 Jun", of the day at that instant. */
  weekday(instant: number): string;
  dayMonth(instant: number): string;
  /** "2 – 8 Jun 2025". */
  days(first: number, last: number): string;
  /** "Thursday 5 June 2025, 14:30 – 15:00". */
  whole(start: number, end: number): string;
  /** "Central European Summer Time". */
  zoneName(instant: number): string;
}

export function createZoneWriter(timeZone: string, locale?: string): ZoneWriter {
  const formatWith = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    return (instant: number) => formatter.format(instant);
  };
  const formatRangeWith = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    return (from: number, to: number) => formatter.formatRange(from, to);
  };
  const named = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'long' });
  return {
    time: formatWith({ timeStyle: 'short' }),
    timeWithZone: formatWith({ hour: 'numeric', minute: '2-digit', timeZoneName: 'short' }),
    weekday: formatWith({ weekday: 'short' }),
    dayMonth: formatWith({ day: 'numeric', month: 'short' }),
    days: formatRangeWith({ day: 'numeric', month: 'short', year: 'numeric' }),
    whole: formatRangeWith({ dateStyle: 'full', timeStyle: 'short' }),
    zoneName: (instant) =>
      named.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone,
  };
}

/** Start times as labels; labels that would be equal on one day carry the zone's name. */
export function timeLabels(starts: readonly number[], writer: ZoneWriter): string[] {
  const plain = starts.map((start) => writer.time(start));
  const seen = new Map<string, number>();
  for (const label of plain) seen.set(label, (seen.get(label) ?? 0) + 1);
  return plain.map((label, i) => ((seen.get(label) ?? 0) > 1 ? writer.timeWithZone(starts[i] ?? 0) : label));
}
