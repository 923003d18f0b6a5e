/**
 * GET /feeds/{secret}.ics: a host's combined busy time, for the holder of the secret. The path must not be logged here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CombinedCalendar } from '../../feeds/combined-calendar.ts';
import { feedCalendar } from '../../feeds/item.ts';
import type { FeedLinks } from '../../feeds/links.ts';
import { type Clock, SECOND } from '../../time/clock.ts';
import type { FeedAccess } from './feeds-access.ts';
import { contentEtag, sendContent } from './feeds-content.ts';

export interface FeedRouteDeps {
  feeds: FeedLinks;
  combined: CombinedCalendar;
  access: FeedAccess;
  clock: Clock;
}

/** @returns the handler, which takes the last part of the path. */
export function createFeedRoute({ feeds, combined, access, clock }: FeedRouteDeps) {
  return async (request: IncomingMessage, response: ServerResponse, file: string): Promise<unknown> => {
    if (!(await access.admitRequest(request, response))) return;
    // A path of another form is looked up, too, so that every unknown address takes the same time.
    const secret = /^(.*)\.ics$/s.exec(file)?.[1] ?? '';
    const feed = await feeds.find(secret);
    if (!feed) return response.writeHead(404, MISSING).end('There is no calendar at this address.\n');
    if (!(await access.admitFeed(feed, response))) return;
    const now = clock.now();
    const snapshot = await combined.read(feed);
    const body = feedCalendar(feed, snapshot.items);
    await sendContent(request, response, {
      status: 200,
      headers: {
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'inline; filename="busy.ics"',
        etag: contentEtag(body),
        'last-modified': new Date(lastModified(snapshot.changedAt, now)).toUTCString(),
      },
      body,
    });
  };
}

const MISSING = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'private, no-store' };

/** The end of the second, once it is over: a reader in the middle of a second must not miss what came later in it. */
const lastModified = (changedAt: number, now: number) =>
  Math.min(Math.ceil(changedAt / SECOND) * SECOND, Math.floor(now / SECOND) * SECOND);
