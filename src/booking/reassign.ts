/**
 * Gives a booking from one host to another for an operator, at the time that it has. The other host must be free then; notice, horizon
 * and working hours are the operator's to judge, who may need a stand-in for somebody who is ill.
 */
import { badInput } from '../errors.ts';
import { type Booking, bookingById, isOver, lockBooking } from '../store/bookings/bookings.ts';
import type { BookingsDeps, Caller } from './deps.ts';
import {
  BOOKING_NOT_FOUND,
  bookedWithoutToken,
  issuesOfHosts,
  type RescheduleResult,
  SLOT_NOT_OFFERED,
  SLOT_TAKEN,
  sourceStale,
} from './outcome.ts';
import { requireBooking } from './require-booking.ts';
import { RetryTransaction } from './retry-on-conflict.ts';
import { type AttemptResult, hostsInvolved, searchTeam, staleHosts } from './team-search.ts';

/**
 * @param hosts ids: `from` has the booking, `to` is a host of its event type who doesn't
 * @throws SlotwireError NOT_FOUND, BAD_USER_INPUT, RATE_LIMITED
 */
export type ReassignBooking = (
  organisation: string,
  id: string,
  hosts: { from: string; to: string },
  caller: Caller,
) => Promise<RescheduleResult>;

export function createReassign(deps: BookingsDeps): ReassignBooking {
  const { store, withHostLocks, readSlotOffer, changes, refresh, clock } = deps;

  return async (organisation, id, { from, to }, caller) => {
    const found = await requireBooking(store, organisation, id);
    if (isOver(found)) return BOOKING_NOT_FOUND;
    checkHosts(found, from, to);
    const arrival = await refresh.arrive();

    const attempt = async (): Promise<AttemptResult<RescheduleResult>> => {
      const { type, toLock } = await hostsInvolved(store, (await bookingById(store, id)) ?? found);
      if (!type?.hosts.includes(to)) throw badInput('to', 'is not a host of the event type');
      if (type.rules.hostRules.some(({ host, fixed }) => fixed && host === from && type.hosts.includes(host)))
        throw badInput('from', 'is in every booking of the event type');
      return withHostLocks<AttemptResult<RescheduleResult>>(toLock, async (tx) => {
        const finish = (answer: RescheduleResult, keys: string[] = []) => ({ result: { answer }, keys });
        const booking = await lockBooking(tx, id);
        if (!booking || isOver(booking)) return finish(BOOKING_NOT_FOUND);
        checkHosts(booking, from, to);
        const now = clock.now();
        const [start, end] = [booking.startsAt.getTime(), booking.endsAt.getTime()];
        if (end <= now) return finish(SLOT_NOT_OFFERED);
        const booked = { start, length: end - start || null, without: id };
        const query = { eventType: booking.eventTypeId, ...booked, now, readAfter: arrival };
        const offer = await readSlotOffer(tx, query);
        if (!offer) return finish(SLOT_NOT_OFFERED);
        if (!offer.type.hosts.every((host) => toLock.includes(host))) throw new RetryTransaction();
        if (staleHosts(offer).includes(to)) return finish(sourceStale(issuesOfHosts(offer, [to])));
        if (!offer.free.includes(to)) return finish(SLOT_TAKEN);
        const hosts = booking.hosts.map((host) => (host === from ? to : host));
        const keys = await changes.move(tx, booking, { start, end, hosts, by: 'operator' }, now);
        return finish(bookedWithoutToken((await bookingById(tx, id)) ?? booking), keys);
      });
    };

    return searchTeam<RescheduleResult>(deps, {
      arrival,
      admit: () => caller.admitRefresh(found.eventTypeId),
      firstTeam: [to],
      attempt,
    });
  };
}

/** @throws SlotwireError BAD_USER_INPUT */
function checkHosts({ hosts }: Booking, from: string, to: string): void {
  if (!hosts.includes(from)) throw badInput('from', 'is not a host of this booking');
  if (hosts.includes(to)) throw badInput('to', 'is a host of this booking already');
}
