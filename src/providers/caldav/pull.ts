/** Pulls a CalDAV calendar: whole objects, expanded here, by the best method that the server offers. */

import { MINUTE } from '../../time/clock.ts';
import { type IcalReader, READER_VERSION } from '../ical-reader/reader.ts';
import { type ChangePage, ProviderError, type PullRequest } from '../port.ts';
import { zoneOfCalendar } from './calendars.ts';
import { compareEtags, isSyncRefused, listObjects, type ObjectChanges, readSyncChanges } from './changes.ts';
import type { DavSession } from './client.ts';
import { type CalDavCursor, readCursor, writeCursor } from './cursor.ts';
import { normaliseHref, objectKey } from './hrefs.ts';
import { keepSeries, type MappingContext, mapObject, seriesChange } from './map-event.ts';
import { BATCH_SIZE, type ObjectText, readObjects } from './objects.ts';
import { currentPrincipal, hrefsOf, ownerAddresses } from './principal.ts';
import { readResource } from './requests.ts';
import { CALENDAR_SERVER, children, DAV, elementText } from './xml.ts';

export async function* pullChanges(
  dav: DavSession,
  reader: IcalReader,
  request: PullRequest,
): AsyncGenerator<ChangePage> {
  const cursor = request.cursor === null ? null : readCursor(request.cursor);
  const { externalId, timeZone, hostZone = 'UTC', ownerAddresses: host = [] } = request.calendar;
  const calendar = normaliseHref(externalId, externalId);
  if (calendar === null)
    throw new ProviderError('rejected', 'This calendar has no address.', { status: 404 });
  if (cursor && cursor.zone !== (timeZone ?? hostZone)) {
    throw new ProviderError('cursor-expired', 'The calendar was read in another time zone.');
  }
  if (cursor && (cursor.host ?? []).join() !== host.join()) {
    throw new ProviderError('cursor-expired', 'The calendar was read for other addresses of its owner.');
  }
  const state = cursor ? null : await readCalendarState(dav, calendar);
  if (state?.zone) yield { changes: [], timeZone: state.zone };
  const previous = cursor ?? previousCursor(request);
  const base = cursor ?? {
    zone: state?.zone ?? timeZone ?? hostZone,
    owner: state ? await ownerAddresses(dav, state) : [],
    partial: [],
    held: [],
  };
  const found = cursor
    ? await readChangesSince(dav, calendar, cursor)
    : await listEverything(dav, calendar, state);
  const { changed, removed, next } = found;
  const [missing, gone] = [byKey(calendar, previous?.missing), byKey(calendar, previous?.gone)];
  // Objects that could not be read completely in the last pull are read again.
  for (const [key, href] of [...byKey(calendar, base.partial), ...(cursor ? [...missing, ...gone] : [])]) {
    if (!removed.has(key) && !changed.has(key)) changed.set(key, href);
  }
  if (removed.size > 0) yield { changes: [...removed].map((key) => seriesChange(key, [])) };
  const { zone, owner } = base;
  const unread = { partial: [] as string[], missing: [] as string[], gone: [] as string[] };
  const known = { missing: new Set(missing.keys()), gone: new Set(gone.keys()) };
  // An object whose place in time is in doubt is read again when it has changed.
  const held = new Set(base.held.filter((key) => !removed.has(key) && !changed.has(key)));
  const context: MappingContext = { zone, owner: [...owner, ...host], window: request.window };
  for (const batch of batches(changed)) {
    const page: ChangePage = { changes: [] };
    for (const [key, text] of await readObjects(dav, calendar, batch, known.gone)) {
      const href = batch.get(key);
      if (href === undefined) continue;
      if (typeof text === 'string') {
        const mapped = await mapObject(reader, key, text, context, request.signal);
        page.changes.push(mapped.change);
        if (!mapped.complete) unread.partial.push(href);
        if (mapped.held) held.add(key);
        continue;
      }
      const outcome = outcomeOf(key, text, known);
      unread[outcome].push(href);
      page.changes.push(outcome === 'gone' ? seriesChange(key, []) : keepSeries(key));
    }
    yield page;
  }
  const unreadCount = unread.partial.length + unread.missing.length;
  yield {
    changes: [],
    cursor: writeCursor({
      ...{ zone, owner, host, ...unread, gone: unread.gone.slice(-MAX_GONE), held: [...held] },
      ...{ reader: READER_VERSION, ...next },
    }),
    ...(unreadCount + held.size > 0 ? { partial: true } : {}),
    ...(unreadCount === 0 && held.size > 0 ? { held: true } : {}),
    // An object that was deleted while it was read is soon known to be.
    ...(unread.missing.length > 0 ? { refreshInterval: MISSING_REFRESH } : {}),
  };
}

/** The most objects that are asked for although they were not found twice. */
const MAX_GONE = 100;
/** How soon a calendar is read again in which a listed object was not found. Milliseconds. */
const MISSING_REFRESH = MINUTE;

