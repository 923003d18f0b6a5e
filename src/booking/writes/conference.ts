/** Online meetings of bookings: which host's event has it, and when a link that comes late is asked for. Pure. */
import { isConferencePlace } from '../../form/event-form.ts';
import type { ProviderName, Providers } from '../../providers/port.ts';
import type { Booking } from '../../store/bookings/bookings.ts';
import type { BookingWrite } from '../../store/bookings/writes.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../../time/clock.ts';

/** How long the link of a meeting is awaited that the provider makes later than its event, in milliseconds. */
export const CONFERENCE_PERIOD = HOUR;
/** The shortest and the longest wait between two reads. */
const READ_INTERVAL = { min: 5 * SECOND, max: 5 * MINUTE };

/**
 * The event that has the booking's online meeting: the one that has it already, or else that of the first host whose calendar is
 * of a provider that makes such meetings.
 * @param events those that are to be present, with the links of their meetings
 */
export function conferenceMaker<T extends Pick<BookingWrite, 'hostId' | 'provider' | 'conference'>>(
  { hosts, placeKind }: Pick<Booking, 'hosts' | 'placeKind'>,
  events: readonly T[],
  providers: Providers,
): T | null {
  if (!isConferencePlace(placeKind)) return null;
  const makes = (provider: ProviderName) => providers.get(provider)?.write?.conference === placeKind;
  const able = hosts.flatMap(
    (host) => events.find(({ hostId, provider }) => hostId === host && makes(provider)) ?? [],
  );
  return able.find(({ conference }) => conference !== null) ?? able[0] ?? null;
}

/** When the link that a write awaits is to be asked for again; null: none is awaited. Waits grow with the time that has passed. */
export function conferenceDueAt(
  { conferenceUntil }: Pick<BookingWrite, 'conferenceUntil'>,
  now: Instant,
): Date | null {
  if (conferenceUntil === null) return null;
  const waited = now - (conferenceUntil.getTime() - CONFERENCE_PERIOD);
  const { min, max } = READ_INTERVAL;
  return new Date(Math.min(now + Math.min(Math.max(waited, min), max), conferenceUntil.getTime()));
}
