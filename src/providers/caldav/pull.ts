/** A round of changes: whole objects, each expanded here, by the best way that the server offers. */

import type { Reader } from '../ical-reader/reader.ts';
import { type ChangePage, ProviderError, type PullRequest } from '../port.ts';
import { zoneIn } from './calendars.ts';
import { type Changes, compared, listObjects, refusesSync, syncChanges } from './changes.ts';
import type { DavSession } from './client.ts';
import { type CalDavCursor, readCursor, writeCursor } from './cursor.ts';
import { keyOf, normalised } from './hrefs.ts';
import { type Frame, meaningOf, series } from './map-event.ts';
import { BATCH, readObjects } from './objects.ts';
import { currentPrincipal, hrefsOf, ownerAddresses } from './principal.ts';
import { resource } from './requests.ts';
import { CALENDAR_SERVER, children, DAV, textOf } from './xml.ts';

export async function* pullChanges(
  dav: DavSession,
  reader: Reader,
  request: PullRequest,
): AsyncGenerator<ChangePage> {
  const cursor = request.cursor === null ? null : readCursor(request.cursor);
  const { externalId, timeZone, hostZone = 'UTC' } = request.calendar;
  const calendar = normalised(externalId, externalId);
  if (calendar === null)
    throw new ProviderError('rejected', 'This calendar has no address.', { status: 404 });
  if (cursor && cursor.zone !== (timeZone ?? hostZone)) {
    throw new ProviderError('cursor-expired', 'The calendar was read by the days of another zone.');
  }
  const state = cursor ? null : await describe(dav, calendar);
  if (state?.zone) yield { changes: [], timeZone: state.zone };
  const base = cursor ?? {
    zone: state?.zone ?? timeZone ?? hostZone,
    owner: state ? await ownerAddresses(dav, state) : [],
    partial: [],
  };
  const found = cursor ? await changesSince(dav, calendar, cursor) : await everything(dav, calendar, state);
  const { changed, removed, next } = found;
  // They may be readable by now.
  for (const href of base.partial) {
    const url = normalised(href, calendar);
    const key = url === null ? null : keyOf(calendar, url);
    if (key !== null && !removed.has(key) && !changed.has(key)) changed.set(key, href);
  }
  if (removed.size > 0) yield { changes: [...removed].map((key) => series(key, [])) };
  const { zone, owner } = base;
  const partial: string[] = [];
  const frame: Frame = { zone, owner, window: request.window };
  for (const batch of batches(changed)) {
    const page: ChangePage = { changes: [] };
    for (const [key, text] of await readObjects(dav, calendar, batch)) {
      const href = batch.get(key);
      if (href === undefined) continue;
      if (text === null) page.changes.push(series(key, []));
      const meaning =
        typeof text === 'string' ? await meaningOf(reader, key, text, frame, request.signal) : null;
      if (meaning?.change) page.changes.push(meaning.change);
      if (text === undefined || meaning?.whole === false) partial.push(href);
    }
    yield page;
  }
  yield {
    changes: [],
    cursor: writeCursor({ zone, owner, partial, ...next }),
    ...(partial.length > 0 ? { partial: true } : {}),
  };
}

interface State {
  zone: string | null;
  ctag: string | null;
  /** Does it tell changes by sync-collection? */
  syncs: boolean;
  owner: string | null;
  reader: string | null;
}

async function describe(dav: DavSession, calendar: string): Promise<State> {
  const { url, self } = await resource(dav, calendar, [
    'D:resourcetype',
    'D:supported-report-set',
    'D:owner',
    'D:current-user-principal',
    'CS:getctag',
    'C:calendar-timezone',
    'C:calendar-timezone-id',
  ]);
  // A server that has nothing there may say so in the answer's inside.
  if (self?.status === 404 || self?.status === 410) {
    throw new ProviderError('rejected', 'The calendar is gone.', { status: self.status });
  }
  const reports = [...children(self?.prop(DAV, 'supported-report-set'))].flatMap((supported) =>
    [...supported.getElementsByTagNameNS(DAV, 'sync-collection')].map((report) => report.localName),
  );
  return {
    zone: zoneIn(self),
    ctag: textOf(self?.prop(CALENDAR_SERVER, 'getctag')) || null,
    syncs: reports.length > 0,
    owner: hrefsOf(self?.prop(DAV, 'owner'), url)[0] ?? null,
    reader: currentPrincipal(self, url),
  };
}

type Next =
  | Pick<Extract<CalDavCursor, { kind: 'sync' }>, 'kind' | 'token'>
  | Pick<Extract<CalDavCursor, { kind: 'ctag' }>, 'kind' | 'token' | 'etags'>
  | Pick<Extract<CalDavCursor, { kind: 'etags' }>, 'kind' | 'etags'>;

/** A server whose sync-collection fails from the start is asked in the older ways. */
async function everything(
  dav: DavSession,
  calendar: string,
  state: State | null,
): Promise<Changes & { next: Next }> {
  if (state?.syncs) {
    try {
      const { changed, token } = await syncChanges(dav, calendar, '');
      return { changed, removed: new Set(), next: { kind: 'sync', token } };
    } catch (error) {
      if (!refusesSync(error)) throw error;
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

async function changesSince(
  dav: DavSession,
  calendar: string,
  cursor: CalDavCursor,
): Promise<Changes & { next: Next }> {
  if (cursor.kind === 'sync') {
    try {
      const { token, ...changes } = await syncChanges(dav, calendar, cursor.token);
      return { ...changes, next: { kind: 'sync', token } };
    } catch (error) {
      if (!refusesSync(error)) throw error;
      throw new ProviderError('cursor-expired', error.message, { status: error.status, cause: error });
    }
  }
  if (cursor.kind === 'etags') {
    const listing = await listObjects(dav, calendar);
    return { ...compared(cursor.etags, listing), next: { kind: 'etags', etags: listing.etags } };
  }
  const { ctag } = await describe(dav, calendar);
  if (ctag === null) throw new ProviderError('cursor-expired', 'The server no longer tells a ctag.');
  if (ctag === cursor.token) {
    const { kind, token, etags } = cursor;
    return { changed: new Map(), removed: new Set(), next: { kind, token, etags } };
  }
  const listing = await listObjects(dav, calendar);
  return { ...compared(cursor.etags, listing), next: { kind: 'ctag', token: ctag, etags: listing.etags } };
}

function* batches(changed: ReadonlyMap<string, string>): Generator<Map<string, string>> {
  const all = [...changed];
  for (let at = 0; at < all.length; at += BATCH) yield new Map(all.slice(at, at + BATCH));
}
