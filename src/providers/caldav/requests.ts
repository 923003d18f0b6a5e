/** The bodies that are sent, and the answers to PROPFIND. */
import { ProviderError } from '../port.ts';
import type { DavSession } from './client.ts';
import { normalised, sameResource } from './hrefs.ts';
import { type DavResponse, readMultistatus } from './multistatus.ts';
import { CALDAV, CALENDAR_SERVER, DAV, escaped } from './xml.ts';

const NAMESPACES = `xmlns:D="${DAV}" xmlns:C="${CALDAV}" xmlns:CS="${CALENDAR_SERVER}"`;
const HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';

/** @param properties with their prefix: `D:`, `C:` or `CS:` */
const propOf = (properties: readonly string[]) =>
  `<D:prop>${properties.map((property) => `<${property}/>`).join('')}</D:prop>`;

const propfind = (properties: readonly string[]) =>
  `${HEAD}<D:propfind ${NAMESPACES}>${propOf(properties)}</D:propfind>`;

export const syncCollection = (token: string) =>
  `${HEAD}<D:sync-collection ${NAMESPACES}><D:sync-token>${escaped(token)}</D:sync-token>` +
  `<D:sync-level>1</D:sync-level>${propOf(['D:getetag'])}</D:sync-collection>`;

export const multiget = (hrefs: readonly string[]) =>
  `${HEAD}<C:calendar-multiget ${NAMESPACES}>${propOf(['D:getetag', 'C:calendar-data'])}` +
  `${hrefs.map((href) => `<D:href>${escaped(href)}</D:href>`).join('')}</C:calendar-multiget>`;

export interface Wanted {
  url: string;
  depth: '0' | '1';
  properties: readonly string[];
}

/**
 * @param each hears of every resource, in their order
 * @returns what answered, to resolve hrefs by
 * @throws ProviderError; `transient` when the answer is no multistatus, or tells of nothing
 */
export async function eachResource(
  dav: DavSession,
  { url, depth, properties }: Wanted,
  each: (response: DavResponse) => void,
): Promise<string> {
  const answer = await dav.ask({ method: 'PROPFIND', url, depth, body: propfind(properties) });
  let told = 0;
  await readMultistatus(answer.text, (response) => {
    told += 1;
    each(response);
  });
  // The resource itself is always in it.
  if (told === 0) {
    throw new ProviderError('transient', 'The server tells of no resource.', { status: answer.status });
  }
  return answer.url;
}

export interface Resources {
  /** What answered, to resolve hrefs by. */
  url: string;
  responses: DavResponse[];
}

/** The same, of so few that they may be kept. */
export async function resources(dav: DavSession, wanted: Wanted): Promise<Resources> {
  const responses: DavResponse[] = [];
  const url = await eachResource(dav, wanted, (response) => responses.push(response));
  return { url, responses };
}

/** Of one resource alone. */
export async function resource(
  dav: DavSession,
  url: string,
  properties: readonly string[],
): Promise<{ url: string; self: DavResponse | undefined }> {
  const answer = await resources(dav, { url, depth: '0', properties });
  // Some tell of what is below it too.
  const self = answer.responses.find(({ href }) => {
    const own = normalised(href, answer.url);
    return own !== null && sameResource(own, normalised(answer.url, answer.url) ?? answer.url);
  });
  return { url: answer.url, self: self ?? answer.responses[0] };
}
