/** Pulls a Microsoft calendar: all events of a window, or the changes since a delta link (calendarView/delta). */
import { formatInstant } from '../../time/instant-text.ts';
import { type ChangePage, ProviderError, type PullRequest } from '../port.ts';
import type { GraphClient } from './client.ts';
import { createEventReader, preferTimeZone } from './event-reads.ts';
import type { GraphEvent } from './map-event.ts';
import { followPages, type GraphPage, readPage } from './pages.ts';
import { createSeriesResolver } from './series.ts';
import { mailboxZone } from './zone.ts';

/** Page size of change tracking, which refuses `$top`. */
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
    yield {
      changes: events.map((event) => ({ type: 'upsert', event })),
      ...zoneUpdate,
      cursor: null,
      ...(reader.isPartial() ? { partial: true } : {}),
    };
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
    // Change tracking doesn't list again what could not be read, so the next pull is a full one.
    const next = deltaLink && !result.incomplete && !result.partial ? client.toRelativeLink(deltaLink) : null;
    yield {
      changes: [...changes, ...result.changes],
      ...zoneUpdate,
      cursor: next,
      ...(result.partial ? { partial: true } : {}),
    };
  }
}

/** The mailbox's zone, when it is not known yet and at each full pull. */
async function readChangedZone(
  client: GraphClient,
  { access, calendar, cursor, signal }: PullRequest,
): Promise<string | null> {
  if (cursor !== null && calendar.timeZone !== null) return null;
  try {
    return await mailboxZone(client, access, signal);
  } catch (error) {
    // A known zone suffices while the mailbox settings can't be reached.
    const canWait =
      calendar.timeZone !== null && error instanceof ProviderError && error.reason === 'transient';
    if (canWait) return null;
    throw error;
  }
}

interface FirstPage {
  /** The pull's first page; null: this calendar has no change tracking. */
  page: GraphPage<GraphEvent> | null;
  /** The zone in which times are requested. */
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
    // Graph knows many of IANA's zones, but not all.
    if (requestedZone !== 'UTC' && /TimeZoneNotSupported/i.test(error.message))
      return readFirstPage(client, request, 'UTC');
    if (cursor === null && NO_DELTA_STATUSES.has(error.status)) return { page: null, requestedZone };
    // A delta link that Graph can't read has expired. If the calendar itself is missing, the full pull will fail.
    if (cursor !== null && error.status === 400) throw cursorExpired(error);
    throw error;
  }
}

/** Statuses of calendars without change tracking, which is documented for the default calendar only. */
const NO_DELTA_STATUSES: ReadonlySet<number | null> = new Set([400, 404, 405, 501]);

/** @param path a link, or the path of a full pull's first page */
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

/** The links contain the window: no later request repeats it. */
const windowQuery = ({ from, to }: PullRequest['window']) => ({
  startDateTime: formatInstant(from),
  endDateTime: formatInstant(to),
});

const cursorExpired = (error: ProviderError) =>
  new ProviderError('cursor-expired', error.message, { status: error.status, cause: error });
