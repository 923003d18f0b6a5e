/** Gives a held slot back before its time, and ends what nobody gave back. */
import { cacheKey } from '../cache/port.ts';
import { hashSecret } from '../secrets.ts';
import {
  type Hold,
  holdByHash,
  isLive,
  lockHold,
  markReleased,
  pruneHolds,
} from '../store/bookings/holds.ts';
import { endAllExpired, endTime, pruneNativeTime } from '../store/bookings/native-time.ts';
import type { Store, Tx } from '../store/client.ts';
import { type Instant, MINUTE } from '../time/clock.ts';
import type { BookingsDeps } from './deps.ts';
import { untilThrough } from './retry-on-conflict.ts';

/** @returns true when it ended a hold that was live. */
export type ReleaseHold = (token: string) => Promise<boolean>;

export function createRelease({
  store,
  locked,
  clock,
}: Pick<BookingsDeps, 'store' | 'locked' | 'clock'>): ReleaseHold {
  return (token) =>
    untilThrough(async () => {
      const found = await holdByHash(store, hashSecret(token));
      if (!found || !isLive(found, clock.now())) return false;
      return locked(found.hosts, async (tx) => {
        const hold = await lockHold(tx, found.id);
        const now = clock.now();
        if (!hold || !isLive(hold, now)) return { result: false, keys: [] };
        return { result: true, keys: await endHold(tx, hold, now) };
      });
    });
}

/** The hold and its hosts must be locked. @returns cache keys to touch */
export async function endHold(tx: Tx, hold: Hold, now: Instant): Promise<string[]> {
  await markReleased(tx, hold.id, now);
  await endTime(tx, hold.id, now);
  return hold.hosts.map(cacheKey.native);
}

const AT_ONCE = 1_000;
const PRUNE_EVERY = MINUTE;

/**
 * A duty of the sweep: expired holds become history, and history that is too old goes. Nothing waits for it, since an
 * expired hold takes no time.
 * @param retention HISTORY_RETENTION, milliseconds
 */
export function createExpireHolds({ store, retention }: { store: Store; retention: number }) {
  let pruned = Number.NEGATIVE_INFINITY;
  return async function expireHolds(now: Instant): Promise<void> {
    await endAllExpired(store, now, AT_ONCE);
    if (now - pruned < PRUNE_EVERY) return;
    pruned = now;
    await pruneHolds(store, now - retention, AT_ONCE);
    await pruneNativeTime(store, now - retention, AT_ONCE);
  };
}
