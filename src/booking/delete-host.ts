/**
 * Erases a host and all that is held of them, in an order that leaves nobody in the dark: no new bookings, the coming ones
 * cancelled and told, their events taken out of the host's calendars, the accounts disconnected, and then every row. What
 * a provider won't do within a short while is left undone there: nothing is kept here for it. Whoever is cut short, or
 * asks again, goes on where it was left.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { cacheKey } from '../cache/keys.ts';
import { notFound } from '../errors.ts';
import type { Log } from '../log.ts';
import { withdrawHost } from '../offers/removals.ts';
import { bookingById, lockBooking } from '../store/bookings/bookings.ts';
import type { Store } from '../store/client.ts';
import {
  connectedAccounts,
  eraseHistory,
  eraseHost,
  hasPendingMessages,
  pendingWrites,
  upcomingBookings,
} from '../store/erasure.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { Publisher } from '../sync/publisher.ts';
import { type Clock, SECOND } from '../time/clock.ts';
import type { BookingChanges } from './change.ts';
import type { WithHostLocks } from './host-locks.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';

/** @throws SlotwireError NOT_FOUND */
export type DeleteHost = (organisation: string, host: string) => Promise<void>;

export interface DeleteHostDeps {
  store: Store;
  publisher: Pick<Publisher, 'change'>;
  withHostLocks: WithHostLocks;
  changes: Pick<BookingChanges, 'cancel'>;
  /** Does what is due about one event of a booking. */
  write(id: string): Promise<void>;
  /** Ends an account, whatever its provider says. Nothing happens to one that has ended. */
  disconnect(organisation: string, account: string): Promise<void>;
  clock: Clock;
  log: Log;
}

/** So long calendars and webhook endpoints have to take what became of the bookings. */
const GRACE_PERIOD = 5 * SECOND;
const POLL_INTERVAL = 100;
/** How often somebody may connect or book in between. */
const ROUNDS_MAX = 5;

export function createDeleteHost(deps: DeleteHostDeps): DeleteHost {
  const { store, publisher, withHostLocks, changes, write, disconnect, clock, log } = deps;

  const withdraw = (organisation: string, host: string): Promise<void> =>
    retryOnConflict(() =>
      publisher.change(async (tx, now) => {
        return { result: undefined, keys: await withdrawHost(tx, organisation, host, now) };
      }),
    );

  const cancel = (id: string): Promise<void> =>
    retryOnConflict(async () => {
      const found = await bookingById(store, id);
      if (!found) return;
      await withHostLocks(found.hosts, async (tx) => {
        const booking = await lockBooking(tx, id);
        if (booking?.status !== 'CONFIRMED') return { result: undefined, keys: [] };
        if (!booking.hosts.every((host) => found.hosts.includes(host))) throw new RetryTransaction();
        const keys = await changes.cancel(tx, booking, { reason: null, by: 'host' }, clock.now());
        return { result: undefined, keys };
      });
    });

  /** Waits until it is written and told, or can't be for now. */
  async function waitForDelivery(
    organisation: string,
    host: string,
    bookings: readonly string[],
  ): Promise<void> {
    await withDeadline(GRACE_PERIOD, undefined, async (signal) => {
      while (!signal.aborted) {
        const due = await pendingWrites(store, bookings, host);
        if (due.length === 0 && !(await hasPendingMessages(store, organisation, host))) return;
        for (const id of due) if (!signal.aborted) await write(id);
        await pause(POLL_INTERVAL);
      }
    }).catch((error: unknown) => {
      if (!(error instanceof DeadlineError))
        log.warn({ err: error, host }, 'waiting for the host’s bookings to be written and announced failed');
    });
  }

  /** @returns false when there is more to be cancelled or disconnected before. */
  const erase = (organisation: string, host: string): Promise<boolean> =>
    retryOnConflict(() =>
      publisher.change(async (tx, now) => {
        const keys = await withdrawHost(tx, organisation, host, now);
        const [upcoming, accounts] = [
          await upcomingBookings(tx, organisation, host, now),
          await connectedAccounts(tx, host),
        ];
        if (upcoming.length > 0 || accounts.length > 0) return { result: false, keys };
        const [found] = await hostsByIds(tx, organisation, [host]);
        const calendars = found ? await eraseHost(tx, organisation, host) : [];
        const erasedKeys = [cacheKey.host(host), cacheKey.native(host), ...calendars.map(cacheKey.calendar)];
        return { result: true, keys: [...keys, ...erasedKeys] };
      }),
    );

  return async (organisation, host) => {
    const [found] = await hostsByIds(store, organisation, [host]);
    if (!found) throw notFound('host', host);
    for (let round = 1; ; round++) {
      await withdraw(organisation, host);
      const bookings = await upcomingBookings(store, organisation, host, clock.now());
      for (const booking of bookings) await cancel(booking);
      if (bookings.length > 0) await waitForDelivery(organisation, host, bookings);
      for (const { id } of await connectedAccounts(store, host)) await disconnect(organisation, id);
      await eraseHistory(store, host);
      if (await erase(organisation, host)) break;
      if (round === ROUNDS_MAX) throw new Error(`host ${host} was connected or booked again and again`);
    }
    log.info({ host }, 'host erased');
  };
}
