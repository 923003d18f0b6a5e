/** Who may read a feed, and how often: counted by address before the secret is checked, and by feed after. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SlotwireError } from '../../errors.ts';
import type { FeedLinks } from '../../feeds/links.ts';
import type { Metrics } from '../../metrics.ts';
import type { FeedWithHost } from '../../store/outbound/feeds.ts';
import { SECOND } from '../../time/clock.ts';
import type { AddressOf } from '../address.ts';
import type { AddressLimits } from '../limits.ts';

export interface FeedAccessDeps {
  feeds: FeedLinks;
  limits: AddressLimits;
  addressOf: AddressOf;
  metrics: Metrics;
}

export interface FeedAccess {
  /** Counts a request of the address. @returns false when there are too many: the request is answered then. */
  admitRequest(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Counts a read of the feed. @returns false when there are too many: the request is answered then. */
  admitFeed(feed: FeedWithHost, response: ServerResponse): Promise<boolean>;
}

export function createFeedAccess({ feeds, limits, addressOf, metrics }: FeedAccessDeps): FeedAccess {
  return {
    async admitRequest(request, response) {
      try {
        await limits.countOperation(addressOf(request));
        return true;
      } catch (error) {
        if (!(error instanceof SlotwireError)) throw error;
        tooMany(response, error.details.retryAfter ?? 1);
        return false;
      }
    },
    async admitFeed(feed, response) {
      const wait = await feeds.admit(feed);
      if (wait === null) return true;
      metrics.rateLimited.inc({ limit: 'feeds' });
      tooMany(response, Math.max(1, Math.ceil(wait / SECOND)));
      return false;
    },
  };
}

/** @param retryAfter seconds. */
const tooMany = (response: ServerResponse, retryAfter: number) =>
  response
    .writeHead(429, { 'retry-after': String(retryAfter), 'content-type': 'text/plain; charset=utf-8' })
    .end('Too many requests: wait a little.\n');
