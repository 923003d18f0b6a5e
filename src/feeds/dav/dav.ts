/** CalDAV server (RFC 4791) for the combined calendar; read-only. */
import type { FeedWithHost } from '../../store/outbound/feeds.ts';
import type { CombinedCalendar } from '../combined-calendar.ts';
import { feedCalendar, itemCalendar } from '../item.ts';
import { httpDate, ITEM_TYPE } from './properties.ts';
import { depthOf, needsSnapshot, propfind, proppatch } from './propfind.ts';
import { report } from './report.ts';
import { type DavResource, resourceAt } from './resource.ts';
import { checkAnswerBytes, DavError, type DavServerResponse, davError, needPrivilege } from './response.ts';
import { dav, parseRequestBody, UnreadableXml } from './xml.ts';

export interface DavServerRequest {
  method: string;
  path: string;
  /** Header names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface Dav {
  /** Answers a request for the feed that its credentials identify. */
  handle(feed: FeedWithHost, request: DavServerRequest): Promise<DavServerResponse>;
}

/** No calendar-schedule and no class 2: the server neither sends messages nor locks. */
export const CAPABILITIES = {
  dav: '1, 3, calendar-access',
  allow: 'OPTIONS, GET, HEAD, PROPFIND, REPORT',
};

/** The privilege that each writing method lacks (RFC 3744 §3.9 and appendix B). */
const REQUIRED_PRIVILEGES: Record<string, string> = {
  DELETE: 'unbind',
  MOVE: 'unbind',
  COPY: 'bind',
  MKCOL: 'bind',
  MKCALENDAR: 'bind',
  ACL: 'write-acl',
};

export function createDav({ combined }: { combined: CombinedCalendar }): Dav {
  async function respond(
    feed: FeedWithHost,
    { method, path, headers, body }: DavServerRequest,
  ): Promise<DavServerResponse> {
    const resource = resourceAt(path, feed.host.slug);
    const minimal = prefersMinimal(headers);
    switch (method) {
      case 'PROPFIND': {
        const depth = depthOf(headerText(headers.depth));
        const found = requireResource(resource);
        const requestBody = parseRequestBody(body);
        const snapshot = needsSnapshot(found, depth) ? await combined.read(feed) : null;
        return propfind(found, requestBody, { subject: { feed, snapshot }, depth, minimal, path });
      }
      case 'REPORT': {
        const requestBody = parseRequestBody(body);
        if (!requestBody) throw davError(400);
        if (requireResource(resource).type !== 'calendar') throw davError(403, dav('supported-report'));
        const snapshot = await combined.read(feed);
        return report(requestBody, { combined, subject: { feed, snapshot }, minimal });
      }
      case 'PROPPATCH':
        requireResource(resource);
        return proppatch(path, parseRequestBody(body));
      case 'GET':
      case 'HEAD':
        return getResource(feed, requireResource(resource));
      default:
        return needPrivilege(path, REQUIRED_PRIVILEGES[method] ?? 'write-content');
    }
  }

  async function getResource(feed: FeedWithHost, resource: DavResource): Promise<DavServerResponse> {
    if (resource.type === 'item') {
      const { id } = resource;
      const item = (await combined.read(feed)).items.find((each) => each.id === id);
      if (!item) throw davError(404);
      const validators = { etag: item.etag, 'last-modified': httpDate(item.event.stamp) };
      return { status: 200, headers: { 'content-type': ITEM_TYPE, ...validators }, body: itemCalendar(item) };
    }
    if (resource.type !== 'calendar')
      return { status: 405, headers: { allow: CAPABILITIES.allow }, body: '' };
    const body = feedCalendar(feed, (await combined.read(feed)).items);
    return { status: 200, headers: { 'content-type': CALENDAR_TYPE }, body };
  }

  return {
    async handle(feed, request) {
      try {
        const response = await respond(feed, request);
        checkAnswerBytes(Buffer.byteLength(response.body));
        return response;
      } catch (error) {
        if (error instanceof DavError) return error.response;
        if (error instanceof UnreadableXml) return { status: 400, headers: {}, body: '' };
        throw error;
      }
    },
  };
}

const CALENDAR_TYPE = 'text/calendar; charset=utf-8';

const headerText = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);

/** @throws DavError 404 */
function requireResource(resource: DavResource | null): DavResource {
  if (!resource) throw davError(404);
  return resource;
}

/** `Prefer: return=minimal` (RFC 8144), or the header Brief of Apple's clients. */
const prefersMinimal = (headers: DavServerRequest['headers']) =>
  /\breturn=minimal\b/i.test(headerText(headers.prefer) ?? '') ||
  headerText(headers.brief)?.toLowerCase() === 't';
