/** Reads a Microsoft calendar's events, all of a window or what changed since (calendarView/delta). */
import { formatInstant } from '../../time/instant-text.ts';
import { type ChangePage, ProviderError, type PullRequest } from '../port.ts';
import type { GraphClient } from './client.ts';
import { createEventReads, inZone } from './event-reads.ts';
import type { GraphEvent } from './map-event.ts';
import { type Page, pagesFrom, readPage } from './pages.ts';
import { createRound } from './series.ts';
import { mailboxZone } from './zone.ts';

/** A page of change tracking; `$top` is refused there. */
const PAGE_SIZE = 'odata.maxpagesize=200';

export async function* pullChanges(client: GraphClient, request: PullRequest): AsyncGenerator<ChangePage> {
  const { calendar, cursor, window } = request;
  const told = await zoneToTell(client, request);
  const news = told ? { timeZone: told } : {};
  const zone = told ?? calendar.timeZone;
  const opened = await openRound(client, request, zone ?? 'UTC');
  const reads = createEventReads(client, request, { zone, asked: opened.asked });
  if (!opened.page) {
    const events = await reads.window();
    yield { changes: events.map((event) => ({ type: 'upsert', event })), ...news, cursor: null };
    return;
  }
  const round = createRound(reads, { window, zone, incremental: cursor !== null });
  const pages = pagesFrom(opened.page, (link) => readDelta(client, request, opened.asked, link));
  for await (const page of pages) {
    const changes = round.take(page.value);
    if (page['@odata.nextLink']) {
      yield { changes, ...news };
      continue;
    }
    const deltaLink = page['@odata.deltaLink'];
    const last = await round.finish();
    // What had to be guessed is asked again: the next round is a full one.
    const next = deltaLink && !last.guessed ? client.relative(deltaLink) : null;
    yield { changes: [...changes, ...last.changes], ...news, cursor: next };
  }
}

/** The mailbox's zone, asked for when it is not known and at each full round. */
async function zoneToTell(
  client: GraphClient,
  { access, calendar, cursor, signal }: PullRequest,
): Promise<string | null> {
  if (cursor !== null && calendar.timeZone !== null) return null;
  try {
    return await mailboxZone(client, access, signal);
  } catch (error) {
    // The zone that is known will do.
    const spared =
      calendar.timeZone !== null && error instanceof ProviderError && error.reason === 'transient';
    if (spared) return null;
    throw error;
  }
}

interface Opened {
  /** The round's first page; null: this calendar has no change tracking. */
  page: Page<GraphEvent> | null;
  /** The zone that times are asked in. */
  asked: string;
}

async function openRound(client: GraphClient, request: PullRequest, asked: string): Promise<Opened> {
  const { calendar, cursor, window } = request;
  try {
    const page =
      cursor === null
        ? await readDelta(client, request, asked, deltaPath(calendar.externalId), spanOf(window))
        : await readDelta(client, request, asked, cursor);
    return { page, asked };
  } catch (error) {
    if (!(error instanceof ProviderError) || error.reason !== 'rejected') throw error;
    // Graph knows many of IANA's zones, not all.
    if (asked !== 'UTC' && /TimeZoneNotSupported/i.test(error.message))
      return openRound(client, request, 'UTC');
    if (cursor === null && REFUSALS.has(error.status)) return { page: null, asked };
    // A cursor that can't be read is as good as none; whether the calendar is gone, a full round will tell.
    if (cursor !== null && error.status === 400) throw expired(error);
    throw error;
  }
}

/** How servers say that a calendar has no change tracking: it is documented for the default calendar only. */
const REFUSALS: ReadonlySet<number | null> = new Set([400, 404, 405, 501]);

/** @param path A link, or the path that begins a full round. */
const readDelta = (
  client: GraphClient,
  { access, signal }: PullRequest,
  asked: string,
  path: string,
  query: Record<string, string> = {},
) => readPage<GraphEvent>(client, access, path, { query, prefer: [PAGE_SIZE, inZone(asked)], signal });

const deltaPath = (calendarId: string) =>
  `/me/calendars/${encodeURIComponent(calendarId)}/calendarView/delta`;

/** Sealed in the round's links: no later request repeats it. */
const spanOf = ({ from, to }: PullRequest['window']) => ({
  startDateTime: formatInstant(from),
  endDateTime: formatInstant(to),
});

const expired = (error: ProviderError) =>
  new ProviderError('cursor-expired', error.message, { status: error.status, cause: error });
