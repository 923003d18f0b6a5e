/** Finds all that is due, whatever was lost on the way: a look at the rows each second, by every process that syncs. */

import { jitterBetween } from '../async/backoff.ts';
import type { Config } from '../config.ts';
import type { JobQueue, JobRequest } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/port.ts';
import { claimDueChannelLists } from '../store/calendars/channel-lists.ts';
import { pruneDeliveries } from '../store/calendars/deliveries.ts';
import { pruneEvents } from '../store/calendars/events.ts';
import { claimDueCalendars } from '../store/calendars/states.ts';
import {
  calendarsWithChannelDrift,
  calendarsWithDueChannels,
  pruneChannels,
} from '../store/calendars/watch-channels.ts';
import type { Store } from '../store/client.ts';
import { pruneHistory } from '../store/rules/history.ts';
import { unpublishedKeys } from '../store/versions.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../time/clock.ts';
import { CHANNEL_LIST_INTERVAL } from './channels/audit.ts';
import type { LostNotifications } from './channels/lost-notifications.ts';

const SWEEP_INTERVAL = SECOND;
/** Work whose job is lost is due again after this. */
const CLAIM_TTL = 15 * SECOND;
const BATCH = 500;
const PRUNE_BATCH = 1_000;
/** Whoever changes something publishes it; only what they could not is found here, so it need not be looked for often. */
const UNPUBLISHED_INTERVAL = 5 * SECOND;
const MAINTENANCE_INTERVAL = MINUTE;
/** A list that could not be read, or whose job is lost, is due again after this. */
const CHANNEL_LIST_RETRY = 5 * MINUTE;
const RECENTLY_LISTED = 5 * MINUTE;

export interface Sweep {
  /** One look. */
  tick(): Promise<void>;
  start(): void;
  /** Resolves once the look at hand is over. */
  stop(): Promise<void>;
}

export interface SweepDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  clock: Clock;
  config: Pick<Config, 'HISTORY_RETENTION' | 'DELIVERY_RETENTION'>;
  log: Log;
  /** What other rooms have due: each looks for itself and enqueues what it finds. */
  sweepTasks?: readonly ((now: Instant) => Promise<void>)[];
  /** Also looked at each time: whatever waits for its time to be over. */
  lostNotifications?: Pick<LostNotifications, 'countMissed'>;
}

export function createSweep(deps: SweepDeps): Sweep {
  const { store, providers, jobs, clock, config, log, lostNotifications, sweepTasks = [] } = deps;
  const watchableProviders = [...providers.values()].filter(({ watch }) => watch).map(({ name }) => name);
  const listingProviders = [...providers.values()].filter(({ watch }) => watch?.list).map(({ name }) => name);
  let startupAuditDone = false;
  const lastRun = { unpublished: Number.NEGATIVE_INFINITY, maintain: Number.NEGATIVE_INFINITY };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;

  const enqueueDue = (now: Instant) =>
    store.$transaction(async (tx) => {
      const calendars = await claimDueCalendars(tx, now, CLAIM_TTL, BATCH);
      const channels = await calendarsWithDueChannels(tx, now, BATCH);
      await jobs.enqueue(tx, [...calendars.map(pull), ...channels.map(watch)]);
    });

  async function enqueueUnpublished(now: Instant) {
    if (now - lastRun.unpublished < UNPUBLISHED_INTERVAL) return;
    lastRun.unpublished = now;
    await jobs.enqueue(store, (await unpublishedKeys(store, BATCH)).map(publish));
  }

  /** A process that starts may follow one that crashed, so its first look takes all that were not looked at just now. */
  async function enqueueAudits(now: Instant) {
    const before = startupAuditDone ? now : now + CHANNEL_LIST_INTERVAL - RECENTLY_LISTED;
    for (let claimed = BATCH; claimed === BATCH; ) {
      claimed = await store.$transaction(async (tx) => {
        const accounts = await claimDueChannelLists(tx, listingProviders, {
          before,
          retryAt: now + CHANNEL_LIST_RETRY,
          limit: BATCH,
        });
        await jobs.enqueue(tx, accounts.map(audit));
        return accounts.length;
      });
    }
    startupAuditDone = true;
  }

  async function maintain(now: Instant) {
    if (now - lastRun.maintain < MAINTENANCE_INTERVAL) return;
    lastRun.maintain = now;
    await jobs.enqueue(store, (await calendarsWithChannelDrift(store, watchableProviders, BATCH)).map(watch));
    await enqueueAudits(now);
    await pruneEvents(store, now - config.HISTORY_RETENTION, PRUNE_BATCH);
    await pruneHistory(store, now - config.HISTORY_RETENTION, PRUNE_BATCH);
    await pruneDeliveries(store, now - config.DELIVERY_RETENTION, PRUNE_BATCH);
    await pruneChannels(store, now - config.DELIVERY_RETENTION, now, PRUNE_BATCH);
    await store.connectAttempt.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  }

  async function tick() {
    const now = clock.now();
    await enqueueDue(now);
    for (const runTask of sweepTasks) await runTask(now);
    await enqueueUnpublished(now);
    await lostNotifications?.countMissed();
    await maintain(now);
  }

  function schedule() {
    if (stopped) return;
    const wait = jitterBetween(0.9 * SWEEP_INTERVAL, 1.1 * SWEEP_INTERVAL);
    timer = setTimeout(() => {
      running = tick()
        .catch((error: unknown) => log.error({ err: error }, 'sweep failed'))
        .then(schedule);
    }, wait);
  }

  return {
    tick,
    start() {
      if (!stopped) return;
      stopped = false;
      schedule();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

const pull = (calendar: string): JobRequest => ({ task: 'pull', payload: { calendar }, key: calendar });
const watch = (calendar: string): JobRequest => ({ task: 'watch', payload: { calendar }, key: calendar });
const audit = (account: string): JobRequest => ({ task: 'audit', payload: { account }, key: account });
const publish = (key: string): JobRequest => ({ task: 'publish', payload: { key }, key });
