/** Finds what is due by the rows alone, once a second and in every process that syncs: no work depends on a job or a message arriving. */

import { jitterBetween } from '../async/backoff.ts';
import type { Config } from '../config.ts';
import type { JobQueue, JobRequest } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/port.ts';
import { claimDueChannelLists } from '../store/calendars/channel-lists.ts';
import { pruneDeliveries } from '../store/calendars/deliveries.ts';
import { pruneEvents } from '../store/calendars/events.ts';
import { claimDueCalendars, makeDueAfterStepBack } from '../store/calendars/states.ts';
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
/** When work is due again whose job is lost. */
const CLAIM_TTL = 15 * SECOND;
const BATCH = 500;
const PRUNE_BATCH = 1_000;
/** Rarer than the sweep: only what the process of a change could not publish is found here. */
const UNPUBLISHED_INTERVAL = 5 * SECOND;
const MAINTENANCE_INTERVAL = MINUTE;
/** When a provider's channel list is due again that could not be read, or whose job is lost. */
const CHANNEL_LIST_RETRY = 5 * MINUTE;
/** A list that was read within this time is not read again by a process that starts. */
const RECENTLY_LISTED = 5 * MINUTE;

export interface Sweep {
  /** One pass over all that may be due. */
  tick(): Promise<void>;
  start(): void;
  /** Resolves once the current pass is over. */
  stop(): Promise<void>;
}

export interface SweepDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  clock: Clock;
  config: Pick<Config, 'HISTORY_RETENTION' | 'DELIVERY_RETENTION'>;
  log: Log;
  /** Passes of other rooms over their own rows: each enqueues the jobs of what it finds due. */
  sweepTasks?: readonly ((now: Instant) => Promise<void>)[];
  /** Notifications that are expected: those that are overdue are counted in each pass. */
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
    if (!hasPassed(UNPUBLISHED_INTERVAL, lastRun.unpublished, now)) return;
    lastRun.unpublished = now;
    await jobs.enqueue(store, (await unpublishedKeys(store, BATCH)).map(publish));
  }

  /** The process before this one may have crashed, so the first pass takes all accounts whose list was not read recently. */
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
    if (!hasPassed(MAINTENANCE_INTERVAL, lastRun.maintain, now)) return;
    lastRun.maintain = now;
    const set = await makeDueAfterStepBack(store, now);
    if (set > 0)
      log.warn(
        { calendars: set },
        'calendars were last read in the future: the clock was set back, they are due',
      );
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

/** A clock that was set back has passed any interval. */
const hasPassed = (interval: number, since: Instant, now: Instant) => now - since >= interval || now < since;

const pull = (calendar: string): JobRequest => ({ task: 'pull', payload: { calendar }, key: calendar });
const watch = (calendar: string): JobRequest => ({ task: 'watch', payload: { calendar }, key: calendar });
const audit = (account: string): JobRequest => ({ task: 'audit', payload: { account }, key: account });
const publish = (key: string): JobRequest => ({ task: 'publish', payload: { key }, key });
