/** The room's front: a host's combined calendar for other programs, and the secret links that open it. */
import type { Limiter } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { KeyRing } from '../secrets.ts';
import type { Store } from '../store/client.ts';
import type { Clock } from '../time/clock.ts';
import { type CombinedCalendar, createCombinedCalendar } from './combined-calendar.ts';
import { createFeedLinks, type FeedLinks } from './links.ts';

export interface FeedsDeps {
  store: Store;
  keyRing: KeyRing;
  limiter: Limiter;
  clock: Clock;
  config: Pick<
    Config,
    'RATE_LIMIT_ANONYMOUS' | 'PUBLIC_URL' | 'SYNC_PAST' | 'SYNC_AHEAD' | 'HISTORY_RETENTION'
  >;
}

export interface Feeds {
  links: FeedLinks;
  combined: CombinedCalendar;
}

export const createFeeds = ({ config, ...deps }: FeedsDeps): Feeds => ({
  links: createFeedLinks({ ...deps, limit: config.RATE_LIMIT_ANONYMOUS, publicUrl: config.PUBLIC_URL }),
  combined: createCombinedCalendar({
    ...deps,
    past: config.SYNC_PAST,
    ahead: config.SYNC_AHEAD,
    retention: config.HISTORY_RETENTION,
  }),
});
