/** Request bodies, and PROPFIND. */
import { ProviderError } from '../port.ts';
import type { DavSession } from './client.ts';
import { normaliseHref, sameResource } from './hrefs.ts';
import { type MultistatusResponse, readMultistatus } from './multistatus.ts';
import { CALDAV, CALENDAR_SERVER, DAV, escapeMarkup } from './xml.ts';

const NAMESPACES = `xmlns:D="${DAV}" xmlns:C="${CALDAV}" xmlns:CS="${CALENDAR_SERVER}"`;
const HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';

/** @param properties with their prefix: `D:`, `C:` or `CS:` */
const propElement = (properties: readonly string[]) =>
  `<D:prop>${properties.map((property) => `<${property}/>`).join('')}</D:prop>`;

const propfindBody = (properties: readonly string[]) =>
  `${HEAD}<D:propfind ${NAMESPACES}>${propElement(properties)}</D:propfind>`;

export const syncCollectionBody = (token: string) =>
  `${HEAD}<D:sync-collection ${NAMESPACES}><D:sync-token>${escapeMarkup(token)}</D:sync-token>` +
  `<D:sync-level>1</D:sync-level>${propElement(['D:getetag'])}</D:sync-collection>`;

export const multigetBody = (hrefs: readonly string[]) =>
  `${HEAD}<C:calendar-multiget ${NAMESPACES}>${propElement(['D:getetag', 'C:calendar-data'])}` +
  `${hrefs.map((href) => `<D:href>${escapeMarkup(href)}</D:href>`).join('')}</C:calendar-multiget>`;

export interface PropfindQuery {
  url: string;
  depth: '0' | '1';
  properties: readonly string[];
}

/**
 * @param onResponse called for every resource, in order
 * @returns the URL of the response, by which hrefs are resolved
 * @throws ProviderError; `transient` when the answer is no multistatus or names no resource
 */
export async function forEachResource(
  dav: DavSession,
  { url, depth, properties }: PropfindQuery,
  onResponse: (response: MultistatusResponse) => void,
): Promise<string> {
  const davResponse = await dav.request({ method: 'PROPFIND', url, depth, body: propfindBody(properties) });
  let count = 0;
  await readMultistatus(davResponse.text, (response) => {
    count += 1;
    onResponse(response);
  });
  // An answer always holds the requested resource itself.
  if (count === 0) {
    throw new ProviderError('transient', 'The answer names no resource.', { status: davResponse.status });
  }
  return davResponse.url;
}

export interface Resources {
  /** URL of the response, by which hrefs are resolved. */
  url: string;
  responses: MultistatusResponse[];
}

/** The same, collected: for answers of a few resources. */
export async function readResources(dav: DavSession, query: PropfindQuery): Promise<Resources> {
  const responses: MultistatusResponse[] = [];
  const url = await forEachResource(dav, query, (response) => responses.push(response));
  return { url, responses };
}

/** Properties of one resource. */
export async function readResource(
  dav: DavSession,
  url: string,
  properties: readonly string[],
): Promise<{ url: string; self: MultistatusResponse | undefined }> {
  const result = await readResources(dav, { url, depth: '0', properties });
  // Some servers answer Depth 0 with the members too.
  const self = result.responses.find(({ href }) => {
    const own = normaliseHref(href, result.url);
    return own !== null && sameResource(own, normaliseHref(result.url, result.url) ?? result.url);
  });
  return { url: result.url, self: self ?? result.responses[0] };
}
