/** Reads a Google calendar's events, all of a window or what changed since (events.list with sync tokens). */

import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { formatInstant } from '../../time/instant-text.ts';
import { isTimeZone } from '../../time/zone.ts';
import { type Change, type ChangePage, ProviderError, type PullRequest } from '../port.ts';
import { changeOf } from '../window-change.ts';
import type { GoogleClient } from './client.ts';
import { type GoogleEvent, remoteEventOf } from './map-event.ts';

export async function* pullChanges(client: GoogleClient, request: PullRequest): AsyncGenerator<ChangePage> {
  const { calendar } = request;
  const seriesAlive = new Set<string>();
  let pageToken: string | undefined;
  do {
    const page = await readPage(client, request, pageToken);
    const told = page.timeZone && isTimeZone(page.timeZone) ? page.timeZone : null;
    const zone = told ?? calendar.timeZone ?? 'UTC';
    const next = page.nextPageToken ?? undefined;
    if (next && next === pageToken)
      throw new ProviderError('transient', 'Google named the same next page twice.');
    pageToken = next;
    yield {
      changes: (page.items ?? []).flatMap((event) => changesOf(event, zone, request, seriesAlive)),
      ...(told ? { timeZone: told } : {}),
      ...(pageToken ? {} : { cursor: page.nextSyncToken ?? null }),
    };
  } while (pageToken);
}

async function readPage(
  client: GoogleClient,
  { access, calendar, cursor, window, signal }: PullRequest,
  pageToken: string | undefined,
): Promise<calendar_v3.Schema$Events> {
  const span = { timeMin: formatInstant(window.from), timeMax: formatInstant(window.to) };
  const params: calendar_v3.Params$Resource$Events$List = {
    calendarId: calendar.externalId,
    // With a sync token, these two must be what they were in the full round.
    singleEvents: true,
    maxResults: 2500,
    // The same sync token beside every page token; a window beside it is refused.
    ...(cursor === null ? span : { syncToken: cursor }),
    ...(pageToken ? { pageToken } : {}),
  };
  try {
    return await client.read(access, (api, options) => api.events.list(params, options), signal);
  } catch (error) {
    throw spoilsCursor(error, cursor) ? expired(error) : error;
  }
}

/** 410 whatever its reason. And 400: beside the cursor an incremental request holds nothing that could be wrong. */
const spoilsCursor = (error: unknown, cursor: string | null): error is ProviderError =>
  error instanceof ProviderError && (error.status === 410 || (error.status === 400 && cursor !== null));

const expired = (error: ProviderError) =>
  new ProviderError('cursor-expired', error.message, { status: error.status, cause: error });

/** @param seriesAlive The series of which this round has shown an instance; grows. */
function changesOf(
  event: GoogleEvent,
  zone: string,
  { cursor, window }: PullRequest,
  seriesAlive: Set<string>,
): Change[] {
  if (!event.id) return [];
  const series = event.recurringEventId;
  // The id may be a series', whose instances need not be listed. But an event that became a series may be
  // cancelled under the series' id while its instances come along: those stay.
  const emptied: Change[] =
    series || seriesAlive.has(event.id) ? [] : [{ type: 'series', seriesId: event.id, events: [] }];
  if (event.status === 'cancelled') return [removed(event.id), ...emptied];
  const read = remoteEventOf(event, zone);
  if (!read) return [];
  const change = changeOf(read, window);
  const shown = series ? seriesAlive.has(series) : false;
  if (series) seriesAlive.add(series);
  if (cursor === null || shown) return [change];
  // What is single now may have been a series before, and the other way round.
  return series ? [removed(series), change] : [...emptied, change];
}

const removed = (externalId: string): Change => ({ type: 'remove', externalId });
