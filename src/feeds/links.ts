/** Feed links: each contains a secret of 256 bits, which grants read access to the host's busy time. */
import type { Limiter, RateLimit } from '../cache/port.ts';
import { conflict, notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import type { JobQueue } from '../jobs/port.ts';
import { type KeyRing, randomSecret } from '../secrets.ts';
import { requestTitles } from '../store/calendars/titles.ts';
import type { Store } from '../store/client.ts';
import {
  deleteFeed,
  FEED_HASH,
  type Feed,
  type FeedWithHost,
  feedByHash,
  feedsByIds,
  insertFeed,
} from '../store/outbound/feeds.ts';
import { hostsByIds, lockHostsForShare } from '../store/rules/hosts.ts';
import type { Clock } from '../time/clock.ts';
import type { UnshownTitles } from './titles.ts';

export interface FeedLinks {
  /** @throws SlotwireError NOT_FOUND */
  create(organisation: string, wish: { host: string; titles: boolean }): Promise<Feed>;
  /** The secret no longer grants access, and titles are blanked that no other feed shows. @throws SlotwireError NOT_FOUND */
  revoke(organisation: string, id: string): Promise<void>;
  /** The feed's secret URL. @throws SlotwireError CONFLICT when the key that sealed the secret is missing */
  urlOf(feed: Feed): string;
  /** Null for an unknown or revoked secret, after the same amount of work. */
  find(secret: string): Promise<FeedWithHost | null>;
  /** Counts a request. @returns null when it is allowed; otherwise milliseconds until the next one is */
  admit(feed: FeedWithHost): Promise<number | null>;
}

export interface FeedLinksDeps {
  store: Store;
  jobs: JobQueue;
  unshownTitles: Pick<UnshownTitles, 'blankOfHost'>;
  keyRing: KeyRing;
  clock: Clock;
  limiter: Limiter;
  /** RATE_LIMIT_ANONYMOUS, per feed and from any address. */
  limit: RateLimit;
  publicUrl: string;
}

/** The stored forms of a secret: sealed, to show it again, and hashed, to find it. */
const sealFeed = (keyRing: KeyRing, id: string, secret: string) => ({
  secret: keyRing.encrypt(secret, 'feed.secret', id),
  secretHash: keyRing.sign(secret, FEED_HASH),
});

export function createFeedLinks({
  store,
  jobs,
  unshownTitles,
  keyRing,
  clock,
  limiter,
  limit,
  publicUrl,
}: FeedLinksDeps): FeedLinks {
  return {
    async create(organisation, { host, titles }) {
      const id = newId('Feed');
      return store.$transaction(async (tx) => {
        await lockHostsForShare(tx, organisation, [host]);
        if ((await hostsByIds(tx, organisation, [host])).length === 0) throw notFound('host', host);
        const feed = await insertFeed(tx, {
          id,
          organisationId: organisation,
          hostId: host,
          titles,
          ...sealFeed(keyRing, id, randomSecret()),
          uidKey: randomSecret(),
          createdAt: new Date(clock.now()),
        });
        // Titles are not stored until a feed shows them.
        const calendars = titles ? await requestTitles(tx, host, clock.now()) : [];
        const pulls = calendars.map((calendar) => ({
          task: 'pull' as const,
          payload: { calendar },
          key: calendar,
        }));
        await jobs.enqueue(tx, pulls);
        return feed;
      });
    },

    async revoke(organisation, id) {
      const [feed] = await feedsByIds(store, organisation, [id]);
      const deleted = feed && (await store.$transaction((tx) => deleteFeed(tx, organisation, id)));
      if (!deleted) throw notFound('feed', id);
      if (feed.titles) await unshownTitles.blankOfHost(feed.hostId);
    },

    urlOf({ id, secret }) {
      try {
        return `${publicUrl}/feeds/${keyRing.decrypt(secret, 'feed.secret', id)}.ics`;
      } catch {
        throw conflict(
          `No key of ENCRYPTION_KEYS opens the secret of ${id}: the operator puts that key back, or revoke it and make another.`,
        );
      }
    },

    // Every key is tried: the secret may have been hashed with an older one.
    find: (secret) => feedByHash(store, keyRing.signatures(secret, FEED_HASH)),

    admit: ({ id }) => limiter.take(`feed:${id}`, limit),
  };
}
