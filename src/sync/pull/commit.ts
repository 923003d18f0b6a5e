/** How a pull ends: committed whole or recorded as failed. Either way the calendar's cached value is published anew. */
import { cacheKey } from '../../cache/keys.ts';
import type { Basis } from '../../calendars/source.ts';
import type { Config } from '../../config.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import type { ProviderError } from '../../providers/port.ts';
import { clearRefusal, lockAccount, markRevoked, restoreAccount } from '../../store/access/accounts.ts';
import { markWritesForCheck, resumeAfterPull } from '../../store/bookings/writes.ts';
import { calendarsOfAccounts, changeCalendar } from '../../store/calendars/calendars.ts';
import { countNotifications } from '../../store/calendars/deliveries.ts';
import { applyChanges, type ChangeSet } from '../../store/calendars/events.ts';
import { recordFreshness, recordFreshnessGap } from '../../store/calendars/freshness-history.ts';
import type { Lease } from '../../store/calendars/leases.ts';
import { type PullTarget, recordPull, recordPullFailure } from '../../store/calendars/states.ts';
import { withShownTitles } from '../../store/calendars/titles.ts';
import type { Store, Tx } from '../../store/client.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { zoneDataInfo } from '../../time/installed-zones.ts';
import { providerErrorText } from '../channels/failures.ts';
import type { Publisher } from '../publisher.ts';
import {
  effectiveInterval,
  NOTIFICATION_COUNT_MAX,
  NOTIFICATION_WINDOW,
  nextPullAfterFailure,
  nextPullAfterSuccess,
  throttledPull,
  windowRenewalAt,
} from './due-times.ts';
import type { CompleteRound } from './read-round.ts';

/** The pull must not commit: its lease is lost, or the calendar was deselected or read anew meanwhile. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** When a calendar is read again that a process read whose clock can't be trusted: by another process, it is hoped. */
const UNPROVEN_RETRY = MINUTE;
const TRANSACTION = { maxWait: 10 * SECOND, timeout: 60 * SECOND };

/** What a completed pull counts as. */
export interface PullKind {
  basis: Basis;
  proves: boolean;
}

export interface PullCommit {
  /**
   * Stores events, cursor, coverage and version, and enqueues the jobs that follow from them, in one transaction.
   * @param how what asked for the pull, and whether it proves the calendar: a process whose clock can't be trusted proves none
   * @returns how many rows of events changed. @throws FencedError; then nothing was stored.
   */
  commitPull(target: PullTarget, lease: Lease, read: CompleteRound, how: PullKind): Promise<number>;
  /** Records and publishes the trouble. The calendar's events stay as they were. */
  failPull(target: PullTarget, lease: Lease, failure: ProviderError): Promise<void>;
}

export interface PullCommitDeps {
  store: Store;
  jobs: JobQueue;
  publisher: Publisher;
  clock: Clock;
  config: Pick<Config, 'POLL_INTERVAL' | 'POLL_INTERVAL_WATCHED' | 'SYNC_AHEAD'>;
  log: Log;
}

