/** Finds what changed in a CalDAV calendar: by sync-collection (RFC 6578), or by comparing etags. */
import { ProviderError } from '../port.ts';
import type { DavSession } from './client.ts';
import type { Etags } from './cursor.ts';
import { normaliseHref, objectKey, sameResource } from './hrefs.ts';
import { type MultistatusResponse, readMultistatus } from './multistatus.ts';
import { forEachResource, syncCollectionBody } from './requests.ts';
import { DAV, elementText } from './xml.ts';

/** Changed and removed objects, by object key. */
export interface ObjectChanges {
  /** Objects to read: their hrefs, as the server writes them. */
  changed: Map<string, string>;
  removed: Set<string>;
}

/** A server that truncates its answers more often than this is taken to loop. */
const MAX_PARTS = 1_000;
/** 507 for the collection itself means that the answer was truncated and more follows (RFC 6578 §3.6). */
const TRUNCATED_STATUS = 507;

/** Statuses by which servers refuse a sync token; some use them for a missing report too. */
const REFUSALS = new Set([400, 403, 404, 405, 409, 410, 412, 415, 422, 500, 501, 507]);

/** Whether the server refused sync-collection itself, so that another method has to be tried. */
export const isSyncRefused = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && error.retryAfter === null && REFUSALS.has(error.status ?? 0);

/**
 * @param token empty: every object counts as changed
 * @throws ProviderError, also errors that `isSyncRefused` accepts
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
      throw new ProviderError('rejected', 'sync-collection returned no sync token.', { status: 501 });
    }
    if (!truncated) return { ...all, token: next };
    if (seen.has(next)) break;
    seen.add(next);
    current = next;
  }
  throw new ProviderError('rejected', 'sync-collection never completes.', { status: TRUNCATED_STATUS });
}

/** RFC 6578 asks for Depth 0; its drafts asked for 1, and some servers still do. */
async function requestSync(dav: DavSession, url: string, token: string) {
  const request = { method: 'REPORT', url, body: syncCollectionBody(token) } as const;
  try {
    return await dav.request({ ...request, depth: '0' });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 400) throw error;
  }
  return dav.request({ ...request, depth: '1' });
}

/** When the answer names an object twice, the later entry counts. */
function applyResponse(
  { changed, removed }: ObjectChanges,
  calendar: string,
  url: string,
  response: MultistatusResponse,
) {
  // A collection below this one: its members don't belong to this calendar.
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

/** Lists all objects of the calendar with their etags. */
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
    if (sameResource(url, calendar)) {
      if (isRefused(response)) throw new ProviderError('transient', 'The list of objects is not complete.');
      self = true;
    } else if (!url.endsWith('/') && isObject(response)) {
      const key = objectKey(calendar, url);
      hrefs.set(key, response.href);
      etags[key] = elementText(response.prop(DAV, 'getetag')) || null;
    }
  });
  if (!self && hrefs.size === 0) {
    throw new ProviderError('transient', 'The answer does not contain the calendar itself.');
  }
  return { hrefs, etags };
}

const isRefused = ({ status }: MultistatusResponse) => status !== null && status >= 400;

/** Some servers declare the component type, so that tasks can be left out without reading them. */
function isObject(response: MultistatusResponse): boolean {
  // An object that the list refuses to describe is there: reading it tells more.
  if (response.status === 404 || response.status === 410) return false;
  const type = elementText(response.prop(DAV, 'getcontenttype')).toLowerCase();
  return !/component="?(?:vtodo|vjournal)\b/.test(type);
}

/** An object without an etag counts as changed at every pull. */
export function compareEtags(before: Etags, { hrefs, etags }: ObjectListing): ObjectChanges {
  const changed = new Map<string, string>();
  for (const [key, href] of hrefs) {
    const etag = etags[key] ?? null;
    if (etag === null || etag !== before[key]) changed.set(key, href);
  }
  const removed = new Set(Object.keys(before).filter((key) => !hrefs.has(key)));
  return { changed, removed };
}
