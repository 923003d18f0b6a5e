/** Keeps a pull's lease while the pull runs, and ends the pull when the lease is lost. */

import type { Log } from '../../log.ts';
import { type Lease, renewLease } from '../../store/calendars/leases.ts';
import type { Store } from '../../store/client.ts';
import { type Clock, SECOND } from '../../time/clock.ts';

/** So long a killed process holds a calendar up; two renewals may be late before a living one loses it. */
export const LEASE_TTL = 15 * SECOND;
const RENEW_EVERY = 5 * SECOND;

/** The pull has lost its right to commit. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** @returns a signal that follows `signal` and also fires, with a Fenced, once the lease is lost. */
export function keepLease(
  { store, clock, log }: { store: Store; clock: Clock; log: Log },
  lease: Lease,
  signal: AbortSignal,
): { signal: AbortSignal; stop(): void } {
  const lost = new AbortController();
  const timer = setInterval(async () => {
    try {
      if (!(await renewLease(store, lease, clock.now(), LEASE_TTL))) lost.abort(new Fenced());
    } catch (error) {
      // The commit asks again whether the lease is still ours.
      log.warn({ err: error, calendar: lease.calendarId }, 'lease not renewed');
    }
  }, RENEW_EVERY);
  return { signal: AbortSignal.any([signal, lost.signal]), stop: () => clearInterval(timer) };
}
