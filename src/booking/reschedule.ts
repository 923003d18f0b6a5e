/** Moves a booking to another start for the holder of its token or an operator: by all rules, after the calendars were read again. */

import type { SlotOffer } from '../offers/offer-at.ts';
import {
  type Booking,
  bookingById,
  type CancelledBy,
  isOver,
  lockBooking,
} from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';
import { chooseHosts, isWholeTeam } from './assign.ts';
import { hasEnoughBookings } from './attendee-limit.ts';
import { isTooLateToChange } from './change-notice.ts';
import { type BookingsDeps, blockedBy, type Caller } from './deps.ts';
import {
  ATTENDEE_LIMIT,
  BOOKING_NOT_FOUND,
  type Booked,
  bookedResult,
  bookedWithoutToken,
  CHANGE_TOO_LATE,
  issuesOfHosts,
  type RescheduleResult,
  SLOT_NOT_OFFERED,
  SLOT_TAKEN,
  sourceStale,
} from './outcome.ts';
import { requireBooking } from './require-booking.ts';
import { RetryTransaction } from './retry-on-conflict.ts';
import { type AttemptResult, hostsInvolved, searchTeam, staleHosts, type TeamSearch } from './team-search.ts';

/** Moving a booking to the start that it has changes nothing. @throws SlotwireError FORBIDDEN by a block rule, RATE_LIMITED */
export type RescheduleBooking = (token: string, start: Instant, caller: Caller) => Promise<RescheduleResult>;

/** For an operator of the organisation, whom block rules don't concern. @throws SlotwireError NOT_FOUND, RATE_LIMITED */
export type MoveBookingById = (
  organisation: string,
  id: string,
  start: Instant,
  caller: Caller,
) => Promise<RescheduleResult>;

/** A booking keeps its length when it is moved; null for one whose host left nothing of it. */
const lengthOf = ({ startsAt, endsAt }: Booking) => endsAt.getTime() - startsAt.getTime() || null;

interface Mover {
  by: CancelledBy;
  admitRefresh: Caller['admitRefresh'];
  /** What the caller may see of the booking. */
  show: (booking: Booking) => Booked;
}

export function createReschedule(deps: BookingsDeps): {
  reschedule: RescheduleBooking;
  moveById: MoveBookingById;
} {
  const { store, withHostLocks, readSlotOffer, changes, blockRules, tokens, refresh, clock } = deps;

  async function move(
    found: Booking,
    start: Instant,
    { by, admitRefresh, show }: Mover,
  ): Promise<RescheduleResult> {
    const query = { eventType: found.eventTypeId, start, without: found.id, length: lengthOf(found) };

    /** The booking's own team when all of it offers the start, else the fairest choice. */
    async function firstTeam(tx: Tx, booking: Booking, offer: SlotOffer, now: Instant) {
      const own = isWholeTeam(offer.type, booking.hosts);
      if (own && booking.hosts.every((host) => offer.offering.includes(host))) return booking.hosts;
      return (await chooseHosts(tx, offer.type, offer.offering, now, booking.id)) ?? booking.hosts;
    }

    const attempt = async (hosts: string[], search: TeamSearch): Promise<AttemptResult<RescheduleResult>> => {
      const { toLock } = await hostsInvolved(store, (await bookingById(store, found.id)) ?? found);
      return withHostLocks<AttemptResult<RescheduleResult>>(toLock, async (tx) => {
        const finish = (answer: RescheduleResult, keys: string[] = []) => ({ result: { answer }, keys });
        const booking = await lockBooking(tx, found.id);
        if (!booking || isOver(booking)) return finish(BOOKING_NOT_FOUND);
        if (booking.startsAt.getTime() === start) return finish(show(booking));
        const now = clock.now();
        if (by === 'attendee' && (await isTooLateToChange(tx, booking, now))) return finish(CHANGE_TOO_LATE);
        const length = lengthOf(booking);
        const offer = await readSlotOffer(tx, { ...query, length, now, readAfter: arrival });
        if (!offer) return finish(SLOT_NOT_OFFERED);
        const locks = [...offer.type.hosts, ...booking.hosts];
        if (!locks.every((host) => toLock.includes(host))) throw new RetryTransaction();
        if (isWholeTeam(offer.type, hosts) && hosts.every((host) => offer.offering.includes(host))) {
          // An upcoming booking counts already, so that moving it adds nothing.
          const hasBegun = booking.startsAt.getTime() <= now;
          if (hasBegun && (await hasEnoughBookings(tx, offer.type, booking.attendeeEmail, now, booking.id))) {
            return finish(ATTENDEE_LIMIT);
          }
          const to = { start, end: start + offer.type.rules.length, hosts, by };
          const keys = await changes.move(tx, booking, to, now);
          return finish(show((await bookingById(tx, booking.id)) ?? booking), keys);
        }
        search.markFailed(hosts.filter((host) => !offer.offering.includes(host)));
        const before = await readSlotOffer(tx, { ...query, length, now, readAfter: null });
        if (!before) return finish(SLOT_NOT_OFFERED);
        const stale = staleHosts(offer);
        const unknown = () => finish(sourceStale(issuesOfHosts(offer, stale)));
        // Without enough usable hosts, stale calendars and not the rules keep the start from being offered.
        if (!before.allowedByRules) {
          const isKnown = await chooseHosts(tx, offer.type, before.usable, now, booking.id);
          return isKnown ? finish(SLOT_NOT_OFFERED) : unknown();
        }
        const candidates = before.offering;
        const choice = await search.nextTeam(tx, { offer, candidates, now, without: booking.id });
        if ('next' in choice) return { result: choice, keys: [] };
        // No known time of the stale hosts blocks the start, but their calendars may hold some that is not known yet.
        return choice.unread && stale.length > 0 ? unknown() : finish(SLOT_TAKEN);
      });
    };

    if (found.startsAt.getTime() === start) return show(found);
    const now = clock.now();
    // What can't be moved any more costs no provider a request.
    if (by === 'attendee' && (await isTooLateToChange(store, found, now))) return CHANGE_TOO_LATE;
    const seen = await readSlotOffer(store, { ...query, now, readAfter: null });
    if (!seen) return SLOT_NOT_OFFERED;
    const arrival = await refresh.arrive();
    return searchTeam<RescheduleResult>(deps, {
      arrival,
      admit: () => admitRefresh(found.eventTypeId),
      firstTeam: await firstTeam(store, found, seen, now),
      attempt,
    });
  }

  return {
    async reschedule(token, start, caller) {
      const id = tokens.verify(token);
      const found = id === null ? null : await bookingById(store, id);
      if (!found || isOver(found)) return BOOKING_NOT_FOUND;
      const { organisationId, attendeeEmail } = found;
      await blockRules.refuse(organisationId, blockedBy(caller, organisationId, attendeeEmail));
      const show = (booking: Booking) => bookedResult(tokens, booking);
      return move(found, start, { by: 'attendee', admitRefresh: caller.admitRefresh, show });
    },
    async moveById(organisation, id, start, { admitRefresh }) {
      const found = await requireBooking(store, organisation, id);
      if (isOver(found)) return BOOKING_NOT_FOUND;
      return move(found, start, { by: 'operator', admitRefresh, show: bookedWithoutToken });
    },
  };
}