/**
 * What an object without a text comes to. A list and the answer about one object may come from two servers of different
 * age, so an object that is listed and not found is deleted only when it is not found in the next pull either.
 */
function outcomeOf(
  key: string,
  text: Exclude<ObjectText, string>,
  known: { missing: ReadonlySet<string>; gone: ReadonlySet<string> },
): 'partial' | 'missing' | 'gone' {
  if (text === undefined) return 'partial';
  return known.missing.has(key) || known.gone.has(key) ? 'gone' : 'missing';
}

/** The cursor of the last pull, for a full one; null when there is none that can be read. */
function previousCursor({ previousCursor: text }: PullRequest): CalDavCursor | null {
  try {
    return text === undefined ? null : readCursor(text);
  } catch {
    return null;
  }
}

/** Hrefs of objects by their key. */
function byKey(calendar: string, hrefs: readonly string[] = []): Map<string, string> {
  const found = new Map<string, string>();
  for (const href of hrefs) {
    const url = normaliseHref(href, calendar);
    if (url !== null) found.set(objectKey(calendar, url), href);
  }
  return found;
}

interface CalendarState {
  zone: string | null;
  ctag: string | null;
  /** Whether the server offers sync-collection for this calendar. */
  supportsSync: boolean;
  owner: string | null;
  reader: string | null;
}

async function readCalendarState(dav: DavSession, calendar: string): Promise<CalendarState> {
  const { url, self } = await readResource(dav, calendar, [
    'D:resourcetype',
    'D:supported-report-set',
    'D:owner',
    'D:current-user-principal',
    'CS:getctag',
    'C:calendar-timezone',
    'C:calendar-timezone-id',
  ]);
  // Some servers report a missing calendar inside a 207 answer.
  if (self?.status === 404 || self?.status === 410) {
    throw new ProviderError('rejected', 'The calendar is gone.', { status: self.status });
  }
  const reports = [...children(self?.prop(DAV, 'supported-report-set'))].flatMap((supported) =>
    [...supported.getElementsByTagNameNS(DAV, 'sync-collection')].map((report) => report.localName),
  );
  return {
    zone: zoneOfCalendar(self),
    ctag: elementText(self?.prop(CALENDAR_SERVER, 'getctag')) || null,
    supportsSync: reports.length > 0,
    owner: hrefsOf(self?.prop(DAV, 'owner'), url)[0] ?? null,
    reader: currentPrincipal(self, url),
  };
}

type NextCursor =
  | Pick<Extract<CalDavCursor, { kind: 'sync' }>, 'kind' | 'token'>
  | Pick<Extract<CalDavCursor, { kind: 'ctag' }>, 'kind' | 'token' | 'etags'>
  | Pick<Extract<CalDavCursor, { kind: 'etags' }>, 'kind' | 'etags'>;

/** Reads all objects. A server whose sync-collection fails at once is listed by PROPFIND instead. */
async function listEverything(
  dav: DavSession,
  calendar: string,
  state: CalendarState | null,
): Promise<ObjectChanges & { next: NextCursor }> {
  if (state?.supportsSync) {
    try {
      const { changed, token } = await readSyncChanges(dav, calendar, '');
      return { changed, removed: new Set(), next: { kind: 'sync', token } };
    } catch (error) {
      if (!isSyncRefused(error)) throw error;
    }
  }
  const { hrefs: changed, etags } = await listObjects(dav, calendar);
  const token = state?.ctag ?? null;
  return {
    changed,
    removed: new Set(),
    next: token === null ? { kind: 'etags', etags } : { kind: 'ctag', token, etags },
  };
}

async function readChangesSince(
  dav: DavSession,
  calendar: string,
  cursor: CalDavCursor,
): Promise<ObjectChanges & { next: NextCursor }> {
  if (cursor.kind === 'sync') {
    try {
      const { token, ...changes } = await readSyncChanges(dav, calendar, cursor.token);
      return { ...changes, next: { kind: 'sync', token } };
    } catch (error) {
      if (!isSyncRefused(error)) throw error;
      throw new ProviderError('cursor-expired', error.message, { status: error.status, cause: error });
    }
  }
  if (cursor.kind === 'etags') {
    const listing = await listObjects(dav, calendar);
    return { ...compareEtags(cursor.etags, listing), next: { kind: 'etags', etags: listing.etags } };
  }
  const { ctag } = await readCalendarState(dav, calendar);
  if (ctag === null) throw new ProviderError('cursor-expired', 'The server no longer sends a ctag.');
  if (ctag === cursor.token) {
    const { kind, token, etags } = cursor;
    return { changed: new Map(), removed: new Set(), next: { kind, token, etags } };
  }
  const listing = await listObjects(dav, calendar);
  return {
    ...compareEtags(cursor.etags, listing),
    next: { kind: 'ctag', token: ctag, etags: listing.etags },
  };
}

function* batches(changed: ReadonlyMap<string, string>): Generator<Map<string, string>> {
  const all = [...changed];
  for (let at = 0; at < all.length; at += BATCH_SIZE) yield new Map(all.slice(at, at + BATCH_SIZE));
}
