/** Moves a booking to another start, for whoever holds its token: by all rules, after the calendars were read again. */

import type { SlotOffer } from '../offers/offer-at.ts';
import { type Booking, bookingById, lockBooking } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';
import { chooseHosts, isWholeTeam } from './assign.ts';
import type { AdmitRefresh, BookingsDeps } from './deps.ts';
import {
  BOOKING_NOT_FOUND,
  bookedResult,
  issuesOfHosts,
  type RescheduleResult,
  SLOT_NOT_OFFERED,
  SLOT_TAKEN,
  sourceStale,
} from './outcome.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';
import { createRefreshHosts, hostsInvolved } from './writes/calendars.ts';

/** To the start that it has: nothing happens. */
export type RescheduleBooking = (
  token: string,
  start: Instant,
  admit: AdmitRefresh,
) => Promise<RescheduleResult>;

/** How many teams are tried, its own among them. */
const ATTEMPTS_MAX = 10;

type AttemptResult = { answer: RescheduleResult } | { next: string[] };

export function createReschedule(deps: BookingsDeps): RescheduleBooking {
  const { store, withHostLocks, readSlotOffer, changes, tokens, clock } = deps;

  return async (token, start, admit) => {
    const received = clock.now();
    const id = tokens.verify(token);
    const found = id === null ? null : await bookingById(store, id);
    if (!found || found.status === 'CANCELLED') return BOOKING_NOT_FOUND;
    const refreshHosts = createRefreshHosts(deps, received, () => admit(found.eventTypeId));
    const query = { eventType: found.eventTypeId, start, without: found.id };
    const failed = new Set<string>();

    /** The booking's own team when it can, else the fairest. */
    async function firstTeam(tx: Tx, booking: Booking, offer: SlotOffer, now: Instant) {
      const own = isWholeTeam(offer.type, booking.hosts);
      if (own && booking.hosts.every((host) => offer.offering.includes(host))) return booking.hosts;
      return (await chooseHosts(tx, offer.type, offer.offering, now, booking.id)) ?? booking.hosts;
    }

    const attempt = async (hosts: string[], last: boolean): Promise<AttemptResult> => {
      const { toLock } = await hostsInvolved(store, (await bookingById(store, found.id)) ?? found);
      return withHostLocks<AttemptResult>(toLock, async (tx) => {
        const finish = (answer: RescheduleResult, keys: string[] = []) => ({ result: { answer }, keys });
        const booking = await lockBooking(tx, found.id);
        if (!booking || booking.status === 'CANCELLED') return finish(BOOKING_NOT_FOUND);
        if (booking.startsAt.getTime() === start) return finish(bookedResult(tokens, booking));
        const now = clock.now();
        const offer = await readSlotOffer(tx, { ...query, now, provenSince: received });
        if (!offer) return finish(SLOT_NOT_OFFERED);
        const locks = [...offer.type.hosts, ...booking.hosts];
        if (!locks.every((host) => toLock.includes(host))) throw new RetryTransaction();
        if (isWholeTeam(offer.type, hosts) && hosts.every((host) => offer.offering.includes(host))) {
          const to = { start, end: start + offer.type.rules.length, hosts, byHost: false };
          const keys = await changes.move(tx, booking, to, now);
          return finish(bookedResult(tokens, (await bookingById(tx, booking.id)) ?? booking), keys);
        }
        for (const host of hosts) if (!offer.offering.includes(host)) failed.add(host);
        const before = await readSlotOffer(tx, { ...query, now, provenSince: null });
        if (!before) return finish(SLOT_NOT_OFFERED);
        const choose = (among: readonly string[]) => chooseHosts(tx, offer.type, among, now, booking.id);
        const stale = offer.type.hosts.filter((host) => !offer.usable.includes(host));
        const unknown = () => finish(sourceStale(issuesOfHosts(offer, stale)));
        // By what rules it would be offered can't be told of hosts whose sources are too old even without asking.
        if (!before.allowedByRules)
          return (await choose(before.usable)) ? finish(SLOT_NOT_OFFERED) : unknown();
        const untried = before.offering.filter((host) => !failed.has(host));
        const next = last ? null : await choose(untried);
        if (next) return { result: { next }, keys: [] };
        // Nobody who is known of stands in the way; what does is that somebody may.
        const unread = before.offering.filter((host) => !failed.has(host) || stale.includes(host));
        if (stale.length > 0 && (await choose(unread))) return unknown();
        return finish(SLOT_TAKEN);
      });
    };

    if (found.startsAt.getTime() === start) return bookedResult(tokens, found);
    const now = clock.now();
    const seen = await readSlotOffer(store, { ...query, now, provenSince: null });
    if (!seen) return SLOT_NOT_OFFERED;
    let hosts = await firstTeam(store, found, seen, now);
    for (let tries = 1; ; tries++) {
      await refreshHosts(hosts);
      const result = await retryOnConflict(() => attempt(hosts, tries === ATTEMPTS_MAX), {
        answer: SLOT_TAKEN,
      });
      if ('answer' in result) return result.answer;
      hosts = result.next;
    }
  };
}
