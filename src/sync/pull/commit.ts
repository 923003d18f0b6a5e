/** How a pull ends: committed whole or recorded as failed. Either way the calendar's cached value is published anew. */
import { cacheKey } from '../../cache/keys.ts';
import type { Basis, CalendarBusy } from '../../calendars/source.ts';
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
import { type CommittedPull, commitPullAtOnce } from '../../store/calendars/pull-commit.ts';
import { type PullDuties, readPullDuties } from '../../store/calendars/pull-duties.ts';
import {
  type PullResult,
  type PullTarget,
  recordPull,
  recordPullFailure,
} from '../../store/calendars/states.ts';
import { withShownTitles } from '../../store/calendars/titles.ts';
import type { Store, Tx } from '../../store/client.ts';
import { statementParts } from '../../store/statement-parts.ts';
import { type Clock, type Instant, MINUTE } from '../../time/clock.ts';
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
/** A calendar read anew may have many thousand events. */
const TRANSACTION = { timeout: MINUTE };

/** What a completed pull counts as. */
export interface PullKind {
  basis: Basis;
  proves: boolean;
}

export interface PullCommit {
  /**
   * Stores events, cursor, coverage and version, and enqueues the jobs that follow from them, in one transaction: one statement where the pull
   * has nothing else to do.
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
  /** A calendar's value as the cache has it. */
  encodeBusy(source: CalendarBusy): Buffer;
  log: Log;
}

