/** How often the public may ask. A key that may read availability or book lifts these limits. */
import type { Limiter, RateLimit } from '../cache/port.ts';
import { SlotwireError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { SECOND } from '../time/clock.ts';
import { hasScope, type Viewer } from './context.ts';

export const isLimited = (viewer: Viewer) =>
  !hasScope(viewer, 'READ_AVAILABILITY') && !hasScope(viewer, 'BOOK');

/** @param wait milliseconds; the answer rounds them up to whole seconds */
export const rateLimited = (wait: number) =>
  new SlotwireError('RATE_LIMITED', 'Too many requests: wait a little, or use a key.', {
    retryAfter: Math.max(1, Math.ceil(wait / SECOND)),
  });

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
