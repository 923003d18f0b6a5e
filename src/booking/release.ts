/** Releases holds before they expire, and ends the holds that have expired. */
import { cacheKey } from '../cache/keys.ts';
import { hashSecret } from '../secrets.ts';
import {
  blankExpiredHolds,
  type Hold,
  holdByHash,
  isLiveHold,
  lockHold,
  markReleased,
  pruneHolds,
} from '../store/bookings/holds.ts';
import { endAllExpiredNativeTime, endNativeTime, pruneNativeTime } from '../store/bookings/native-time.ts';
import { pruneVerifications } from '../store/bookings/verifications.ts';
import type { Store, Tx } from '../store/client.ts';
import { type Instant, MINUTE } from '../time/clock.ts';
import type { BookingsDeps } from './deps.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** @returns true when the token's hold was live and is released */
export type ReleaseHold = (token: string) => Promise<boolean>;

export function createRelease({
  store,
  withHostLocks,
  clock,
}: Pick<BookingsDeps, 'store' | 'withHostLocks' | 'clock'>): ReleaseHold {
  return (token) =>
    retryOnConflict(async () => {
      const found = await holdByHash(store, hashSecret(token));
      if (!found || !isLiveHold(found, clock.now())) return false;
      return withHostLocks(found.hosts, async (tx) => {
        const hold = await lockHold(tx, found.id);
        const now = clock.now();
        if (!hold || !isLiveHold(hold, now)) return { result: false, keys: [] };
        return { result: true, keys: await endHold(tx, hold, now) };
      });
    });
}

/** Ends a live hold. The hold and its hosts must be locked. @returns cache keys to invalidate */
export async function endHold(tx: Tx, hold: Hold, now: Instant): Promise<string[]> {
  await markReleased(tx, hold.id, now);
  await endNativeTime(tx, hold.id, now);
  return hold.hosts.map(cacheKey.native);
}

const BATCH = 1_000;
const PRUNE_INTERVAL = MINUTE;

/**
 * A task of the sweep: expired holds become history, and history that is too old is deleted. No reader depends on it, since
 * an expired hold takes no time.
 * @param retention HISTORY_RETENTION, milliseconds
 */
export function createExpireHolds({ store, retention }: { store: Store; retention: number }) {
  let pruned = Number.NEGATIVE_INFINITY;
  return async function expireHolds(now: Instant): Promise<void> {
    await endAllExpiredNativeTime(store, now, BATCH);
    await blankExpiredHolds(store, now, BATCH);
    await pruneVerifications(store, now, BATCH);
    if (now - pruned < PRUNE_INTERVAL) return;
    pruned = now;
    await pruneHolds(store, now - retention, BATCH);
    await pruneNativeTime(store, now - retention, BATCH);
  };
}
