/** Parses Google's event bodies into the world's events. */
import { z } from 'zod';
import { parseInstant } from '../../time/instant-text.ts';
import { instantOfLocalText } from '../../time/local-time.ts';
import { isTimeZone } from '../../time/zone.ts';
import type { EventInput, Series, ShowAs } from '../event.ts';
import { conferenceSchema } from './conference.ts';
import { badRequest, invalid } from './errors.ts';

const timeSchema = z.object({
  date: z.string().nullish(),
  dateTime: z.string().nullish(),
  timeZone: z.string().nullish(),
});

const text = z.string().nullish();

/** The fields of an insert, update or patch. Any other field is ignored, as at Google. */
export const eventBodySchema = z.object({
  id: z
    .string()
    .regex(/^[a-v0-9]{5,1024}$/)
    .optional(),
  summary: text,
  description: text,
  location: text,
  colorId: text,
  visibility: text,
  start: timeSchema.optional(),
  end: timeSchema.optional(),
  status: z.enum(['confirmed', 'tentative', 'cancelled']).optional(),
  transparency: z.enum(['opaque', 'transparent']).nullish(),
  eventType: z.enum(['default', 'outOfOffice', 'focusTime', 'workingLocation']).optional(),
  recurrence: z.array(z.string()).nullish(),
  attendees: z.array(z.looseObject({ email: z.string(), self: z.boolean().optional() })).optional(),
  extendedProperties: z
    .object({
      private: z.record(z.string(), z.string()).optional(),
      shared: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  source: z.object({ url: z.string(), title: z.string() }).optional(),
  conferenceData: conferenceSchema,
});

export type EventBody = z.infer<typeof eventBodySchema>;

const EXTRA_FIELDS = [
  'description',
  'location',
  'colorId',
  'visibility',
  'attendees',
  'extendedProperties',
  'source',
] as const;

/** @throws Refusal */
export function parseEventInput(body: EventBody, calendarZone: string): EventInput {
  const { start, end } = body;
  if ((start === undefined) !== (end === undefined)) throw badRequest('Missing end time.');
  if (body.eventType === 'outOfOffice' && start?.date)
    throw badRequest('An out of office event can not be all-day.');
  const extra = Object.fromEntries(
    EXTRA_FIELDS.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
  );
  return {
    id: body.id,
    title: body.summary ?? undefined,
    ...times(start, end, calendarZone),
    status: body.status,
    showAs: showAsOf(body),
    series: body.recurrence === undefined ? undefined : seriesOf(body.recurrence ?? []),
    extra,
  };
}

type Time = z.infer<typeof timeSchema>;

function times(start: Time | undefined, end: Time | undefined, calendarZone: string): EventInput {
  if (!start || !end) return {};
  if (start.date && end.date) {
    if (end.date <= start.date) throw emptyRange();
    return { allDay: { start: start.date, end: end.date }, timeZone: calendarZone };
  }
  const timeZone = start.timeZone ?? calendarZone;
  if (!isTimeZone(timeZone)) throw invalid('timeZone', 'Invalid time zone definition.');
  const times = { start: instantFrom(start, timeZone), end: instantFrom(end, end.timeZone ?? timeZone) };
  if (times.end < times.start) throw emptyRange();
  return { ...times, allDay: null, timeZone };
}

const emptyRange = () => badRequest('The specified time range is empty.');

function instantFrom({ dateTime }: Time, zone: string): number {
  if (!dateTime) throw badRequest('Start and end times must either both be date or both be dateTime.');
  const at = parseInstant(dateTime) ?? instantOfLocalText(zone, dateTime, 'rfc5545');
  if (at === null) throw invalid('dateTime', 'Bad Request');
  return at;
}

function showAsOf({ eventType, transparency }: EventBody): ShowAs | undefined {
  if (eventType === 'outOfOffice') return 'oof';
  if (eventType === 'workingLocation') return 'workingElsewhere';
  return transparency === undefined ? undefined : transparency === 'transparent' ? 'free' : 'busy';
}

/** Only daily and weekly rules with a count or without an end; the simulator supports no others. */
function seriesOf(lines: string[]): Series | null {
  const [line, ...more] = lines;
  if (line === undefined) return null;
  const parts = new Map(
    line
      .replace(/^RRULE:/, '')
      .split(';')
      .map((part): [string, string] => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']),
  );
  const every = parts.get('FREQ') === 'DAILY' ? 'day' : parts.get('FREQ') === 'WEEKLY' ? 'week' : null;
  const count = parts.has('COUNT') ? Number(parts.get('COUNT')) : null;
  const known = [...parts.keys()].every((name) => ['FREQ', 'COUNT', 'INTERVAL'].includes(name));
  if (more.length > 0 || !every || !known || !isCount(count)) {
    throw invalid('recurrence', 'Invalid recurrence rule.');
  }
  return { every, count, interval: Number(parts.get('INTERVAL') ?? 1) };
}

const isCount = (count: number | null) =>
  count === null || (Number.isInteger(count) && count >= 1 && count <= 1000);
