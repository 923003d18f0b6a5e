/** Feeds: a host's combined busy time, each readable by a secret of its own. Secrets are sealed and opened outside the store. */
import type { Store, Tx } from '../client.ts';
import type { Feed } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { Feed };

/** A feed with the host whose busy time it publishes. */
export interface FeedWithHost extends Feed {
  host: { id: string; slug: string; name: string; email: string | null; timeZone: string };
}

/** What `secret_hash` signs secrets for. */
export const FEED_HASH = 'feed';

export const insertFeed = (tx: Tx, feed: Feed) => tx.feed.create({ data: feed });

export const feedsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.feed.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export const listFeeds = (store: Store, organisation: string): RowList<Feed> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return store.feed.findMany({ ...order, where: { ...where, organisationId: organisation } });
  },
  count: () => store.feed.count({ where: { organisationId: organisation } }),
});

/** The feed under any of these hashes; null when there is none, or its host is gone. */
export async function feedByHash(tx: Tx, hashes: readonly string[]): Promise<FeedWithHost | null> {
  const feed = await tx.feed.findFirst({ where: { secretHash: { in: [...hashes] } } });
  // The host is read even without a feed, so that a wrong secret takes as long to answer as a right one.
  const host = await tx.host.findUnique({
    where: { id: feed?.hostId ?? '' },
    select: { id: true, slug: true, name: true, email: true, timeZone: true },
  });
  return feed && host && { ...feed, host };
}

/** @returns false when the organisation has no such feed. */
export async function deleteFeed(tx: Tx, organisation: string, id: string): Promise<boolean> {
  return (await tx.feed.deleteMany({ where: { id, organisationId: organisation } })).count > 0;
}
