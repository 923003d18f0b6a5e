/** Reads many objects at once (calendar-multiget, RFC 4791 §7.9), and one by one where that fails. */

import { httpFaultOf } from '../http.ts';
import { ProviderError } from '../port.ts';
import type { DavSession } from './client.ts';
import { normaliseHref, objectKey } from './hrefs.ts';
import { readMultistatus } from './multistatus.ts';
import { multigetBody } from './requests.ts';
import { CALDAV } from './xml.ts';

/** Text of an object; null: the server doesn't find it; undefined: it can't be read. */
export type ObjectText = string | null | undefined;

export const BATCH_SIZE = 50;
/** Statuses of servers without multiget. */
const NO_MULTIGET_STATUSES = new Set([400, 405, 415, 501]);
const NOT_FOUND_STATUSES = new Set([404, 410]);

/**
 * @param hrefs by object key, as the server writes them; at most BATCH_SIZE
 * @param gone keys whose absence is no news
 */
export async function readObjects(
  dav: DavSession,
  calendar: string,
  hrefs: ReadonlyMap<string, string>,
  gone: ReadonlySet<string>,
): Promise<Map<string, ObjectText>> {
  const found = await multigetObjects(dav, calendar, [...hrefs]);
  for (const [key, href] of hrefs) {
    const text = found.get(key);
    // The answer left the object out, sent no text for it, refused it or didn't find it.
    if (text === undefined || (text === null && !gone.has(key)))
      found.set(key, await getObject(dav, calendar, href));
  }
  return found;
}

async function multigetObjects(
  dav: DavSession,
  calendar: string,
  hrefs: readonly (readonly [key: string, href: string])[],
): Promise<Map<string, ObjectText>> {
  const found = new Map<string, ObjectText>();
  try {
    const body = multigetBody(hrefs.map(([, href]) => href));
    const davResponse = await dav.request({ method: 'REPORT', url: calendar, depth: '1', body });
    await readMultistatus(davResponse.text, (response) => {
      const url = normaliseHref(response.href, davResponse.url);
      if (url === null) return;
      const text = response.prop(CALDAV, 'calendar-data')?.textContent;
      if (text?.trim()) found.set(objectKey(calendar, url), text);
      else if (NOT_FOUND_STATUSES.has(response.status ?? 0)) found.set(objectKey(calendar, url), null);
    });
    return found;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (NO_MULTIGET_STATUSES.has(error.status ?? 0)) return found;
    if (httpFaultOf(error.cause) !== 'too-large' || hrefs.length === 1) throw error;
  }
  const half = Math.ceil(hrefs.length / 2);
  for (const part of [hrefs.slice(0, half), hrefs.slice(half)]) {
    for (const [key, text] of await multigetObjects(dav, calendar, part)) found.set(key, text);
  }
  return found;
}

async function getObject(dav: DavSession, calendar: string, href: string): Promise<ObjectText> {
  const url = normaliseHref(href, calendar);
  if (url === null) return undefined;
  try {
    return (await dav.request({ method: 'GET', url })).text;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (NOT_FOUND_STATUSES.has(error.status ?? 0)) return null;
    // The object itself can't be served: it is too large, refused, or fails on the server.
    if (error.reason === 'rejected' || error.status === 500) return undefined;
    throw error;
  }
}
