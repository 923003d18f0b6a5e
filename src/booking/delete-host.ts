/**
 * Erases a host and all data about them, in an order that informs every attendee: the host takes no new bookings, upcoming
 * bookings are cancelled and announced, their events are deleted from the host's calendars, the accounts are disconnected,
 * and then every row is deleted. An event that a provider does not delete within the grace period stays there. An erasure
 * that was interrupted continues when it is requested again.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { cacheKey } from '../cache/keys.ts';
import { notFound } from '../errors.ts';
import type { Log } from '../log.ts';
import { withdrawHost } from '../offers/removals.ts';
import { recordChange } from '../store/audit/audited.ts';
import { bookingById, isOver, lockBooking } from '../store/bookings/bookings.ts';
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
  /** Runs every step of one write that is due. */
  write(id: string): Promise<void>;
  /** Disconnects an account even if its provider fails. An account that is disconnected already does not change. */
  disconnect(organisation: string, account: string): Promise<void>;
  clock: Clock;
  log: Log;
}

/** How long the erasure waits for calendars and webhook endpoints to take the cancellations, in milliseconds. */
const GRACE_PERIOD = 5 * SECOND;
/** Milliseconds. */
const POLL_INTERVAL = 100;
/** How many rounds an erasure takes at most: a host that is connected or booked meanwhile makes another round necessary. */
const ROUNDS_MAX = 5;

export function createDeleteHost(deps: DeleteHostDeps): DeleteHost {
  const { store, publisher, withHostLocks, changes, write, disconnect, clock, log } = deps;

  const withdraw = (organisation: string, host: string): Promise<void> =>
    retryOnConflict(() =>
      publisher.change(async (tx, now) => {
        recordChange(tx);
        return { result: undefined, keys: await withdrawHost(tx, organisation, host, now) };
      }),
    );

  const cancel = (id: string): Promise<void> =>
    retryOnConflict(async () => {
      const found = await bookingById(store, id);
      if (!found) return;
      await withHostLocks(found.hosts, async (tx) => {
        const booking = await lockBooking(tx, id);
        if (!booking || isOver(booking)) return { result: undefined, keys: [] };
        if (!booking.hosts.every((host) => found.hosts.includes(host))) throw new RetryTransaction();
        const keys = await changes.cancel(tx, booking, { reason: null, by: 'host' }, clock.now());
        return { result: undefined, keys };
      });
    });

  /** Waits until the cancellations are written and announced, or the grace period ends. */
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

  /** @returns false when bookings or accounts that came meanwhile must be cancelled or disconnected first */
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
      if (round === ROUNDS_MAX)
        throw new Error(`erasing host ${host} failed: new bookings or accounts came in every round`);
    }
    log.info({ host }, 'host erased');
  };
}
