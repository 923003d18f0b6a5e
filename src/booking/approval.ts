/** Accepts and declines bookings that wait for a host, and declines those whose start has passed undecided. */
import { conflict } from '../errors.ts';
import {
  type Booking,
  bookingById,
  type CancelledBy,
  lockBooking,
  undecidedBookings,
} from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';
import type { BookingsDeps } from './deps.ts';
import { type BookingWithToken, bookedWithoutToken } from './outcome.ts';
import { requireBooking } from './require-booking.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';

/** Of one that is accepted already it changes nothing. @throws SlotwireError NOT_FOUND, CONFLICT when it is over */
export type AcceptBooking = (organisation: string, id: string) => Promise<BookingWithToken>;

/** Of one that is declined already it changes nothing. @throws SlotwireError NOT_FOUND, CONFLICT when it doesn't wait any more */
export type DeclineBooking = (
  organisation: string,
  id: string,
  reason: string | null,
) => Promise<BookingWithToken>;

/** How many the sweep declines in one go. */
const BATCH = 200;

type ApprovalDeps = Pick<BookingsDeps, 'store' | 'withHostLocks' | 'changes' | 'clock'>;

export function createApproval(deps: ApprovalDeps): { accept: AcceptBooking; decline: DeclineBooking } {
  const { store, changes } = deps;
  return {
    async accept(organisation, id) {
      await requireBooking(store, organisation, id);
      const booking = await decide(deps, id, async (tx, found, now) => {
        if (found.status === 'CONFIRMED') return [];
        if (found.status !== 'PENDING') throw conflict(`the booking is ${found.status}`);
        if (found.startsAt.getTime() <= now) throw conflict("the booking's start has passed");
        return changes.accept(tx, found, now);
      });
      return bookedWithoutToken(booking).booking;
    },
    async decline(organisation, id, reason) {
      await requireBooking(store, organisation, id);
      const booking = await decide(deps, id, async (tx, found, now) => {
        if (found.status === 'DECLINED') return [];
        if (found.status !== 'PENDING') throw conflict(`the booking is ${found.status}`);
        return changes.decline(tx, found, { reason, by: 'operator' satisfies CancelledBy }, now);
      });
      return bookedWithoutToken(booking).booking;
    },
  };
}

/** A task of the sweep: who asked for a time that has come is to know that it doesn't take place. */
export function createDeclineUndecided(deps: ApprovalDeps) {
  return async function declineUndecided(now: Instant): Promise<void> {
    for (const id of await undecidedBookings(deps.store, now, BATCH))
      await decide(deps, id, async (tx, found) =>
        // It may have been decided or moved since it was found.
        found.status === 'PENDING' && found.decideBy !== null && found.decideBy.getTime() <= now
          ? deps.changes.decline(tx, found, { reason: null, by: 'system' }, now)
          : [],
      );
  };
}

/** @param change @returns cache keys to invalidate; the booking and its hosts are locked */
const decide = (
  { store, withHostLocks, clock }: ApprovalDeps,
  id: string,
  change: (tx: Tx, booking: Booking, now: Instant) => Promise<string[]>,
): Promise<Booking> =>
  retryOnConflict(async () => {
    const found = await bookingById(store, id);
    return withHostLocks(found?.hosts ?? [], async (tx) => {
      const booking = await lockBooking(tx, id);
      if (!booking?.hosts.every((host) => found?.hosts.includes(host))) throw new RetryTransaction();
      const keys = await change(tx, booking, clock.now());
      return { result: (await bookingById(tx, id)) ?? booking, keys };
    });
  });