export function createPullCommit({ store, jobs, publisher, clock, config, log }: PullCommitDeps): PullCommit {
  /**
   * Only the provider knows what a host did to a booking's event: the write job asks. Writes that had failed are due too, for the
   * provider works again.
   */
  async function scheduleWrites(
    tx: Tx,
    { id, accountId, failures }: PullTarget,
    changes: ChangeSet,
    startedAt: Instant,
    now: Instant,
  ) {
    const checks = await markWritesForCheck(tx, id, changes, startedAt, now);
    const pull = { startedAt, recovered: failures > 0 };
    const writes = [...checks, ...(await resumeAfterPull(tx, accountId, pull, now))];
    await jobs.enqueue(
      tx,
      writes.map((write) => ({ task: 'write', payload: { write }, key: write })),
    );
  }

  return {
    async commitPull(target, lease, read, { basis, proves }) {
      const { id } = target;
      const key = cacheKey.calendar(id);
      const interval = target.watched ? config.POLL_INTERVAL_WATCHED : config.POLL_INTERVAL;
      const changed = await store.$transaction(async (tx) => {
        // The account's row before its calendars', as everywhere.
        await clearRefusal(tx, target.accountId);
        const restored =
          target.accountStatus === 'AUTH_REVOKED'
            ? await restoreAccount(tx, target.accountId, clock.now())
            : [];
        // The calendar's row before its state's, as selecting and deselecting lock them.
        if (read.timeZone !== target.timeZone) await changeCalendar(tx, id, { timeZone: read.timeZone });
        const now = clock.now();
        const state = await recordPull(tx, lease, {
          basis,
          proves,
          cursor: read.cursor,
          zoneData: read.changes.full ? zoneDataInfo().version : null,
          trouble: read.partial ? (read.held ? 'approximate' : 'partial') : null,
          coveredFrom: read.window.from,
          coveredTo: read.window.to,
          completedAt: now,
          dueAt: Math.min(
            nextPullAfterSuccess(now, effectiveInterval(read.refresh, interval)),
            windowRenewalAt(read.window.to, config.SYNC_AHEAD),
            proves ? Number.POSITIVE_INFINITY : now + UNPROVEN_RETRY,
          ),
        });
        if (!state) throw new FencedError();
        if (proves) await recordGap(tx, target, lease, 2 * interval);
        await recordFreshness(tx, [id], now);
        const changes = await withShownTitles(tx, id, read.changes);
        const changedRows = await applyChanges(tx, target, changes, now);
        await scheduleWrites(tx, target, read.changes, lease.startedAt, now);
        if (state.dirty) {
          const [recent] = await countNotifications(
            tx,
            [id],
            now - NOTIFICATION_WINDOW,
            NOTIFICATION_COUNT_MAX,
          );
          await jobs.enqueue(tx, [throttledPull(id, now, recent?.notified ?? 0, lease.startedAt)]);
        }
        await recordFreshness(tx, restored, now);
        const restoredKeys = restored.map(cacheKey.calendar);
        await publisher.invalidate(tx, restoredKeys);
        await publisher.enqueuePublish(tx, [key]);
        return { changedRows, restoredKeys };
      }, TRANSACTION);
      if (changed.restoredKeys.length > 0)
        log.warn(
          { account: target.accountId, provider: target.provider },
          'account restored, its secret is accepted again',
        );
      await publisher.publishOrLog([key, ...changed.restoredKeys]);
      return changed.changedRows;
    },

    async failPull(target, lease, failure) {
      const { id, accountId, provider } = target;
      const error = providerErrorText(failure);
      const revoked = failure.reason === 'auth-revoked';
      const staleKeys = await store.$transaction(async (tx) => {
        const affected = new Set([id]);
        // The account's row before its calendars' states, as everywhere.
        if (revoked && (await lockAccount(tx, accountId))?.status === 'CONNECTED') {
          for (const calendar of await markRevoked(tx, accountId, error)) affected.add(calendar);
        }
        const trouble = revoked ? 'auth-revoked' : 'unreachable';
        const now = clock.now();
        const dueAt = nextPullAfterFailure(now, lease.failures + 1, failure, config.POLL_INTERVAL);
        if (!(await recordPullFailure(tx, lease, { trouble, error, cursor: failure.cursor, dueAt })))
          affected.delete(id);
        // The token's refresh may have recorded before that the grant is gone: then all the account's calendars have changed.
        const changed = revoked ? (await calendarsOfAccounts(tx, [accountId])).map((one) => one.id) : [id];
        await recordFreshness(tx, changed, now);
        const keys = [...affected].map(cacheKey.calendar);
        await publisher.invalidate(tx, keys);
        return keys;
      }, TRANSACTION);
      log.warn({ calendar: id, provider, reason: failure.reason, detail: failure.message }, 'pull failed');
      await publisher.publishOrLog(staleKeys);
    },
  };
}

/** Writes into the freshness history that the calendar was not read for long. `threshold`: the longest time that needs no row. */
async function recordGap(tx: Tx, { id, provenAsOf }: PullTarget, lease: Lease, threshold: number) {
  if (provenAsOf && lease.startedAt - provenAsOf.getTime() > threshold)
    await recordFreshnessGap(tx, id, provenAsOf);
}
