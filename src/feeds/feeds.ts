/** The room's front: a host's combined calendar for other programs, and the secret links that open it. */
import type { Limiter } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { KeyRing } from '../secrets.ts';
import type { Store } from '../store/client.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { type CombinedCalendar, createCombinedCalendar } from './combined-calendar.ts';
import { createFeedLinks, type FeedLinks } from './links.ts';
import { createUnshownTitles } from './titles.ts';

export interface FeedsDeps {
  store: Store;
  jobs: JobQueue;
  keyRing: KeyRing;
  limiter: Limiter;
  clock: Clock;
  log: Log;
  config: Pick<
    Config,
    'RATE_LIMIT_ANONYMOUS' | 'PUBLIC_URL' | 'SYNC_PAST' | 'SYNC_AHEAD' | 'HISTORY_RETENTION'
  >;
}

export interface Feeds {
  links: FeedLinks;
  combined: CombinedCalendar;
  /** What this room has due, for the sweep. */
  sweepTasks: readonly ((now: Instant) => Promise<void>)[];
}

export function createFeeds({ config, ...deps }: FeedsDeps): Feeds {
  const unshownTitles = createUnshownTitles(deps);
  return {
    links: createFeedLinks({
      ...{ ...deps, unshownTitles, limit: config.RATE_LIMIT_ANONYMOUS },
      publicUrl: config.PUBLIC_URL,
    }),
    combined: createCombinedCalendar({
      ...deps,
      past: config.SYNC_PAST,
      ahead: config.SYNC_AHEAD,
      retention: config.HISTORY_RETENTION,
    }),
    sweepTasks: [unshownTitles.sweep],
  };
}
