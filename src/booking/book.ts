/** Turns a hold into a booking in the caller's transaction: the time passes from one to the other at one instant. */

import { cacheKey } from '../cache/keys.ts';
import { newId } from '../ids.ts';
import { insertBooking } from '../store/bookings/bookings.ts';
import { type Hold, markBooked } from '../store/bookings/holds.ts';
import { endNativeTime, takeNativeTime } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import type { EventType } from '../store/rules/event-types.ts';
import type { Instant } from '../time/clock.ts';
import type { BookingsDeps } from './deps.ts';

export interface Attendee {
  name: string;
  email: string;
  /** An IANA time zone. */
  timeZone: string;
  notes: string | null;
}

/** `hosts` may differ from the hold's hosts; all hosts of both, and the hold, must be locked. */
export const createBookHold =
  ({ planWrites, announce }: Pick<BookingsDeps, 'planWrites' | 'announce'>) =>
  async (
    tx: Tx,
    hold: Hold,
    type: Pick<EventType, 'title' | 'rules'>,
    hosts: string[],
    attendee: Attendee,
    now: Instant,
  ) => {
    const { organisationId, eventTypeId, startsAt, endsAt } = hold;
    const booking = await insertBooking(
      tx,
      {
        id: newId('Booking'),
        ...{ organisationId, eventTypeId, holdId: hold.id, startsAt, endsAt, hosts },
        title: type.title,
        attendeeName: attendee.name,
        attendeeEmail: attendee.email,
        attendeeTimeZone: attendee.timeZone,
        notes: attendee.notes,
      },
      now,
    );
    await endNativeTime(tx, hold.id, now);
    const { bufferBefore, bufferAfter } = type.rules;
    const claimant = { hosts, organisation: organisationId, eventType: eventTypeId, owner: booking.id };
    const time = { start: startsAt.getTime(), end: endsAt.getTime(), bufferBefore, bufferAfter };
    await takeNativeTime(tx, { kind: 'booking', ...claimant, ...time, expiresAt: null, byHost: false }, now);
    await markBooked(tx, hold.id, booking.id);
    await planWrites(tx, booking, now);
    await announce(tx, 'BOOKING_CREATED', booking, now);
    return { booking, keys: [...hold.hosts, ...hosts].map(cacheKey.native) };
  };
