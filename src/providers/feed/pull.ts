/** Pulls a feed: all of its events, or nothing when the content is unchanged. */
import { forEachInTurns } from '../../async/event-loop.ts';
import type { Clock, Instant } from '../../time/clock.ts';
import type { HttpFetch } from '../http.ts';
import { type IcalReader, READER_VERSION } from '../ical-reader/reader.ts';
import { type ChangePage, type EventChange, ProviderError, type PullRequest } from '../port.ts';
import { fetchFeed } from './client.ts';
import { contentHash } from './content-hash.ts';
import { emptyCursor, extendStreak, type FeedCursor, readCursor, writeCursor } from './cursor.ts';
import { fingerprintOf, mapEvent, parseFeed } from './map-event.ts';
import { decodeSecret, feedIdOf } from './secret.ts';
import { isPermanentlyRefused, suspicionOf } from './suspicion.ts';

export interface FeedDeps {
  fetch: HttpFetch;
  /** FEED_USER_AGENT. */
  userAgent: string;
  reader: IcalReader;
  clock: Clock;
}

export async function* pullChanges(
  { fetch, userAgent, reader, clock }: FeedDeps,
  request: PullRequest,
): AsyncGenerator<ChangePage> {
  const { access, window, signal } = request;
  const { timeZone, hostZone, ownerAddresses: owner = [] } = request.calendar;
  const zone = timeZone ?? hostZone ?? 'UTC';
  const previous = readCursor(request.cursor ?? request.previousCursor);
  if (request.cursor !== null && !previous)
    throw new ProviderError('cursor-expired', 'The cursor cannot be read.');
  // For another window, zone, owner or reader, the same content maps to other busy time: it counts as unknown.
  const isSameOwner = (previous?.owner ?? []).join() === owner.join();
  const isSameReading = isSameOwner && previous?.zone === zone && previous.reader === READER_VERSION;
  const known = request.cursor !== null && isSameReading ? previous : null;
  const secret = decodeSecret(await access.token());
  if (feedIdOf(secret) !== request.calendar.externalId)
    throw new ProviderError('rejected', 'The account has another calendar.', { status: 404 });
  const { url } = secret;
  const response = await fetchFeed(fetch, { access, url, userAgent, known, signal }).catch(
    (error: unknown) => {
      throw refusalError(error, previous ?? emptyCursor(zone), clock.now());
    },
  );
  if (!response) {
    yield lastPage({ ...(known ?? emptyCursor(zone)), doubt: null, refused: null });
    return;
  }
  const { body, etag, modified } = response;
  const hash = await contentHash(body);
  if (known?.hash === hash) {
    yield lastPage({ ...known, etag, modified, doubt: null, refused: null });
    return;
  }
  const { events, partial, held, calendar } = await parseFeed(
    reader,
    body,
    { zone, owner, window },
    response.detour,
  );
  const series = new Set<string>();
  const changes: EventChange[] = [];
  await forEachInTurns(events, (event) => {
    series.add(event.uid);
    changes.push({ type: 'upsert', event: mapEvent(event) });
  });
  const count = series.size;
  const doubt = suspicionOf(previous, { events: count, printOf: () => fingerprintOf(events) }, clock.now());
  if (previous && doubt) {
    const message = `Of ${previous.events} events only ${count} are left; not accepted yet.`;
    throw new ProviderError('transient', message, {
      cursor: writeCursor({ ...previous, doubt, refused: null }),
    });
  }
  const { refresh } = calendar;
  const read: FeedCursor = {
    ...{ etag, modified, hash, zone, owner, reader: READER_VERSION, partial, held },
    ...{ events: count, refresh, doubt: null, refused: null },
  };
  yield {
    ...lastPage(read),
    changes,
    full: true,
    ...(calendar.zone === null ? {} : { timeZone: calendar.zone }),
  };
}

/** The last page of a pull without changes. */
const lastPage = (cursor: FeedCursor): ChangePage => ({
  changes: [],
  cursor: writeCursor(cursor),
  ...(cursor.partial ? { partial: true } : {}),
  ...(cursor.partial && cursor.held ? { held: true } : {}),
  ...(cursor.refresh === null ? {} : { refreshInterval: cursor.refresh }),
});

/** A secret address is revoked by removing it: when it stays away, only the host can give another. */
function refusalError(error: unknown, previous: FeedCursor, now: Instant): unknown {
  if (!(error instanceof ProviderError) || error.reason !== 'rejected') return error;
  const { status, message } = error;
  const streak = extendStreak(previous.refused, now);
  const revoked = status === 410 || ((status === 401 || status === 404) && isPermanentlyRefused(streak, now));
  if (revoked) return new ProviderError('auth-revoked', message, { status, cause: error });
  if (status !== 401 && status !== 404) return error;
  return new ProviderError('rejected', message, {
    status,
    cause: error,
    cursor: writeCursor({ ...previous, refused: streak }),
  });
}
