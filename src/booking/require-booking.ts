/** A booking that is asked for by its id instead of its token. */
import { notFound } from '../errors.ts';
import { type Booking, bookingsByIds } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';

/** @throws SlotwireError NOT_FOUND, also for the id of another organisation's booking */
export async function requireBooking(tx: Tx, organisation: string, id: string): Promise<Booking> {
  const [booking] = await bookingsByIds(tx, organisation, [id]);
  if (!booking) throw notFound('booking', id);
  return booking;
}
