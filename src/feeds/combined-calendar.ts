/** A host's combined calendar as a feed tells it: one flat event for each row, and which of them changed since a reader was told. */

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

/** What a feed tells at one instant. */
export interface FeedSnapshot {
  window: CombinedSpan;
  /** By start. */
  items: readonly FeedItem[];
  /** When it last became another. */
  changedAt: Instant;
  /** The same as long as the items are; another whenever they are. A URI. */
  token: string;
}

export interface FeedChanges {
  changed: readonly FeedItem[];
  /** Ids of items that are no more, among them some that were never told. */
  removed: readonly string[];
  /** To go on from. */
  token: string;
  /** Is there more, from the token on? */
  hasMore: boolean;
}

export interface CombinedCalendar {
  read(feed: FeedWithHost): Promise<FeedSnapshot>;
  /**
   * Items that changed between a token and a snapshot of the same feed, at most `limit`.
   * @param token of an earlier snapshot or answer; null: everything
   * @returns null when the token is none of ours, or older than what is kept.
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
  /** SYNC_PAST, SYNC_AHEAD */
  past: number;
  ahead: number;
  /** HISTORY_RETENTION */
  retention: number;
}

/** What was under way when a token was given can have been stored later under an earlier time. */
const OVERLAP = MINUTE;

export function createCombinedCalendar({
  store,
  clock,
  past,
  ahead,
  retention,
}: CombinedDeps): CombinedCalendar {
  /** By whole days, so that equal content stays equal for a day. */
  const windowAt = (at: Instant): CombinedSpan => ({
    from: Math.floor((at - past) / DAY) * DAY,
    to: Math.ceil((at + ahead) / DAY) * DAY,
  });

  /** Exactly what is another now. Null when what was told can't be made again: the token's hash shows whether it was. */
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

  /** All that may be another, by id: what is in doubt is among them. */
  async function touchedIds(feed: FeedWithHost, since: Instant, window: CombinedSpan): Promise<Set<string>> {
    const keys = await changedKeysSince(store, feed.hostId, since - OVERLAP, windowAt(since), window);
    return new Set(keys.map((key) => itemIdOf(feed, key)));
  }

  return {
    async read(feed) {
      const now = clock.now();
      const window = windowAt(now);
      // When before what: a change in between is told again, not left out.
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
      // What ended longer ago is no longer kept.
      const isRetained = since > clock.now() - retention + OVERLAP;
      if (previous.at > clock.now() + OVERLAP || (since > 0 && !isRetained)) return null;
      const target = previous.page ? previous.token : snapshot.token;
      const from = { since, target, after: previous.page?.after ?? '' };
      const differs = previous.page ? null : await exactDifference(feed, previous, items);
      if (differs) return toPage(differs.changed, differs.removed, from, target, limit);
      const current = new Set(items.map(({ id }) => id));
      const ids = since === 0 ? current : await touchedIds(feed, since, window);
      // Their dates are their calendar's zone's, which can have changed without them.
      const changed = items.filter(({ id, event }) => id > from.after && (ids.has(id) || event.days));
      const removed = [...ids].filter((id) => id > from.after && !current.has(id));
      return toPage(changed, removed, from, target, limit);
    },
  };
}

/** In the order of ids, so that a page can say where it ended. */
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
