/** Reads objects by many at once (calendar-multiget, RFC 4791 §7.9), and one by one where that fails. */

import { webFaultOf } from '../http.ts';
import { ProviderError } from '../port.ts';
import type { DavSession } from './client.ts';
import { keyOf, normalised } from './hrefs.ts';
import { readMultistatus } from './multistatus.ts';
import { multiget } from './requests.ts';
import { CALDAV } from './xml.ts';

/** Text of an object; null: it is gone; undefined: it can't be had. */
export type ObjectText = string | null | undefined;

export const BATCH = 50;
/** Statuses of servers that have no multiget. */
const WITHOUT = new Set([400, 405, 415, 501]);
const GONE = new Set([404, 410]);

/** @param wanted hrefs, as the server writes them, by key; at most BATCH. */
export async function readObjects(
  dav: DavSession,
  calendar: string,
  wanted: ReadonlyMap<string, string>,
): Promise<Map<string, ObjectText>> {
  const found = await readTogether(dav, calendar, [...wanted]);
  for (const [key, href] of wanted) {
    // Left out, without its text, or refused on its own.
    if (found.get(key) === undefined) found.set(key, await readAlone(dav, calendar, href));
  }
  return found;
}

async function readTogether(
  dav: DavSession,
  calendar: string,
  wanted: readonly (readonly [key: string, href: string])[],
): Promise<Map<string, ObjectText>> {
  const found = new Map<string, ObjectText>();
  try {
    const body = multiget(wanted.map(([, href]) => href));
    const answer = await dav.ask({ method: 'REPORT', url: calendar, depth: '1', body });
    await readMultistatus(answer.text, (response) => {
      const url = normalised(response.href, answer.url);
      if (url === null) return;
      const text = response.prop(CALDAV, 'calendar-data')?.textContent;
      if (text) found.set(keyOf(calendar, url), text);
      else if (GONE.has(response.status ?? 0)) found.set(keyOf(calendar, url), null);
    });
    return found;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (WITHOUT.has(error.status ?? 0)) return found;
    if (webFaultOf(error.cause) !== 'too-large' || wanted.length === 1) throw error;
  }
  const half = Math.ceil(wanted.length / 2);
  for (const part of [wanted.slice(0, half), wanted.slice(half)]) {
    for (const [key, text] of await readTogether(dav, calendar, part)) found.set(key, text);
  }
  return found;
}

async function readAlone(dav: DavSession, calendar: string, href: string): Promise<ObjectText> {
  const url = normalised(href, calendar);
  if (url === null) return undefined;
  try {
    return (await dav.ask({ method: 'GET', url })).text;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (GONE.has(error.status ?? 0)) return null;
    // No fault of the server's: the object is too long, refused, or one that can't be made.
    if (error.reason === 'rejected' || error.status === 500) return undefined;
    throw error;
  }
}
