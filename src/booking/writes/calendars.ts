/** The hosts that a hold or booking involves: they are locked, and their calendars pulled, before its change is decided. */

import type { Booking } from '../../store/bookings/bookings.ts';
import type { Hold } from '../../store/bookings/holds.ts';
import type { Tx } from '../../store/client.ts';
import { type EventType, eventTypesByIds } from '../../store/rules/event-types.ts';
import { hostOffers } from '../../store/rules/offer-rows.ts';
import type { Instant } from '../../time/clock.ts';
import type { AdmitRefresh, BookingsDeps } from '../deps.ts';

/** Pulls the selected calendars of these hosts, each of them once however often it is called. */
export type RefreshHosts = (hosts: readonly string[]) => Promise<void>;

/**
 * For one request. Calendars that are not pulled by STRICT_DEADLINE stay as they are.
 * @param received when the request came; pulls that began before it do not count
 * @param admit called once, before the first calendar is pulled
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

/** The event type, and all hosts that have the hold or booking or may come to have it, which must be locked first. */
export async function hostsInvolved(
  tx: Tx,
  { eventTypeId, hosts }: Pick<Hold | Booking, 'eventTypeId' | 'hosts'>,
): Promise<{ type: EventType | undefined; toLock: string[] }> {
  const [type] = await eventTypesByIds(tx, [eventTypeId]);
  return { type, toLock: [...new Set([...(type?.hosts ?? []), ...hosts])] };
}
