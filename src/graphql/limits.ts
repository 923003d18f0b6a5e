/** How wide a question may be, and how often the public may ask; a key that may read availability or book lifts the latter. */
import type { Caller } from '../booking/deps.ts';
import type { Limiter, RateLimit } from '../cache/port.ts';
import { badInput, rateLimited } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { DAY, type Instant } from '../time/clock.ts';
import { hasScope, type Viewer } from './context.ts';

/** Days that one answer may span. */
const WINDOW_DAYS = 62;

/** Windows are half-open, forwards, and capped. @throws SlotwireError BAD_USER_INPUT, naming `to`. */
export function checkWindow({ from, to }: { from: Instant; to: Instant }, field = '') {
  if (to <= from) throw badInput(`${field}to`, 'must be after from');
  if (to - from > WINDOW_DAYS * DAY)
    throw badInput(`${field}to`, `must be at most ${WINDOW_DAYS} days after from`);
}

/** Who holds, books or moves, as the booking room has it. */
export const callerOf = (viewer: Viewer, limitStrict: LimitStrict): Caller => ({
  address: viewer.address,
  booksFor: hasScope(viewer, 'BOOK') ? viewer.organisation : null,
  admitRefresh: (eventType) => limitStrict(viewer, eventType, 'book'),
});

export const isLimited = (viewer: Viewer) =>
  !hasScope(viewer, 'READ_AVAILABILITY') && !hasScope(viewer, 'BOOK');

/** Before what makes us ask providers. @throws SlotwireError RATE_LIMITED */
export type LimitStrict = (viewer: Viewer, eventType: string, purpose?: 'read' | 'book') => Promise<void>;

/**
 * One count per event type for the whole public: the limit spares the providers, so it doesn't matter who asks. Booking has a count of its
 * own, so that nobody who only reads keeps others from booking.
 */
export function createLimitStrict(deps: {
  limiter: Limiter;
  limit: RateLimit;
  metrics: Metrics;
}): LimitStrict {
  return async (viewer, eventType, purpose = 'read') => {
    if (!isLimited(viewer)) return;
    // Ids are short; what is no id will not be found.
    const wait = await deps.limiter.take(`strict:${purpose}:${eventType.slice(0, 100)}`, deps.limit);
    if (wait === null) return;
    deps.metrics.rateLimited.inc({ limit: 'strict' });
    throw rateLimited(wait);
  };
}