export function createPullCommit(deps: PullCommitDeps): PullCommit {
  const { store, jobs, publisher, clock, config, encodeBusy, log } = deps;

  function pullResult(target: PullTarget, read: CompleteRound, { basis, proves }: PullKind): PullResult {
    const now = clock.now();
    return {
      ...{ basis, proves },
      cursor: read.cursor,
      zoneData: read.changes.full ? zoneDataInfo().version : null,
      trouble: read.partial ? (read.held ? 'approximate' : 'partial') : null,
      coveredFrom: read.window.from,
      coveredTo: read.window.to,
      completedAt: now,
      dueAt: Math.min(
        nextPullAfterSuccess(now, effectiveInterval(read.refresh, intervalOf(target))),
        windowRenewalAt(read.window.to, config.SYNC_AHEAD),
        proves ? Number.POSITIVE_INFINITY : now + UNPROVEN_RETRY,
      ),
    };
  }

  const intervalOf = ({ watched }: PullTarget) =>
    watched ? config.POLL_INTERVAL_WATCHED : config.POLL_INTERVAL;

  /** @returns null when there is more to do than one statement does: nothing was stored */
  async function commitAtOnce(
    target: PullTarget,
    lease: Lease,
    read: CompleteRound,
    kind: PullKind,
  ): Promise<CommittedPull | null> {
    const isPlain =
      target.accountStatus === 'CONNECTED' &&
      read.timeZone === target.timeZone &&
      target.provenAsOf !== null &&
      !(kind.proves && isGap(target, lease, 2 * intervalOf(target)));
    if (!isPlain) return null;
    const result = pullResult(target, read, kind);
    const parts = await statementParts((sql) =>
      publisher.enqueuePublish(sql, [cacheKey.calendar(target.id)]),
    );
    return commitPullAtOnce(store, { target, lease }, read.changes, result, {
      now: result.completedAt,
      parts,
    });
  }

  /** The row says that the calendar is due by itself in a moment, whether or not this succeeds. */
  async function pullSoon(id: string, lease: Lease): Promise<void> {
    await pullAgain(store, id, lease, clock.now()).catch((error: unknown) =>
      log.warn({ err: error, calendar: id }, 'next pull not enqueued: the sweep will find that it is due'),
    );
  }

  /**
   * Only the provider knows what a host did to a booking's event: the write job asks. Writes that had failed are due too, for the
   * provider works again.
   */
  async function scheduleWrites(
    tx: Tx,
    {
      target,
      duties,
      changes,
      startedAt,
      now,
    }: {
      target: PullTarget;
      duties: PullDuties;
      changes: ChangeSet;
      startedAt: Instant;
      now: Instant;
    },
  ) {
    const { id, accountId, failures } = target;
    const checks = duties.checks ? await markWritesForCheck(tx, id, changes, startedAt, now) : [];
    const pull = { startedAt, recovered: failures > 0 };
    const resumed = duties.resumes ? await resumeAfterPull(tx, accountId, pull, now) : [];
    await jobs.enqueue(
      tx,
      [...checks, ...resumed].map((write) => ({ task: 'write', payload: { write }, key: write })),
    );
  }

  /** Notifications came since the pull began: the calendar is pulled again. */
  async function pullAgain(tx: Tx, id: string, lease: Lease, now: Instant) {
    const since = now - NOTIFICATION_WINDOW;
    const [recent] = await countNotifications(tx, [id], since, NOTIFICATION_COUNT_MAX);
    await jobs.enqueue(tx, [throttledPull(id, now, recent?.notified ?? 0, lease.startedAt)]);
  }

  /** The calendars of an account whose secret is accepted again. @returns their cache keys */
  async function restore(tx: Tx, restored: readonly string[], now: Instant): Promise<string[]> {
    if (restored.length === 0) return [];
    await recordFreshness(tx, restored, now);
    const keys = restored.map(cacheKey.calendar);
    await publisher.invalidate(tx, keys);
    return keys;
  }

  return {
    async commitPull(target, lease, read, kind) {
      const { id } = target;
      const { proves } = kind;
      const key = cacheKey.calendar(id);
      const done = await commitAtOnce(target, lease, read, kind);
      if (done) {
        const value = { key, version: done.version, bytes: encodeBusy(done.source) };
        await Promise.all([publisher.publishOrLog([key], [value]), done.dirty && pullSoon(id, lease)]);
        return done.changed;
      }
      const committed = await store.$transaction(async (tx) => {
        // The account's row before its calendars', as everywhere.
        const restored =
          target.accountStatus === 'AUTH_REVOKED'
            ? await restoreAccount(tx, target.accountId, clock.now())
            : [];
        // The calendar's row before its state's, as selecting and deselecting lock them.
        if (read.timeZone !== target.timeZone) await changeCalendar(tx, id, { timeZone: read.timeZone });
        const result = pullResult(target, read, kind);
        const now = result.completedAt;
        const state = await recordPull(tx, lease, result);
        const pulled = { account: target.accountId, recovered: target.failures > 0 };
        const duties = state && (await readPullDuties(tx, lease, pulled, now));
        if (!duties?.counts) throw new FencedError();
        const gaps = proves ? await recordGap(tx, target, lease, 2 * intervalOf(target)) : 0;
        if (duties.freshness || gaps > 0) await recordFreshness(tx, [id], now);
        const changes = await withShownTitles(tx, id, read.changes, duties.titles);
        const changedRows = await applyChanges(tx, target, changes, now);
        const { startedAt } = lease;
        await scheduleWrites(tx, { target, duties, changes: read.changes, startedAt, now });
        if (state?.dirty) await pullAgain(tx, id, lease, now);
        const restoredKeys = await restore(tx, restored, now);
        await publisher.enqueuePublish(tx, [key]);
        return { changedRows, restoredKeys, refused: duties.refused };
      }, TRANSACTION);
      const { changedRows, restoredKeys, refused } = committed;
      // By itself: within the transaction the account's row would be locked after its calendar's.
      if (refused) await clearRefusal(store, target.accountId);
      if (restoredKeys.length > 0)
        log.warn(
          { account: target.accountId, provider: target.provider },
          'account restored, its secret is accepted again',
        );
      await publisher.publishOrLog([key, ...restoredKeys]);
      return changedRows;
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

/** Was the calendar not read for longer than `threshold`, the longest time that needs no row? */
const isGap = ({ provenAsOf }: PullTarget, lease: Lease, threshold: number): boolean =>
  provenAsOf !== null && lease.startedAt - provenAsOf.getTime() > threshold;

/** Writes into the freshness history that the calendar was not read for long. @returns how many rows */
async function recordGap(tx: Tx, target: PullTarget, lease: Lease, threshold: number): Promise<number> {
  const { id, provenAsOf } = target;
  return provenAsOf && isGap(target, lease, threshold) ? recordFreshnessGap(tx, id, provenAsOf) : 0;
}
