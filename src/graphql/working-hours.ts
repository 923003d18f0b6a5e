/** Working hours: when a host takes bookings, as the API shows and takes them. */
import type { DateOverride, DayRange, WeeklyHours, WorkingHours, ZoneChange } from '../availability/hours.ts';
import { builder, type EnumValues } from './builder.ts';
import { WEEKDAYS, weekdayNumbers } from './scalars.ts';

const WeekdayEnum = builder.enumType('Weekday', {
  description: 'A day of the week, as in RFC 5545.',
  values: {
    MO: { description: 'Monday.' },
    TU: { description: 'Tuesday.' },
    WE: { description: 'Wednesday.' },
    TH: { description: 'Thursday.' },
    FR: { description: 'Friday.' },
    SA: { description: 'Saturday.' },
    SU: { description: 'Sunday.' },
  } as const satisfies EnumValues<(typeof WEEKDAYS)[number]>,
});

const TimeRange = builder.objectRef<DayRange>('TimeRange').implement({
  description: 'Hours of a day, [start, end).',
  fields: (t) => ({
    start: t.expose('start', { type: 'LocalTime', description: 'Start, included.' }),
    end: t.expose('end', { type: 'LocalTime', description: 'End, excluded.' }),
  }),
});

const WeeklyHoursRef = builder.objectRef<WeeklyHours>('WeeklyHours').implement({
  description: 'Hours that hold on some days of each week.',
  fields: (t) => ({
    days: t.field({
      type: [WeekdayEnum],
      description: 'Days on which they hold.',
      resolve: ({ days }) => days.flatMap((day) => WEEKDAYS[day] ?? []),
    }),
    start: t.expose('start', { type: 'LocalTime', description: 'Start, included.' }),
    end: t.expose('end', { type: 'LocalTime', description: 'End, excluded.' }),
  }),
});

const DateOverrideRef = builder.objectRef<DateOverride>('DateOverride').implement({
  description: 'Hours of one date, in place of the weekly ones.',
  fields: (t) => ({
    date: t.expose('date', { type: 'LocalDate', description: 'The date, in the time zone of the hours.' }),
    ranges: t.expose('ranges', { type: [TimeRange], description: 'Hours of that date; empty: closed.' }),
  }),
});

export const WorkingHoursRef = builder.objectRef<WorkingHours>('WorkingHours').implement({
  description: 'When a host takes bookings.',
  fields: (t) => ({
    timeZone: t.expose('timeZone', { type: 'TimeZone', description: 'Time zone of the hours.' }),
    weekly: t.expose('weekly', { type: [WeeklyHoursRef], description: 'Hours of each week.' }),
    overrides: t.expose('overrides', { type: [DateOverrideRef], description: 'Dates with other hours.' }),
  }),
});

export const ZoneChangeRef = builder.objectRef<ZoneChange>('ZoneChange').implement({
  description: "From a date on the host's hours hold in another time zone.",
  fields: (t) => ({
    from: t.expose('from', { type: 'LocalDate', description: 'The first date.' }),
    timeZone: t.expose('timeZone', { type: 'TimeZone', description: 'The time zone from then on.' }),
  }),
});

const TimeRangeInput = builder.inputType('TimeRangeInput', {
  description: 'Hours of a day, [start, end).',
  fields: (t) => ({
    start: t.field({ type: 'LocalTime', description: 'Start, included.', required: true }),
    end: t.field({ type: 'LocalTime', description: 'End, excluded.', required: true }),
  }),
});

export const WorkingHoursInput = builder.inputType('WorkingHoursInput', {
  description: 'When a host takes bookings.',
  fields: (t) => ({
    timeZone: t.field({ type: 'TimeZone', description: 'Time zone of the hours.', required: true }),
    weekly: t.field({
      required: true,
      type: [
        builder.inputType('WeeklyHoursInput', {
          description: 'Hours that hold on some days of each week.',
          fields: (w) => ({
            days: w.field({ type: [WeekdayEnum], description: 'Days on which they hold.', required: true }),
            start: w.field({ type: 'LocalTime', description: 'Start, included.', required: true }),
            end: w.field({ type: 'LocalTime', description: 'End, excluded; after start.', required: true }),
          }),
        }),
      ],
      description: 'Hours of each week; empty: none.',
    }),
    overrides: t.field({
      type: [
        builder.inputType('DateOverrideInput', {
          description: 'Hours of one date, in place of the weekly ones.',
          fields: (d) => ({
            date: d.field({
              type: 'LocalDate',
              description: 'The date, in the time zone of the hours.',
              required: true,
            }),
            ranges: d.field({
              type: [TimeRangeInput],
              description: 'Hours of that date; empty: closed.',
              required: true,
            }),
          }),
        }),
      ],
      description: 'Dates with other hours; null: none.',
    }),
  }),
});

export const ZoneChangeInput = builder.inputType('ZoneChangeInput', {
  description: "From a date on the host's hours hold in another time zone.",
  fields: (z) => ({
    from: z.field({ type: 'LocalDate', description: 'The first date.', required: true }),
    timeZone: z.field({ type: 'TimeZone', description: 'The time zone from then on.', required: true }),
  }),
});

type HoursInput = typeof WorkingHoursInput.$inferInput;

export const workingHoursFields = (input: HoursInput): WorkingHours => ({
  timeZone: input.timeZone,
  weekly: input.weekly.map(({ days, start, end }) => ({ days: weekdayNumbers(days), start, end })),
  overrides: (input.overrides ?? []).map(({ date, ranges }) => ({
    date,
    ranges: ranges.map((range) => ({ ...range })),
  })),
});
