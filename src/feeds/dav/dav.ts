/** The combined calendar over CalDAV (RFC 4791), to be read and not to be written. */
import type { ReadFeed } from '../../store/outbound/feeds.ts';
import type { Combined } from '../combined.ts';
import { objectOf, wholeOf } from '../item.ts';
import { type DavAnswer, DavRefusal, needPrivilege, refusal } from './answer.ts';
import { httpDate, ITEM_TYPE } from './properties.ts';
import { depthOf, looksInside, propfind, proppatch } from './propfind.ts';
import { report } from './report.ts';
import { type Resource, resourceAt } from './resource.ts';
import { dav, parseXml, UnreadableXml } from './xml.ts';

export interface DavRequest {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface Dav {
  /** The feed is the one that the request's credentials name. */
  handle(feed: ReadFeed, request: DavRequest): Promise<DavAnswer>;
}

/** Never calendar-schedule, and no 2: nothing is locked or sent. */
export const CAPABILITIES = {
  dav: '1, 3, calendar-access',
  allow: 'OPTIONS, GET, HEAD, PROPFIND, REPORT',
};

/** What whoever wants to write lacks; RFC 3744 §3.9 and appendix B. */
const LACKING: Record<string, string> = {
  DELETE: 'unbind',
  MOVE: 'unbind',
  COPY: 'bind',
  MKCOL: 'bind',
  MKCALENDAR: 'bind',
  ACL: 'write-acl',
};

export function createDav({ combined }: { combined: Combined }): Dav {
  async function answer(feed: ReadFeed, { method, path, headers, body }: DavRequest): Promise<DavAnswer> {
    const resource = resourceAt(path, feed.host.slug);
    const minimal = wantsLittle(headers);
    switch (method) {
      case 'PROPFIND': {
        const depth = depthOf(textOf(headers.depth));
        const found = present(resource);
        const asked = parseXml(body);
        const snapshot = looksInside(found, depth) ? await combined.read(feed) : null;
        return propfind(found, asked, { subject: { feed, snapshot }, depth, minimal, path });
      }
      case 'REPORT': {
        const asked = parseXml(body);
        if (!asked) throw refusal(400);
        if (present(resource).type !== 'calendar') throw refusal(403, dav('supported-report'));
        const snapshot = await combined.read(feed);
        return report(asked, { combined, subject: { feed, snapshot }, minimal });
      }
      case 'PROPPATCH':
        present(resource);
        return proppatch(path, parseXml(body));
      case 'GET':
      case 'HEAD':
        return get(feed, present(resource));
      default:
        return needPrivilege(path, LACKING[method] ?? 'write-content');
    }
  }

  async function get(feed: ReadFeed, resource: Resource): Promise<DavAnswer> {
    if (resource.type === 'item') {
      const { id } = resource;
      const item = (await combined.read(feed)).items.find((each) => each.id === id);
      if (!item) throw refusal(404);
      const validators = { etag: item.etag, 'last-modified': httpDate(item.event.stamp) };
      return { status: 200, headers: { 'content-type': ITEM_TYPE, ...validators }, body: objectOf(item) };
    }
    if (resource.type !== 'calendar')
      return { status: 405, headers: { allow: CAPABILITIES.allow }, body: '' };
    const body = wholeOf(feed, (await combined.read(feed)).items);
    return { status: 200, headers: { 'content-type': WHOLE_TYPE }, body };
  }

  return {
    async handle(feed, request) {
      try {
        return await answer(feed, request);
      } catch (error) {
        if (error instanceof DavRefusal) return error.answer;
        if (error instanceof UnreadableXml) return { status: 400, headers: {}, body: '' };
        throw error;
      }
    },
  };
}

const WHOLE_TYPE = 'text/calendar; charset=utf-8';

const textOf = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);

/** @throws DavRefusal 404 */
function present(resource: Resource | null): Resource {
  if (!resource) throw refusal(404);
  return resource;
}

/** RFC 8144 and, of Apple's clients, Brief. */
const wantsLittle = (headers: DavRequest['headers']) =>
  /\breturn=minimal\b/i.test(textOf(headers.prefer) ?? '') || textOf(headers.brief)?.toLowerCase() === 't';
