/** Pulls a Google calendar: all events of a window, or the changes since a sync token (events.list). */

import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { formatInstant } from '../../time/instant-text.ts';
import { isTimeZone } from '../../time/zone.ts';
import { type ChangePage, type EventChange, ProviderError, type PullRequest } from '../port.ts';
import { changeWithin } from '../window-change.ts';
import type { GoogleClient } from './client.ts';
import { type GoogleEvent, kindOf, mapEvent } from './map-event.ts';

export async function* pullChanges(client: GoogleClient, request: PullRequest): AsyncGenerator<ChangePage> {
  const { calendar } = request;
  const seriesWithInstances = new Set<string>();
  let partial = false;
  let pageToken: string | undefined;
  do {
    const page = await readPage(client, request, pageToken);
    const pageZone = page.timeZone && isTimeZone(page.timeZone) ? page.timeZone : null;
    const zone = pageZone ?? calendar.timeZone ?? 'UTC';
    const next = page.nextPageToken ?? undefined;
    if (next && next === pageToken)
      throw new ProviderError('transient', 'Google named the same next page twice.');
    pageToken = next;
    const items = page.items ?? [];
    const changes = items.flatMap((event) => changesOf(event, zone, request, seriesWithInstances));
    partial ||= changes.some(({ type }) => type === 'keep') || items.some(({ id }) => !id);
    // An event that can't be read is listed again by a full pull only.
    const last = partial ? { cursor: null, partial } : { cursor: page.nextSyncToken ?? null };
    yield {
      changes,
      ...(pageZone ? { timeZone: pageZone } : {}),
      ...(pageToken ? {} : last),
    };
  } while (pageToken);
}

async function readPage(
  client: GoogleClient,
  { access, calendar, cursor, window, signal }: PullRequest,
  pageToken: string | undefined,
): Promise<calendar_v3.Schema$Events> {
  const range = { timeMin: formatInstant(window.from), timeMax: formatInstant(window.to) };
  const params: calendar_v3.Params$Resource$Events$List = {
    calendarId: calendar.externalId,
    // These two must equal those of the full pull that gave the sync token.
    singleEvents: true,
    maxResults: 2500,
    // The sync token is repeated beside every page token; Google refuses a window beside it.
    ...(cursor === null ? range : { syncToken: cursor }),
    ...(pageToken ? { pageToken } : {}),
  };
  try {
    return await client.request(access, (api, options) => api.events.list(params, options), signal);
  } catch (error) {
    throw isCursorError(error, cursor) ? cursorExpired(error) : error;
  }
}

/** A 410 of any reason, and a 400 for an incremental request: only the cursor can be wrong in it. */
const isCursorError = (error: unknown, cursor: string | null): error is ProviderError =>
  error instanceof ProviderError && (error.status === 410 || (error.status === 400 && cursor !== null));

const cursorExpired = (error: ProviderError) =>
  new ProviderError('cursor-expired', error.message, { status: error.status, cause: error });

/** @param seriesWithInstances series of which this pull has listed an instance; this function adds to it */
function changesOf(
  event: GoogleEvent,
  zone: string,
  { cursor, window }: PullRequest,
  seriesWithInstances: Set<string>,
): EventChange[] {
  if (!event.id) return [];
  const series = event.recurringEventId;
  // The id may be that of a series whose instances are not listed. An event that became a series may be cancelled under
  // the series' id while its instances are listed: those stay.
  const emptySeries: EventChange[] =
    series || seriesWithInstances.has(event.id) ? [] : [{ type: 'series', seriesId: event.id, events: [] }];
  if (event.status === 'cancelled') return [removal(event.id), ...emptySeries];
  const mapped = mapEvent(event, zone);
  // An event that takes time is listed, and its time can't be read.
  if (!mapped) return [kindOf(event) === 'FREE' ? removal(event.id) : { type: 'keep', id: event.id }];
  const change = changeWithin(mapped, window);
  const seriesSeen = series ? seriesWithInstances.has(series) : false;
  if (series) seriesWithInstances.add(series);
  if (cursor === null || seriesSeen) return [change];
  // A single event may have been a series before, and the reverse.
  return series ? [removal(series), change] : [...emptySeries, change];
}

const removal = (externalId: string): EventChange => ({ type: 'remove', externalId });
