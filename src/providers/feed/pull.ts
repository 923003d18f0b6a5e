/** A round: the whole feed, or word that it is what it was. */
import type { Clock, Instant } from '../../time/clock.ts';
import type { WebFetch } from '../http.ts';
import type { Reader } from '../ical-reader/reader.ts';
import { type ChangePage, ProviderError, type PullRequest } from '../port.ts';
import { askFeed } from './client.ts';
import { contentHash } from './content.ts';
import { blank, type FeedCursor, longer, readCursor, writeCursor } from './cursor.ts';
import { doubtOf, isGone } from './doubt.ts';
import { countOf, printOf, readFeed, remoteEvent } from './map-event.ts';
import { idOf, openSecret } from './secret.ts';

export interface FeedDeps {
  fetch: WebFetch;
  reader: Reader;
  clock: Clock;
}

export async function* pullChanges(
  { fetch, reader, clock }: FeedDeps,
  request: PullRequest,
): AsyncGenerator<ChangePage> {
  const { access, window, signal } = request;
  const zone = request.calendar.timeZone ?? request.calendar.hostZone ?? 'UTC';
  const last = readCursor(request.cursor ?? request.last);
  if (request.cursor !== null && !last)
    throw new ProviderError('cursor-expired', 'The cursor means nothing.');
  // For another window, or by another zone's days, the same content says something else.
  const known = request.cursor !== null && last?.zone === zone ? last : null;
  const secret = openSecret(await access.token());
  if (idOf(secret) !== request.calendar.externalId)
    throw new ProviderError('rejected', 'The account has another calendar.', { status: 404 });
  const { url } = secret;
  const answer = await askFeed(fetch, { access, url, known, signal }).catch((error: unknown) => {
    throw refused(error, last ?? blank(zone), clock.now());
  });
  if (!answer) {
    yield lastPage({ ...(known ?? blank(zone)), doubt: null, refused: null });
    return;
  }
  const { body, etag, modified } = answer;
  const hash = await contentHash(body);
  if (known?.hash === hash) {
    yield lastPage({ ...known, etag, modified, doubt: null, refused: null });
    return;
  }
  const { events, partial, calendar } = await readFeed(reader, body, { zone, owner: [], window });
  const count = countOf(events);
  const doubt = doubtOf(last, { events: count, print: printOf(events) }, clock.now());
  if (last && doubt) {
    const message = `Of ${last.events} events ${count} are left: not believed yet.`;
    throw new ProviderError('transient', message, {
      cursor: writeCursor({ ...last, doubt, refused: null }),
    });
  }
  const { refresh } = calendar;
  const read = { etag, modified, hash, zone, partial, events: count, refresh, doubt: null, refused: null };
  yield {
    ...lastPage(read),
    changes: events.map((event) => ({ type: 'upsert', event: remoteEvent(event) })),
    full: true,
    ...(calendar.zone === null ? {} : { timeZone: calendar.zone }),
  };
}

/** Nothing changed, and this is what is known. */
const lastPage = (cursor: FeedCursor): ChangePage => ({
  changes: [],
  cursor: writeCursor(cursor),
  ...(cursor.partial ? { partial: true } : {}),
  ...(cursor.refresh === null ? {} : { refresh: cursor.refresh }),
});

/** An address that is secret is withdrawn by taking it away: then only its host can give another one. */
function refused(error: unknown, last: FeedCursor, now: Instant): unknown {
  if (!(error instanceof ProviderError) || error.reason !== 'rejected') return error;
  const { status, message } = error;
  const row = longer(last.refused, now);
  const gone = status === 410 || ((status === 401 || status === 404) && isGone(row, now));
  if (gone) return new ProviderError('auth-revoked', message, { status, cause: error });
  if (status !== 401 && status !== 404) return error;
  return new ProviderError('rejected', message, {
    status,
    cause: error,
    cursor: writeCursor({ ...last, refused: row }),
  });
}
