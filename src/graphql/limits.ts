/** How wide a question may be, and how often callers may ask for what makes us ask providers. */
import type { Caller } from '../booking/deps.ts';
import type { Limiter, RateLimit } from '../cache/port.ts';
import { badInput, rateLimited } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { DAY, type Instant } from '../time/clock.ts';
import { hasScope, type Viewer } from './context.ts';

/** Days that one answer may span. */
const WINDOW_DAYS = 62;
/** The same in milliseconds. */
export const WINDOW_MAX = WINDOW_DAYS * DAY;

/** Windows are half-open, forwards, and capped. @throws SlotwireError BAD_USER_INPUT, naming `to`. */
export function checkWindow({ from, to }: { from: Instant; to: Instant }, field = '') {
  if (to <= from) throw badInput(`${field}to`, 'must be after from');
  if (to - from > WINDOW_MAX) throw badInput(`${field}to`, `must be at most ${WINDOW_DAYS} days after from`);
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

/** The scope by which a key is counted by itself, and not with the public. */
const lifts = (viewer: Viewer, purpose: 'read' | 'book') =>
  purpose === 'book' ? hasScope(viewer, 'BOOK') : !isLimited(viewer);

/**
 * One count per event type for the whole public: the limit spares the providers, so it doesn't matter who asks. Booking has a count of its
 * own, so that nobody who only reads keeps others from booking. A key has a count of its own at the event types of its
 * organisation; elsewhere its holder is one of the public. The operator isn't counted in the organisation in which it acts.
 */
export function createLimitStrict(deps: {
  limiter: Pick<Limiter, 'take'>;
  /** RATE_LIMIT_STRICT */
  limit: RateLimit;
  /** RATE_LIMIT_KEYED */
  keyLimit: RateLimit;
  /** @returns null for an unknown event type */
  organisationOf(eventType: string): Promise<string | null>;
  metrics: Pick<Metrics, 'rateLimited'>;
}): LimitStrict {
  async function take(key: string, limit: RateLimit, label: 'strict' | 'keys') {
    const wait = await deps.limiter.take(key, limit);
    if (wait === null) return;
    deps.metrics.rateLimited.inc({ limit: label });
    throw rateLimited(wait);
  }

  return async (viewer, eventType, purpose = 'read') => {
    const isOwn = lifts(viewer, purpose) && (await deps.organisationOf(eventType)) === viewer.organisation;
    // Ids are short; what is no id will not be found.
    if (!isOwn) return take(`strict:${purpose}:${eventType.slice(0, 100)}`, deps.limit, 'strict');
    if (viewer.key) await take(`strict:key:${viewer.key.id}`, deps.keyLimit, 'keys');
  };
}
