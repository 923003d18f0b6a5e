/** Civil days in a time zone, by Intl alone: a day may have 23 or 25 hours, and may begin at 01:00. Instants are epoch ms. */

/** YYYY-MM-DD. */
export type LocalDate = string;

const DAY = 86_400_000;
export const WEEK_DAYS = 7;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Numeric parts of an instant in a zone; formatters are kept, since making one is slow. */
function civil(instant: number, zone: string) {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(zone, formatter);
  }
  const parts = new Map(formatter.formatToParts(instant).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return {
    date: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}:${part('second')}`,
  };
}

/** The local date at an instant. */
export const dateAt = (instant: number, zone: string): LocalDate => civil(instant, zone).date;

/** Calendar arithmetic; no zone takes part. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The first instant of a local date. Of a date that a zone skipped: the instant of the leap. */
export function startOfDay(date: LocalDate, zone: string): number {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // The offsets a day before and after: they differ only when the clock changes close by.
  const candidates = [midnight - DAY, midnight + DAY]
    .map((near) => midnight - offsetAt(near, zone))
    .sort((a, b) => a - b);
  return candidates.find((instant) => dateAt(instant, zone) === date) ?? Math.max(...candidates);
}

/** Local minus UTC, milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const { date, time } = civil(instant, zone);
  return Date.parse(`${date}T${time}Z`) - Math.floor(instant / 1_000) * 1_000;
}

/** One shown day, [start, end). */
export interface ShownDay {
  readonly date: LocalDate;
  readonly start: number;
  readonly end: number;
}

/** Seven days from a date on. */
export function weekFrom(first: LocalDate, zone: string): ShownDay[] {
  const dates = Array.from({ length: WEEK_DAYS }, (_, i) => addDays(first, i));
  return dates.map((date) => ({
    date,
    start: startOfDay(date, zone),
    end: startOfDay(addDays(date, 1), zone),
  }));
}

/** The window [from, to) that shows these days, RFC 3339. */
export function windowOf(days: readonly ShownDay[]): { from: string; to: string } {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) throw new Error('A window needs a day.');
  return { from: new Date(first.start).toISOString(), to: new Date(last.end).toISOString() };
}

/** Each day with its own slots, in the order given; slots outside all of the days are left out. */
export function groupByDay<Slot extends { readonly start: string }>(
  days: readonly ShownDay[],
  slots: readonly Slot[],
): { readonly day: ShownDay; readonly slots: readonly Slot[] }[] {
  return days.map((day) => ({
    day,
    slots: slots.filter(({ start }) => day.start <= Date.parse(start) && Date.parse(start) < day.end),
  }));
}

/** Which week from today's holds `date`: 0 for the seven days from today on; never negative. */
export function weekHolding(date: LocalDate, today: LocalDate): number {
  return Math.max(0, Math.floor((Date.parse(date) - Date.parse(today)) / DAY / WEEK_DAYS));
}
