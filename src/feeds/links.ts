/** Feeds: made with a secret of 256 bits, found by it, shown again, revoked. Whoever has the secret reads the host's busy time. */
import type { Limiter, RateLimit } from '../cache/port.ts';
import { conflict, notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import { type KeyRing, randomSecret } from '../secrets.ts';
import type { Store } from '../store/client.ts';
import { deleteFeed, type Feed, type FeedWithHost, feedByHash, insertFeed } from '../store/outbound/feeds.ts';
import { hostsByIds, lockHostsForShare } from '../store/rules/hosts.ts';
import type { Clock } from '../time/clock.ts';

export interface FeedLinks {
  /** @throws SlotwireError NOT_FOUND */
  create(organisation: string, wish: { host: string; titles: boolean }): Promise<Feed>;
  /** From now on its secret opens nothing. @throws SlotwireError NOT_FOUND */
  revoke(organisation: string, id: string): Promise<void>;
  /** Its secret URL. @throws SlotwireError CONFLICT when the key that sealed it is gone. */
  urlOf(feed: Feed): string;
  /** Null for a secret that never was or was revoked, after the same work. */
  find(secret: string): Promise<FeedWithHost | null>;
  /** Counts a request. @returns null when the feed may be read; else milliseconds until it may. */
  admit(feed: FeedWithHost): Promise<number | null>;
}

export interface FeedLinksDeps {
  store: Store;
  keyRing: KeyRing;
  clock: Clock;
  limiter: Limiter;
  /** RATE_LIMIT_ANONYMOUS: so much per feed, from whatever addresses. */
  limit: RateLimit;
  publicUrl: string;
}

const HASH = 'feed';
export const sealContext = (id: string) => `feed ${id}`;

/** As it is stored: to be shown again, and to be found by. */
export const sealFeed = (keyRing: KeyRing, id: string, secret: string) => ({
  secret: keyRing.encrypt(secret, sealContext(id)),
  secretHash: keyRing.sign(secret, HASH),
});

export function createFeedLinks({
  store,
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
        return insertFeed(tx, {
          id,
          organisationId: organisation,
          hostId: host,
          titles,
          ...sealFeed(keyRing, id, randomSecret()),
          uidKey: randomSecret(),
          createdAt: new Date(clock.now()),
        });
      });
    },

    async revoke(organisation, id) {
      if (!(await deleteFeed(store, organisation, id))) throw notFound('feed', id);
    },

    urlOf({ id, secret }) {
      try {
        return `${publicUrl}/feeds/${keyRing.decrypt(secret, sealContext(id))}.ics`;
      } catch {
        throw conflict(`The key that sealed the secret of ${id} is gone: revoke it and make another.`);
      }
    },

    // By every key: another can have been put first since.
    find: (secret) => feedByHash(store, keyRing.signatures(secret, HASH)),

    admit: ({ id }) => limiter.take(`feed:${id}`, limit),
  };
}
