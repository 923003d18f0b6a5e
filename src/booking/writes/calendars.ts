/** Whom a hold or booking concerns: hosts that are locked, and calendars that are read again, before it is decided. */

import type { Booking } from '../../store/bookings/bookings.ts';
import type { Hold } from '../../store/bookings/holds.ts';
import type { Tx } from '../../store/client.ts';
import { type EventType, eventTypesByIds } from '../../store/rules/event-types.ts';
import { hostOffers } from '../../store/rules/offer-rows.ts';
import type { Instant } from '../../time/clock.ts';
import type { AdmitRefresh, BookingsDeps } from '../deps.ts';

/** Asks the selected calendars of these hosts for what changed, once each however often it is called. */
export type RefreshHosts = (hosts: readonly string[]) => Promise<void>;

/**
 * For one wish. Calendars that don't answer by STRICT_DEADLINE stay as they are.
 * @param received when the wish came: nothing that was read before proves anything
 * @param admit asked once, before the first calendar is
 */
export function createRefreshHosts(
  { store, refresh, clock }: Pick<BookingsDeps, 'store' | 'refresh' | 'clock'>,
  received: Instant,
  admit: () => ReturnType<AdmitRefresh>,
): RefreshHosts {
  const requested = new Set<string>();
  return async (hosts) => {
    const offers = await hostOffers(store, hosts);
    const due = offers.flatMap(({ host }) => host.calendars).filter((id) => !requested.has(id));
    if (due.length === 0) return;
    if (requested.size === 0) await admit();
    for (const id of due) requested.add(id);
    const deadline = clock.now() + refresh.deadline;
    await refresh.calendars(due, { startedAfter: received, deadline });
  };
}

/** The event type, and all hosts that may come to have the hold or booking or have it already: to be locked first. */
export async function hostsInvolved(
  tx: Tx,
  { eventTypeId, hosts }: Pick<Hold | Booking, 'eventTypeId' | 'hosts'>,
): Promise<{ type: EventType | undefined; toLock: string[] }> {
  const [type] = await eventTypesByIds(tx, [eventTypeId]);
  return { type, toLock: [...new Set([...(type?.hosts ?? []), ...hosts])] };
}
