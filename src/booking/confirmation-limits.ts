/** How often the public may confirm, by address and by mailbox. Both come before the event type's own limit, so that no caller uses that up for the others. */
import type { Limiter, RateLimit } from '../cache/port.ts';
import { mailboxOf } from '../calendars/mail-address.ts';
import { rateLimited } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { networksOf } from '../net/networks.ts';
import type { KeyRing } from '../secrets.ts';

const CONTEXT = 'limits of confirmations';

/** Counts a confirmation of the public. @throws SlotwireError RATE_LIMITED */
export type CountConfirmation = (address: string, email: string) => Promise<void>;

export interface ConfirmationLimitsDeps {
  /** Over all processes. */
  limiter: Pick<Limiter, 'take'>;
  /** Redis has keyed hashes, no addresses in the clear. */
  keyRing: Pick<KeyRing, 'sign'>;
  metrics: Pick<Metrics, 'rateLimited'>;
  /** BOOKINGS_PER_ADDRESS */
  perAddress: RateLimit;
  /** BOOKINGS_PER_EMAIL */
  perMailbox: RateLimit;
}

export function createCountConfirmation(deps: ConfirmationLimitsDeps): CountConfirmation {
  async function take(kind: string, counted: string, limit: RateLimit) {
    const wait = await deps.limiter.take(`${kind}:${deps.keyRing.sign(counted, CONTEXT)}`, limit);
    if (wait === null) return;
    deps.metrics.rateLimited.inc({ limit: 'bookings' });
    throw rateLimited(wait);
  }

  return async (address, email) => {
    // The address first: a caller who has used up its own limit doesn't use up that of a mailbox.
    for (const { network, share } of networksOf(address)) {
      await take('bookings:address', network, {
        ...deps.perAddress,
        count: deps.perAddress.count * share,
      });
    }
    await take('bookings:mailbox', mailboxOf(email), deps.perMailbox);
  };
}
