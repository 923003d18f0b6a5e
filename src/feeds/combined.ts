/** A host's combined calendar as a feed tells it: one flat event for each row, and which of them changed since a reader was told. */

import type { Store } from '../store/client.ts';
import { combinedRows, lastEnded, type Span, touchedSince } from '../store/outbound/combined.ts';
import type { ReadFeed } from '../store/outbound/feeds.ts';
import { type Clock, DAY, type Instant, MINUTE } from '../time/clock.ts';
import { type Item, idOf, itemOf } from './item.ts';
import { pageToken, type ReadToken, readToken, versionToken } from './sync-token.ts';

/** What a feed tells at one instant. */
export interface Snapshot {
  window: Span;
  /** By start. */
  items: readonly Item[];
  /** When it last became another. */
  changedAt: Instant;
  /** The same as long as the items are; another whenever they are. A URI. */
  token: string;
}

export interface Changes {
  changed: readonly Item[];
  /** Ids of items that are no more, among them some that were never told. */
  gone: readonly string[];
  /** To go on from. */
  token: string;
  /** Is there more, from the token on? */
  more: boolean;
}

export interface Combined {
  read(feed: ReadFeed): Promise<Snapshot>;
  /**
   * Items that changed between a token and a snapshot of the same feed, at most `limit`.
   * @param token of an earlier snapshot or answer; null: everything
   * @returns null when the token is none of ours, or older than what is kept.
   */
  changes(
    feed: ReadFeed,
    snapshot: Snapshot,
    token: string | null,
    limit?: number | null,
  ): Promise<Changes | null>;
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

export function createCombined({ store, clock, past, ahead, retention }: CombinedDeps): Combined {
  /** By whole days, so that equal content stays equal for a day. */
  const windowAt = (at: Instant): Span => ({
    from: Math.floor((at - past) / DAY) * DAY,
    to: Math.ceil((at + ahead) / DAY) * DAY,
  });

  /** Exactly what is another now. Null when what was told can't be made again: the token's hash shows whether it was. */
  async function difference(feed: ReadFeed, told: ReadToken, items: readonly Item[]) {
    const rows = await combinedRows(store, feed.hostId, windowAt(told.at), told.at);
    const before = rows.map((row) => itemOf(feed, row));
    if (versionToken(told.at, before) !== told.token) return null;
    const etags = new Map(before.map(({ id, etag }) => [id, etag]));
    const current = new Set(items.map(({ id }) => id));
    return {
      changed: items.filter(({ id, etag }) => etags.get(id) !== etag),
      gone: [...etags.keys()].filter((id) => !current.has(id)),
    };
  }

  /** All that may be another, by id: what is in doubt is among them. */
  async function touched(feed: ReadFeed, since: Instant, window: Span): Promise<Set<string>> {
    const keys = await touchedSince(store, feed.hostId, since - OVERLAP, windowAt(since), window);
    return new Set(keys.map((key) => idOf(feed, key)));
  }

  return {
    async read(feed) {
      const now = clock.now();
      const window = windowAt(now);
      // When before what: a change in between is told again, not left out.
      const ended = await lastEnded(store, feed.hostId);
      const rows = await combinedRows(store, feed.hostId, window);
      const items = rows.map((row) => itemOf(feed, row));
      const slid = Math.floor(now / DAY) * DAY;
      const changedAt = rows.reduce(
        (latest, { since }) => Math.max(latest, since),
        Math.max(ended ?? 0, slid),
      );
      return { window, items, changedAt, token: versionToken(changedAt, items) };
    },

    async changes(feed, snapshot, token, limit = null) {
      const { items, window } = snapshot;
      if (token === null)
        return paged(items, [], { since: 0, target: snapshot.token, after: '' }, snapshot.token, limit);
      const told = readToken(token);
      if (!told) return null;
      if (told.token === snapshot.token && !told.page)
        return { changed: [], gone: [], token: snapshot.token, more: false };
      const since = told.page?.since ?? told.at;
      // What ended longer ago is no longer kept.
      const kept = since > clock.now() - retention + OVERLAP;
      if (told.at > clock.now() + OVERLAP || (since > 0 && !kept)) return null;
      const target = told.page ? told.token : snapshot.token;
      const from = { since, target, after: told.page?.after ?? '' };
      const differs = told.page ? null : await difference(feed, told, items);
      if (differs) return paged(differs.changed, differs.gone, from, target, limit);
      const current = new Set(items.map(({ id }) => id));
      const ids = since === 0 ? current : await touched(feed, since, window);
      // Their dates are their calendar's zone's, which can have changed without them.
      const changed = items.filter(({ id, event }) => id > from.after && (ids.has(id) || event.days));
      const gone = [...ids].filter((id) => id > from.after && !current.has(id));
      return paged(changed, gone, from, target, limit);
    },
  };
}

/** In the order of ids, so that a page can say where it ended. */
function paged(
  changed: readonly Item[],
  gone: readonly string[],
  from: { since: Instant; target: string; after: string },
  token: string,
  limit: number | null,
): Changes {
  const ids = [...changed.map(({ id }) => id), ...gone].sort();
  if (limit === null || ids.length <= limit) return { changed, gone, token, more: false };
  const last = ids[limit - 1] ?? '';
  return {
    changed: changed.filter(({ id }) => id <= last),
    gone: gone.filter((id) => id <= last),
    token: pageToken(from.target, from.since, last),
    more: true,
  };
}
