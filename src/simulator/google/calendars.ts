/** The resources calendarList and calendars, and the calendar that a path names. */
import { z } from 'zod';
import type { Cursors } from '../cursor.ts';
import type { Faults } from '../faults.ts';
import { jsonResponse, type SimulatedResponse } from '../http.ts';
import type { Person, World, WorldCalendar } from '../world.ts';
import { invalid, resourceNotFound } from './errors.ts';
import { pageSizeOf } from './events-list.ts';

const pageSchema = z.object({ person: z.string(), from: z.int() });
const etagOf = (calendar: WorldCalendar) =>
  `"${Buffer.from(calendar.name).toString('hex').padEnd(16, '0').slice(0, 16)}"`;

/** `primary` is an alias. Another person's calendar is not found. @throws HttpError */
export function calendarOf(world: World, person: Person, id: string): WorldCalendar {
  const calendar = world
    .calendars(person.email)
    .find((each) => (id === 'primary' ? each.primary : each.id === id));
  if (!calendar) throw resourceNotFound();
  return calendar;
}

export const calendarResource = (calendar: WorldCalendar) => ({
  kind: 'calendar#calendar',
  etag: etagOf(calendar),
  id: calendar.id,
  summary: calendar.name,
  timeZone: calendar.timeZone,
  conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
});

const calendarListEntry = (calendar: WorldCalendar) => ({
  ...calendarResource(calendar),
  kind: 'calendar#calendarListEntry',
  colorId: '14',
  backgroundColor: calendar.primary ? '#9fe1e7' : '#cca6ac',
  foregroundColor: '#000000',
  selected: true,
  accessRole: calendar.writable ? 'owner' : 'reader',
  defaultReminders: [],
  ...(calendar.primary ? { primary: true } : {}),
});

export function calendarListPage(
  { world, faults, cursors }: { world: World; faults: Faults; cursors: Cursors },
  person: Person,
  query: URLSearchParams,
): SimulatedResponse {
  const token = query.get('pageToken');
  const page = token === null ? { person: person.email, from: 0 } : cursors.open(token, pageSchema);
  if (page?.person !== person.email) throw invalid('pageToken');
  if (query.has('syncToken')) throw invalid('syncToken');
  const role = query.get('minAccessRole');
  const all = world
    .calendars(person.email)
    .filter((each) => each.writable || (role !== 'owner' && role !== 'writer'));
  const to = page.from + Math.min(pageSizeOf(query, 100, 250), faults.pageSize ?? 250);
  return jsonResponse(200, {
    kind: 'calendar#calendarList',
    etag: `"p${all.length}"`,
    ...(to < all.length ? { nextPageToken: cursors.seal({ ...page, from: to }) } : {}),
    items: all.slice(page.from, to).map(calendarListEntry),
  });
}
