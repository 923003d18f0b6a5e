/** The identity of a Google account, and the calendars on its list. */
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { isTimeZone } from '../../time/zone.ts';
import { type Access, type Identity, ProviderError, type RemoteCalendar } from '../port.ts';
import type { GoogleClient } from './client.ts';

type Entry = calendar_v3.Schema$CalendarListEntry;

/** The primary calendar's id is the account's e-mail address and never changes. */
export async function identify(client: GoogleClient, access: Access): Promise<Identity> {
  const primary = await primaryEntry(client, access);
  if (!primary.id) throw new ProviderError('rejected', 'This Google account has no primary calendar.');
  return { subject: primary.id, email: primary.id.includes('@') ? primary.id : null };
}

async function primaryEntry(client: GoogleClient, access: Access): Promise<Entry> {
  for await (const entry of entries(client, access)) if (entry.primary) return entry;
  return client.request(access, (api, options) => api.calendarList.get({ calendarId: 'primary' }, options));
}

export async function listCalendars(client: GoogleClient, access: Access): Promise<RemoteCalendar[]> {
  const calendars: RemoteCalendar[] = [];
  for await (const entry of entries(client, access)) {
    if (!entry.id || entry.deleted) continue;
    calendars.push({
      externalId: entry.id,
      name: entry.summaryOverride ?? entry.summary ?? entry.id,
      timeZone: entry.timeZone && isTimeZone(entry.timeZone) ? entry.timeZone : null,
      primary: entry.primary === true,
      writable: entry.accessRole === 'writer' || entry.accessRole === 'owner',
      watchable: !isGenerated(entry.id),
    });
  }
  return calendars;
}

/** Google generates calendars of holidays, birthdays and contacts, and sends no notifications for them. */
const isGenerated = (id: string) => id.toLowerCase().endsWith('@group.v.calendar.google.com');

async function* entries(client: GoogleClient, access: Access): AsyncGenerator<Entry> {
  let pageToken: string | undefined;
  do {
    const page = await client.request(access, (api, options) =>
      api.calendarList.list({ maxResults: 250, ...(pageToken ? { pageToken } : {}) }, options),
    );
    yield* page.items ?? [];
    pageToken = page.nextPageToken ?? undefined;
  } while (pageToken);
}
