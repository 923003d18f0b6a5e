/** Reads a Microsoft calendar's events, all of a window or what changed since (calendarView/delta). */
import { formatInstant } from '../../time/instant-text.ts';
import { type ChangePage, ProviderError, type PullRequest } from '../port.ts';
import type { GraphClient } from './client.ts';
import { createEventReader, preferTimeZone } from './event-reads.ts';
import type { GraphEvent } from './map-event.ts';
import { followPages, type GraphPage, readPage } from './pages.ts';
import { createSeriesResolver } from './series.ts';
import { mailboxZone } from './zone.ts';

/** A page of change tracking; `$top` is refused there. */
const PAGE_SIZE = 'odata.maxpagesize=200';

export async function* pullChanges(client: GraphClient, request: PullRequest): AsyncGenerator<ChangePage> {
  const { calendar, cursor, window } = request;
  const currentZone = await readChangedZone(client, request);
  const zoneUpdate = currentZone ? { timeZone: currentZone } : {};
  const zone = currentZone ?? calendar.timeZone;
  const first = await readFirstPage(client, request, zone ?? 'UTC');
  const reader = createEventReader(client, request, { zone, requestedZone: first.requestedZone });
  if (!first.page) {
    const events = await reader.window();
    yield { changes: events.map((event) => ({ type: 'upsert', event })), ...zoneUpdate, cursor: null };
    return;
  }
  const series = createSeriesResolver(reader, { window, zone, incremental: cursor !== null });
  const pages = followPages(first.page, (link) => readDelta(client, request, first.requestedZone, link));
  for await (const page of pages) {
    const changes = series.addPage(page.value);
    if (page['@odata.nextLink']) {
      yield { changes, ...zoneUpdate };
      continue;
    }
    const deltaLink = page['@odata.deltaLink'];
    const result = await series.finish();
    // What had to be guessed is asked again: the next round is a full one.
    const next = deltaLink && !result.incomplete ? client.toRelativeLink(deltaLink) : null;
    yield { changes: [...changes, ...result.changes], ...zoneUpdate, cursor: next };
  }
}

/** The mailbox's zone, asked for when it is not known and at each full round. */
async function readChangedZone(
  client: GraphClient,
  { access, calendar, cursor, signal }: PullRequest,
): Promise<string | null> {
  if (cursor !== null && calendar.timeZone !== null) return null;
  try {
    return await mailboxZone(client, access, signal);
  } catch (error) {
    // The zone that is known will do.
    const canWait =
      calendar.timeZone !== null && error instanceof ProviderError && error.reason === 'transient';
    if (canWait) return null;
    throw error;
  }
}

interface FirstPage {
  /** The round's first page; null: this calendar has no change tracking. */
  page: GraphPage<GraphEvent> | null;
  /** The zone that times are asked in. */
  requestedZone: string;
}

async function readFirstPage(
  client: GraphClient,
  request: PullRequest,
  requestedZone: string,
): Promise<FirstPage> {
  const { calendar, cursor, window } = request;
  try {
    const page =
      cursor === null
        ? await readDelta(client, request, requestedZone, deltaPath(calendar.externalId), windowQuery(window))
        : await readDelta(client, request, requestedZone, cursor);
    return { page, requestedZone };
  } catch (error) {
    if (!(error instanceof ProviderError) || error.reason !== 'rejected') throw error;
    // Graph knows many of IANA's zones, not all.
    if (requestedZone !== 'UTC' && /TimeZoneNotSupported/i.test(error.message))
      return readFirstPage(client, request, 'UTC');
    if (cursor === null && NO_DELTA_STATUSES.has(error.status)) return { page: null, requestedZone };
    // A cursor that can't be read is as good as none; whether the calendar is gone, a full round will tell.
    if (cursor !== null && error.status === 400) throw cursorExpired(error);
    throw error;
  }
}

/** How servers say that a calendar has no change tracking: it is documented for the default calendar only. */
const NO_DELTA_STATUSES: ReadonlySet<number | null> = new Set([400, 404, 405, 501]);

/** @param path A link, or the path that begins a full round. */
const readDelta = (
  client: GraphClient,
  { access, signal }: PullRequest,
  requestedZone: string,
  path: string,
  query: Record<string, string> = {},
) =>
  readPage<GraphEvent>(client, access, path, {
    query,
    prefer: [PAGE_SIZE, preferTimeZone(requestedZone)],
    signal,
  });

const deltaPath = (calendarId: string) =>
  `/me/calendars/${encodeURIComponent(calendarId)}/calendarView/delta`;

/** Sealed in the round's links: no later request repeats it. */
const windowQuery = ({ from, to }: PullRequest['window']) => ({
  startDateTime: formatInstant(from),
  endDateTime: formatInstant(to),
});

const cursorExpired = (error: ProviderError) =>
  new ProviderError('cursor-expired', error.message, { status: error.status, cause: error });
