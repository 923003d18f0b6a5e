/** The room's front: a host's combined calendar for other programs, and the secret links that open it. */
import type { Limiter } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createReseal, type KeyRing, type SealedSecrets } from '../secrets.ts';
import type { Store } from '../store/client.ts';
import { resealFeed, sealedFeedSecrets } from '../store/outbound/feeds.ts';
import type { Clock } from '../time/clock.ts';
import { type CombinedCalendar, createCombinedCalendar } from './combined-calendar.ts';
import { createFeedLinks, type FeedLinks, sealContext, sealFeed } from './links.ts';

export interface FeedsDeps {
  store: Store;
  keyRing: KeyRing;
  limiter: Limiter;
  clock: Clock;
  config: Pick<
    Config,
    'RATE_LIMIT_ANONYMOUS' | 'PUBLIC_URL' | 'SYNC_PAST' | 'SYNC_AHEAD' | 'HISTORY_RETENTION'
  >;
  log: Log;
}

export interface Feeds {
  links: FeedLinks;
  combined: CombinedCalendar;
  /** What this room has due, for the sweep. */
  sweepTasks: readonly (() => Promise<void>)[];
}

export const createFeeds = ({ config, ...deps }: FeedsDeps): Feeds => ({
  links: createFeedLinks({ ...deps, limit: config.RATE_LIMIT_ANONYMOUS, publicUrl: config.PUBLIC_URL }),
  combined: createCombinedCalendar({
    ...deps,
    past: config.SYNC_PAST,
    ahead: config.SYNC_AHEAD,
    retention: config.HISTORY_RETENTION,
  }),
  sweepTasks: [createReseal(deps, sealedFeeds(deps))],
});

/** The feeds' secrets, each stored with the keyed hash by which it is found. */
export const sealedFeeds = ({ store, keyRing }: Pick<FeedsDeps, 'store' | 'keyRing'>): SealedSecrets => ({
  subject: 'feed',
  list: () => sealedFeedSecrets(store),
  context: sealContext,
  replace: (id, before, plain) => resealFeed(store, id, before, sealFeed(keyRing, id, plain)),
});
