/** Graph's event bodies, read into the world's words. */
import { z } from 'zod';
import { parseInstant } from '../../time/instant-text.ts';
import { instantOfLocalText } from '../../time/local-time.ts';
import type { EventInput, Series } from '../event.ts';
import { refusal } from './errors.ts';
import { zoneNamed } from './zones.ts';

const timeSchema = z.object({ dateTime: z.string(), timeZone: z.string().default('UTC') });

/** What a POST or PATCH may say; what Graph doesn't know in a body is left out here. */
export const eventBodySchema = z.object({
  subject: z.string().nullish(),
  start: timeSchema.optional(),
  end: timeSchema.optional(),
  isAllDay: z.boolean().optional(),
  showAs: z.enum(['free', 'tentative', 'busy', 'oof', 'workingElsewhere', 'unknown']).optional(),
  recurrence: z
    .object({
      pattern: z.object({ type: z.string(), interval: z.int().positive().default(1) }),
      range: z.object({ type: z.string(), numberOfOccurrences: z.int().positive().optional() }),
    })
    .nullish(),
  transactionId: z.string().nullish(),
  body: z.object({ contentType: z.string(), content: z.string() }).optional(),
  location: z.looseObject({ displayName: z.string().nullish() }).optional(),
  attendees: z.array(z.looseObject({ emailAddress: z.looseObject({ address: z.string() }) })).optional(),
  categories: z.array(z.string()).optional(),
  importance: z.string().optional(),
  sensitivity: z.string().optional(),
  isReminderOn: z.boolean().optional(),
  reminderMinutesBeforeStart: z.int().optional(),
  responseRequested: z.boolean().optional(),
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string() })).optional(),
});

export type EventBody = z.infer<typeof eventBodySchema>;

const KEPT = [
  'transactionId',
  'body',
  'location',
  'attendees',
  'categories',
  'importance',
  'sensitivity',
  'isReminderOn',
  'reminderMinutesBeforeStart',
  'responseRequested',
  'singleValueExtendedProperties',
] as const;

const faulty = (message: string) => refusal(400, 'ErrorPropertyValidationFailure', message);

/** @param wasAllDay what a PATCH without `isAllDay` starts from. @throws Refusal */
export function inputOf(body: EventBody, wasAllDay: boolean): EventInput {
  const extra = Object.fromEntries(
    KEPT.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
  );
  return {
    title: body.subject ?? undefined,
    ...times(body, body.isAllDay ?? wasAllDay),
    showAs: body.showAs === 'unknown' ? 'busy' : body.showAs,
    series: body.recurrence === undefined ? undefined : seriesOf(body.recurrence),
    extra,
  };
}

function times({ start, end, isAllDay }: EventBody, allDay: boolean): EventInput {
  if (!start && !end && isAllDay === undefined) return {};
  if (!start || !end) throw faulty('Start and End must be given together.');
  const zone = zoneNamed(start.timeZone);
  if (allDay) {
    const midnight = (text: string) => /T00:00(:00(\.0+)?)?$/.test(text) || /^\d{4}-\d\d-\d\d$/.test(text);
    if (!midnight(start.dateTime) || !midnight(end.dateTime) || start.timeZone !== end.timeZone) {
      throw faulty(
        'The Event.Start and Event.End of an all-day event need to be set to midnight in the same time zone.',
      );
    }
    const dates = { start: start.dateTime.slice(0, 10), end: end.dateTime.slice(0, 10) };
    if (dates.end <= dates.start) throw faulty('The duration of an all-day event must be at least 24 hours.');
    return { allDay: dates };
  }
  const [from, to] = [instantFrom(start), instantFrom(end)];
  if (to < from) throw faulty('The end of the event can not be before its start.');
  return { start: from, end: to, allDay: null, timeZone: zone.iana };
}

function instantFrom({ dateTime, timeZone }: z.infer<typeof timeSchema>): number {
  const { iana } = zoneNamed(timeZone);
  const text = dateTime.replace(/\.\d+/, '').replace(' ', 'T');
  const at = parseInstant(text) ?? (text.includes('T') ? instantOfLocalText(iana, text, 'rfc5545') : null);
  if (at === null) throw faulty(`'${dateTime}' is no date and time.`);
  return at;
}

/** Only daily and weekly patterns, counted or without an end: the rest is beyond this world. */
function seriesOf(recurrence: EventBody['recurrence']): Series | null {
  if (!recurrence) return null;
  const { pattern, range } = recurrence;
  const every = pattern.type === 'daily' ? 'day' : pattern.type === 'weekly' ? 'week' : null;
  const count = range.type === 'noEnd' ? null : range.type === 'numbered' ? range.numberOfOccurrences : 0;
  if (!every || count === undefined || count === 0 || (count ?? 1) > 1000) {
    throw faulty('The recurrence pattern is not valid.');
  }
  return { every, interval: pattern.interval, count };
}
