/** /dav/: a host's feed over CalDAV. Basic authentication: the host's slug, and the feed's secret as the password. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CAPABILITIES, type Dav } from '../../feeds/dav/dav.ts';
import type { FeedLinks } from '../../feeds/links.ts';
import type { FeedWithHost } from '../../store/outbound/feeds.ts';
import type { ReadBody } from '../body.ts';
import type { FeedAccess } from './feeds-access.ts';
import { sendContent } from './feeds-content.ts';

/** Largest request body, bytes: a multiget of some thousand names. */
const BODY_MAX = 256 * 1024;
/** Methods with a body that is read. */
const WITH_BODY = ['PROPFIND', 'PROPPATCH', 'REPORT'];

/** All methods that Node parses; those that write are refused by name. */
export const DAV_METHODS = [
  'ACL',
  'COPY',
  'DELETE',
  'GET',
  'HEAD',
  'LOCK',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'OPTIONS',
  'PATCH',
  'POST',
  'PROPFIND',
  'PROPPATCH',
  'PUT',
  'REPORT',
  'UNLOCK',
] as const;

export interface DavRouteDeps {
  feeds: FeedLinks;
  dav: Dav;
  access: FeedAccess;
  readBody: ReadBody;
}

export function createDavRoute({ feeds, dav, access, readBody }: DavRouteDeps) {
  /** @returns null for an unknown secret, and for another host's slug. */
  async function feedOf(authorization: string | undefined): Promise<FeedWithHost | null> {
    const given = credentialsOf(authorization);
    if (!given) return null;
    const feed = await feeds.find(given.password);
    return sameText(given.user, feed?.host.slug ?? '') ? feed : null;
  }

  return async (request: IncomingMessage, response: ServerResponse, { pathname }: URL): Promise<unknown> => {
    const { method = 'GET', headers } = request;
    if (!(await access.admitRequest(request, response))) return;
    // Some clients ask for the capabilities before they send credentials.
    if (method === 'OPTIONS')
      return response.writeHead(200, { ...CAPABILITIES, 'content-length': '0' }).end();
    const feed = await feedOf(headers.authorization);
    if (!feed) return response.writeHead(401, CHALLENGE).end('A name and a password are needed.\n');
    if (!(await access.admitFeed(feed, response))) return;
    const body = WITH_BODY.includes(method) ? await readBody(request, BODY_MAX) : Buffer.alloc(0);
    if (!body) return response.writeHead(413, { connection: 'close' }).end();
    const answer = await dav.handle(feed, { method, path: pathname, headers, body });
    const headersOf = { ...answer.headers, dav: CAPABILITIES.dav };
    // An item keeps the ETag that reports give for it: its bytes are always the same.
    await sendContent(
      request,
      response,
      { ...answer, headers: headersOf },
      { encode: answer.headers.etag === undefined },
    );
  };
}

const CHALLENGE = {
  'www-authenticate': 'Basic realm="Slotwire", charset="UTF-8"',
  'content-type': 'text/plain; charset=utf-8',
  dav: CAPABILITIES.dav,
};

/** Basic authentication (RFC 7617). */
function credentialsOf(authorization: string | undefined): { user: string; password: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return user === undefined || password === undefined ? null : { user, password };
}

const hash = (text: string) => createHash('sha256').update(text).digest();

/** Compares in constant time, whatever the lengths. */
const sameText = (a: string, b: string) => timingSafeEqual(hash(a), hash(b));
