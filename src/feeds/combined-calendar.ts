/** A host's combined calendar: one flat event per busy period, and what changed since a sync token. */

import type { Store } from '../store/client.ts';
import {
  type CombinedSpan,
  changedKeysSince,
  combinedRows,
  lastChangeAt,
} from '../store/outbound/combined.ts';
import type { FeedWithHost } from '../store/outbound/feeds.ts';
import { type Clock, DAY, type Instant, MINUTE } from '../time/clock.ts';
import { type FeedItem, itemIdOf, toFeedItem } from './item.ts';
import { type ParsedToken, pageToken, parseToken, snapshotToken } from './sync-token.ts';

/** The combined calendar at one instant. */
export interface FeedSnapshot {
  window: CombinedSpan;
  /** Ordered by start. */
  items: readonly FeedItem[];
  /** When the snapshot last changed. */
  changedAt: Instant;
  /** Sync token, a URI: equal for equal items, different for different ones. */
  token: string;
}

export interface FeedChanges {
  changed: readonly FeedItem[];
  /** Ids of items that no longer exist; a reader may never have received some of them. */
  removed: readonly string[];
  /** The token to continue from. */
  token: string;
  /** Whether more changes follow after the token. */
  hasMore: boolean;
}

export interface CombinedCalendar {
  read(feed: FeedWithHost): Promise<FeedSnapshot>;
  /**
   * Items that changed between a token and a snapshot of the same feed, at most `limit`.
   * @param token of an earlier snapshot or page; null: everything
   * @returns null when the token is not one of ours, or older than the retention
   */
  changes(
    feed: FeedWithHost,
    snapshot: FeedSnapshot,
    token: string | null,
    limit?: number | null,
  ): Promise<FeedChanges | null>;
}

export interface CombinedDeps {
  store: Store;
  clock: Clock;
  /** SYNC_PAST and SYNC_AHEAD, milliseconds. */
  past: number;
  ahead: number;
  /** HISTORY_RETENTION, milliseconds. */
  retention: number;
}

/** A transaction that was open when a token was given may commit rows with an earlier time. */
const OVERLAP = MINUTE;

export function createCombinedCalendar({
  store,
  clock,
  past,
  ahead,
  retention,
}: CombinedDeps): CombinedCalendar {
  /** Whole days, so that equal content stays equal for a day. */
  const windowAt = (at: Instant): CombinedSpan => ({
    from: Math.floor((at - past) / DAY) * DAY,
    to: Math.ceil((at + ahead) / DAY) * DAY,
  });

  /** The exact difference. Null when the earlier snapshot can't be reproduced: the hash in its token shows that. */
  async function exactDifference(feed: FeedWithHost, previous: ParsedToken, items: readonly FeedItem[]) {
    const rows = await combinedRows(store, feed.hostId, windowAt(previous.at), previous.at);
    const before = rows.map((row) => toFeedItem(feed, row));
    if (snapshotToken(previous.at, before) !== previous.token) return null;
    const etags = new Map(before.map(({ id, etag }) => [id, etag]));
    const current = new Set(items.map(({ id }) => id));
    return {
      changed: items.filter(({ id, etag }) => etags.get(id) !== etag),
      removed: [...etags.keys()].filter((id) => !current.has(id)),
    };
  }

  /** Ids of all items that may have changed; some may be unchanged. */
  async function touchedIds(feed: FeedWithHost, since: Instant, window: CombinedSpan): Promise<Set<string>> {
    const keys = await changedKeysSince(store, feed.hostId, since - OVERLAP, windowAt(since), window);
    return new Set(keys.map((key) => itemIdOf(feed, key)));
  }

  return {
    async read(feed) {
      const now = clock.now();
      const window = windowAt(now);
      // The time is read before the rows: a change in between is then reported again instead of lost.
      const ended = await lastChangeAt(store, feed.hostId);
      const rows = await combinedRows(store, feed.hostId, window);
      const items = rows.map((row) => toFeedItem(feed, row));
      const dayStart = Math.floor(now / DAY) * DAY;
      const changedAt = rows.reduce(
        (latest, { since }) => Math.max(latest, since),
        Math.max(ended ?? 0, dayStart),
      );
      return { window, items, changedAt, token: snapshotToken(changedAt, items) };
    },

    async changes(feed, snapshot, token, limit = null) {
      const { items, window } = snapshot;
      if (token === null)
        return toPage(items, [], { since: 0, target: snapshot.token, after: '' }, snapshot.token, limit);
      const previous = parseToken(token);
      if (!previous) return null;
      if (previous.token === snapshot.token && !previous.page)
        return { changed: [], removed: [], token: snapshot.token, hasMore: false };
      const since = previous.page?.since ?? previous.at;
      // Older history has been pruned.
      const isRetained = since > clock.now() - retention + OVERLAP;
      if (previous.at > clock.now() + OVERLAP || (since > 0 && !isRetained)) return null;
      const target = previous.page ? previous.token : snapshot.token;
      const from = { since, target, after: previous.page?.after ?? '' };
      const differs = previous.page ? null : await exactDifference(feed, previous, items);
      if (differs) return toPage(differs.changed, differs.removed, from, target, limit);
      const current = new Set(items.map(({ id }) => id));
      const ids = since === 0 ? current : await touchedIds(feed, since, window);
      // How all-day items are written depends on the host's zone, which can change without them.
      const changed = items.filter(({ id, allDay }) => id > from.after && (ids.has(id) || allDay));
      const removed = [...ids].filter((id) => id > from.after && !current.has(id));
      return toPage(changed, removed, from, target, limit);
    },
  };
}

/** Ordered by id, so that a page token can name its last item. */
function toPage(
  changed: readonly FeedItem[],
  removed: readonly string[],
  from: { since: Instant; target: string; after: string },
  token: string,
  limit: number | null,
): FeedChanges {
  const ids = [...changed.map(({ id }) => id), ...removed].sort();
  if (limit === null || ids.length <= limit) return { changed, removed, token, hasMore: false };
  const last = ids[limit - 1] ?? '';
  return {
    changed: changed.filter(({ id }) => id <= last),
    removed: removed.filter((id) => id <= last),
    token: pageToken(from.target, from.since, last),
    hasMore: true,
  };
}
