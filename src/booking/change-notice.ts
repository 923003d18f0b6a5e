/** Until when an attendee may change a booking: a rule of the event type as it is now, deleted or not. */
import type { Booking } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import { eventTypesWithDeleted } from '../store/rules/event-types.ts';
import type { Instant } from '../time/clock.ts';

/** Without the event type's rule a booking can be changed at any time. */
export async function isTooLateToChange(
  tx: Tx,
  { eventTypeId, startsAt }: Pick<Booking, 'eventTypeId' | 'startsAt'>,
  now: Instant,
): Promise<boolean> {
  const [type] = await eventTypesWithDeleted(tx, [eventTypeId]);
  const notice = type?.rules.changeNotice ?? null;
  return notice !== null && startsAt.getTime() - now < notice;
}
