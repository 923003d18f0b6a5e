/** Finds all that is due, whatever was lost on the way: a look at the rows each second, by every process that syncs. */

import { jitterBetween } from '../async/backoff.ts';
import type { Config } from '../config.ts';
import type { JobQueue, JobRequest } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/port.ts';
import { claimDueLists } from '../store/calendars/channel-lists.ts';
import { pruneDeliveries } from '../store/calendars/deliveries.ts';
import { pruneEvents } from '../store/calendars/events.ts';
import { claimDue } from '../store/calendars/states.ts';
import {
  calendarsWithDueChannels,
  pruneChannels,
  strayCalendars,
} from '../store/calendars/watch-channels.ts';
import type { Store } from '../store/client.ts';
import { pruneHistory } from '../store/rules/history.ts';
import { unpublished } from '../store/versions.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../time/clock.ts';
import { LIST_EVERY } from './channels/audit.ts';
import type { LostNotifications } from './channels/lost-notifications.ts';

const EVERY = SECOND;
/** Work whose job is lost is due again after this. */
const CLAIM = 15 * SECOND;
const MOST = 500;
const PRUNED_AT_ONCE = 1_000;
/** Whoever changes something publishes it; only what they could not is found here, so it need not be looked for often. */
const UNPUBLISHED_EVERY = 5 * SECOND;
const TIDY_EVERY = MINUTE;
/** A list that could not be read, or whose job is lost, is due again after this. */
const LIST_RETRY = 5 * MINUTE;
const LISTED_JUST_NOW = 5 * MINUTE;

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
  duties?: readonly ((now: Instant) => Promise<void>)[];
  /** Also looked at each time: whatever waits for its time to be over. */
  lost?: Pick<LostNotifications, 'settle'>;
}

export function createSweep(deps: SweepDeps): Sweep {
  const { store, providers, jobs, clock, config, log, lost, duties = [] } = deps;
  const watching = [...providers.values()].filter(({ watch }) => watch).map(({ name }) => name);
  const listing = [...providers.values()].filter(({ watch }) => watch?.list).map(({ name }) => name);
  let started = false;
  const last = { unpublished: Number.NEGATIVE_INFINITY, tidy: Number.NEGATIVE_INFINITY };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;

  const due = (now: Instant) =>
    store.$transaction(async (tx) => {
      const calendars = await claimDue(tx, now, CLAIM, MOST);
      const channels = await calendarsWithDueChannels(tx, now, MOST);
      await jobs.enqueue(tx, [...calendars.map(pull), ...channels.map(watch)]);
    });

  async function publishLate(now: Instant) {
    if (now - last.unpublished < UNPUBLISHED_EVERY) return;
    last.unpublished = now;
    await jobs.enqueue(store, (await unpublished(store, MOST)).map(publish));
  }

  /** A process that starts may follow one that crashed, so its first look takes all that were not looked at just now. */
  async function auditDue(now: Instant) {
    const before = started ? now : now + LIST_EVERY - LISTED_JUST_NOW;
    for (let claimed = MOST; claimed === MOST; ) {
      claimed = await store.$transaction(async (tx) => {
        const accounts = await claimDueLists(tx, listing, { before, retryAt: now + LIST_RETRY, limit: MOST });
        await jobs.enqueue(tx, accounts.map(audit));
        return accounts.length;
      });
    }
    started = true;
  }

  async function tidy(now: Instant) {
    if (now - last.tidy < TIDY_EVERY) return;
    last.tidy = now;
    await jobs.enqueue(store, (await strayCalendars(store, watching, MOST)).map(watch));
    await auditDue(now);
    await pruneEvents(store, now - config.HISTORY_RETENTION, PRUNED_AT_ONCE);
    await pruneHistory(store, now - config.HISTORY_RETENTION, PRUNED_AT_ONCE);
    await pruneDeliveries(store, now - config.DELIVERY_RETENTION, PRUNED_AT_ONCE);
    await pruneChannels(store, now - config.DELIVERY_RETENTION, now, PRUNED_AT_ONCE);
    await store.connectAttempt.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  }

  async function tick() {
    const now = clock.now();
    await due(now);
    for (const look of duties) await look(now);
    await publishLate(now);
    await lost?.settle();
    await tidy(now);
  }

  function schedule() {
    if (stopped) return;
    const wait = jitterBetween(0.9 * EVERY, 1.1 * EVERY);
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
