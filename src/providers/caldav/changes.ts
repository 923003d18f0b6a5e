/** What changed in a calendar: by sync-collection (RFC 6578), or by comparing etags. */
import { ProviderError } from '../port.ts';
import type { DavSession } from './client.ts';
import type { Etags } from './cursor.ts';
import { normaliseHref, objectKey, sameResource } from './hrefs.ts';
import { type MultistatusResponse, readMultistatus } from './multistatus.ts';
import { forEachResource, syncCollectionBody } from './requests.ts';
import { DAV, elementText } from './xml.ts';

/** Objects by their key. */
export interface ObjectChanges {
  /** To be read: their hrefs, as the server writes them. */
  changed: Map<string, string>;
  removed: Set<string>;
}

/** A server that cuts its answers more often than this goes round in circles. */
const MAX_PARTS = 1_000;
/** Number of matches within limits: there is more. */
const TRUNCATED_STATUS = 507;

/** Statuses by which servers refuse a token; they also say that there is no such report. */
const REFUSALS = new Set([400, 403, 404, 405, 409, 410, 412, 415, 422, 500, 501, 507]);

/** Whether sync-collection itself was refused: then another way is left. */
export const isSyncRefused = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && error.retryAfter === null && REFUSALS.has(error.status ?? 0);

/**
 * @param token empty: everything counts as changed
 * @throws ProviderError, also one that `refusesSync`
 */
export async function readSyncChanges(
  dav: DavSession,
  calendar: string,
  token: string,
): Promise<ObjectChanges & { token: string }> {
  const all: ObjectChanges = { changed: new Map(), removed: new Set() };
  const seen = new Set([token]);
  for (let current = token, part = 0; part < MAX_PARTS; part += 1) {
    const davResponse = await requestSync(dav, calendar, current);
    let truncated = false;
    const next = await readMultistatus(davResponse.text, (response) => {
      const url = normaliseHref(response.href, davResponse.url);
      if (url === null) return;
      if (!sameResource(url, calendar) && !sameResource(url, davResponse.url))
        applyResponse(all, calendar, url, response);
      else if (response.status === TRUNCATED_STATUS) truncated = true;
    });
    if (next === null) {
      throw new ProviderError('rejected', 'sync-collection gave no token.', { status: 501 });
    }
    if (!truncated) return { ...all, token: next };
    if (seen.has(next)) break;
    seen.add(next);
    current = next;
  }
  throw new ProviderError('rejected', 'sync-collection never ends.', { status: TRUNCATED_STATUS });
}

/** Depth 0 by the RFC; drafts had 1, and some servers still want it. */
async function requestSync(dav: DavSession, url: string, token: string) {
  const request = { method: 'REPORT', url, body: syncCollectionBody(token) } as const;
  try {
    return await dav.request({ ...request, depth: '0' });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 400) throw error;
  }
  return dav.request({ ...request, depth: '1' });
}

/** A later word about an object counts. */
function applyResponse(
  { changed, removed }: ObjectChanges,
  calendar: string,
  url: string,
  response: MultistatusResponse,
) {
  // A folder below: its members are none of this calendar's.
  if (url.endsWith('/')) return;
  const key = objectKey(calendar, url);
  if (response.status === 404 || response.status === 410) {
    changed.delete(key);
    removed.add(key);
  } else {
    removed.delete(key);
    changed.set(key, response.href);
  }
}

export interface ObjectListing {
  hrefs: Map<string, string>;
  etags: Etags;
}

/** All objects there are. */
export async function listObjects(dav: DavSession, calendar: string): Promise<ObjectListing> {
  const hrefs = new Map<string, string>();
  const etags: Etags = {};
  const query = {
    url: calendar,
    depth: '1',
    properties: ['D:getetag', 'D:getcontenttype', 'D:resourcetype'],
  } as const;
  let self = false;
  await forEachResource(dav, query, (response) => {
    const url = normaliseHref(response.href, calendar);
    if (url === null) return;
    if (sameResource(url, calendar)) self = true;
    else if (!url.endsWith('/') && isObject(response)) {
      const key = objectKey(calendar, url);
      hrefs.set(key, response.href);
      etags[key] = elementText(response.prop(DAV, 'getetag')) || null;
    }
  });
  if (!self && hrefs.size === 0) {
    throw new ProviderError('transient', 'The server tells nothing of the calendar itself.');
  }
  return { hrefs, etags };
}

/** Servers that know say when an object is a task. */
function isObject(response: MultistatusResponse): boolean {
  if (response.status !== null && response.status >= 400) return false;
  const type = elementText(response.prop(DAV, 'getcontenttype')).toLowerCase();
  return !/component="?(?:vtodo|vjournal)\b/.test(type);
}

/** An object whose etag isn't told may have changed each time. */
export function compareEtags(before: Etags, { hrefs, etags }: ObjectListing): ObjectChanges {
  const changed = new Map<string, string>();
  for (const [key, href] of hrefs) {
    const etag = etags[key] ?? null;
    if (etag === null || etag !== before[key]) changed.set(key, href);
  }
  const removed = new Set(Object.keys(before).filter((key) => !hrefs.has(key)));
  return { changed, removed };
}
