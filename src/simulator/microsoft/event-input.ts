/** Parses Graph's event bodies into the world's events. */
import { z } from 'zod';
import { parseInstant } from '../../time/instant-text.ts';
import { instantOfLocalText } from '../../time/local-time.ts';
import type { EventInput, Series } from '../event.ts';
import { apiError } from './errors.ts';
import { parseZone } from './zones.ts';

const timeSchema = z.object({ dateTime: z.string(), timeZone: z.string().default('UTC') });

/** The fields of a POST or PATCH; any other field is ignored. */
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
  isOnlineMeeting: z.boolean().optional(),
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

const EXTRA_FIELDS = [
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

const invalidProperty = (message: string) => apiError(400, 'ErrorPropertyValidationFailure', message);

/** @param wasAllDay the present value, for a PATCH without `isAllDay`. @throws HttpError */
export function parseEventInput(body: EventBody, wasAllDay: boolean): EventInput {
  const extra = Object.fromEntries(
    EXTRA_FIELDS.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
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
  if (!start || !end) throw invalidProperty('Start and End must be given together.');
  const zone = parseZone(start.timeZone);
  if (allDay) {
    const midnight = (text: string) => /T00:00(:00(\.0+)?)?$/.test(text) || /^\d{4}-\d\d-\d\d$/.test(text);
    if (!midnight(start.dateTime) || !midnight(end.dateTime) || start.timeZone !== end.timeZone) {
      throw invalidProperty(
        'The Event.Start and Event.End of an all-day event need to be set to midnight in the same time zone.',
      );
    }
    const dates = { start: start.dateTime.slice(0, 10), end: end.dateTime.slice(0, 10) };
    if (dates.end <= dates.start)
      throw invalidProperty('The duration of an all-day event must be at least 24 hours.');
    return { allDay: dates };
  }
  const [from, to] = [instantFrom(start), instantFrom(end)];
  if (to < from) throw invalidProperty('The end of the event can not be before its start.');
  return { start: from, end: to, allDay: null, timeZone: zone.iana };
}

function instantFrom({ dateTime, timeZone }: z.infer<typeof timeSchema>): number {
  const { iana } = parseZone(timeZone);
  const text = dateTime.replace(/\.\d+/, '').replace(' ', 'T');
  const at = parseInstant(text) ?? (text.includes('T') ? instantOfLocalText(iana, text, 'rfc5545') : null);
  if (at === null) throw invalidProperty(`'${dateTime}' is no date and time.`);
  return at;
}

/** Only daily and weekly patterns, counted or without an end; the simulator supports no others. */
function seriesOf(recurrence: EventBody['recurrence']): Series | null {
  if (!recurrence) return null;
  const { pattern, range } = recurrence;
  const every = pattern.type === 'daily' ? 'day' : pattern.type === 'weekly' ? 'week' : null;
  const count = range.type === 'noEnd' ? null : range.type === 'numbered' ? range.numberOfOccurrences : 0;
  if (!every || count === undefined || count === 0 || (count ?? 1) > 1000) {
    throw invalidProperty('The recurrence pattern is not valid.');
  }
  return { every, interval: pattern.interval, count };
}
