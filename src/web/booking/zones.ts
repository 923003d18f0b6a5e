/** The visitor's time zone, and times written in a zone by the visitor's locale. */

/** The visitor's zone; UTC where the browser does not know it. */
export function visitorZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && zone !== 'Etc/Unknown' ? zone : 'UTC';
}

/** Hours from 1 to 12 with AM and PM, or from 0 to 23. */
export type HourCycle = 'h12' | 'h23';

/** How the visitor's locale writes hours. */
export const hourCycleOf = (locale?: string): HourCycle =>
  new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hour12 ? 'h12' : 'h23';

/** Writes instants in one zone. An absent locale is the visitor's. */
export interface ZoneWriter {
  /** "14:30" or "2:30 PM". */
  time(instant: number): string;
  /** The same with the zone's short name, which distinguishes two equal wall-clock times of one day. */
  timeWithZone(instant: number): string;
  /** "Thu" and "5 Jun", of the day at that instant. */
  weekday(instant: number): string;
  dayMonth(instant: number): string;
  /** "Thursday". */
  longWeekday(instant: number): string;
  /** "Thursday 5 June 2025". */
  longDate(instant: number): string;
  /** "June 2025". */
  month(instant: number): string;
  /** "2 – 8 Jun 2025". */
  days(first: number, last: number): string;
  /** "Thursday 5 June 2025, 14:30 – 15:00". */
  whole(start: number, end: number): string;
  /** "GMT+2". */
  offset(instant: number): string;
  /** "Central European Summer Time". */
  zoneName(instant: number): string;
}

/** As `timeStyle` and `dateStyle` have it, but that hours have no zero before them where the other hours have two digits. */
const CLOCK = { hour: 'numeric', minute: '2-digit' } as const;
const DATE = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;

/** @param hours absent or null: as the locale has it */
export function createZoneWriter(
  timeZone: string,
  locale?: string,
  hours: HourCycle | null = null,
): ZoneWriter {
  /** Made when it is used first: no part of the page uses all of them. */
  const formatterOf = (options: Intl.DateTimeFormatOptions) => {
    let formatter: Intl.DateTimeFormat | undefined;
    return () => {
      formatter ??= new Intl.DateTimeFormat(locale, {
        timeZone,
        ...(hours ? { hourCycle: hours } : {}),
        ...options,
      });
      return formatter;
    };
  };
  const formatWith = (options: Intl.DateTimeFormatOptions) => {
    const formatter = formatterOf(options);
    return (instant: number) => formatter().format(instant);
  };
  const formatRangeWith = (options: Intl.DateTimeFormatOptions) => {
    const formatter = formatterOf(options);
    return (from: number, to: number) => formatter().formatRange(from, to);
  };
  const zoneNameWith = (timeZoneName: 'long' | 'shortOffset') => {
    const formatter = formatterOf({ timeZoneName });
    return (instant: number) =>
      formatter()
        .formatToParts(instant)
        .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
  };
  return {
    time: formatWith(hours ? CLOCK : { timeStyle: 'short' }),
    timeWithZone: formatWith({ hour: 'numeric', minute: '2-digit', timeZoneName: 'short' }),
    weekday: formatWith({ weekday: 'short' }),
    dayMonth: formatWith({ day: 'numeric', month: 'short' }),
    longWeekday: formatWith({ weekday: 'long' }),
    longDate: formatWith({ dateStyle: 'full' }),
    month: formatWith({ month: 'long', year: 'numeric' }),
    days: formatRangeWith({ day: 'numeric', month: 'short', year: 'numeric' }),
    whole: formatRangeWith(hours ? { ...DATE, ...CLOCK } : { dateStyle: 'full', timeStyle: 'short' }),
    offset: zoneNameWith('shortOffset'),
    zoneName: zoneNameWith('long'),
  };
}

/** Start times as labels; labels that would be equal on one day carry the zone's name. */
export function timeLabels(starts: readonly number[], writer: ZoneWriter): string[] {
  const plain = starts.map((start) => writer.time(start));
  const seen = new Map<string, number>();
  for (const label of plain) seen.set(label, (seen.get(label) ?? 0) + 1);
  return plain.map((label, i) => ((seen.get(label) ?? 0) > 1 ? writer.timeWithZone(starts[i] ?? 0) : label));
}
