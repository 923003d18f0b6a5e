/** How a pull ends: committed whole or noted as failed, and in both cases told to cache and topics. */
import { cacheKey } from '../../cache/keys.ts';
import type { Basis } from '../../calendars/source.ts';
import type { Config } from '../../config.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import type { ProviderError } from '../../providers/port.ts';
import { lockAccount, markRevoked } from '../../store/access/accounts.ts';
import { markWritesForCheck } from '../../store/bookings/writes.ts';
import { calendarsOfAccounts, changeCalendar } from '../../store/calendars/calendars.ts';
import { countNotifications } from '../../store/calendars/deliveries.ts';
import { applyChanges, type ChangeSet } from '../../store/calendars/events.ts';
import { recordFreshness, recordFreshnessGap } from '../../store/calendars/freshness-history.ts';
import type { Lease } from '../../store/calendars/leases.ts';
import { type PullTarget, recordPull, recordPullFailure } from '../../store/calendars/states.ts';
import type { Store, Tx } from '../../store/client.ts';
import { type Clock, type Instant, SECOND } from '../../time/clock.ts';
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

/** The pull has lost its right to commit. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

const TRANSACTION = { maxWait: 10 * SECOND, timeout: 60 * SECOND };

export interface PullCommit {
  /**
   * Events, cursor, coverage, version and what follows from them, in one transaction.
   * @returns how many rows of events changed. @throws Fenced: nothing was.
   */
  commitPull(target: PullTarget, lease: Lease, read: CompleteRound, basis: Basis): Promise<number>;
  /** What was known stays; the trouble is told at once. */
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
  /** What hosts did to bookings' events is for whoever writes them to find out. */
  async function scheduleEventChecks(tx: Tx, id: string, round: ChangeSet, startedAt: Instant, now: Instant) {
    const writes = await markWritesForCheck(tx, id, round, startedAt, now);
    await jobs.enqueue(
      tx,
      writes.map((write) => ({ task: 'write', payload: { write }, key: write })),
    );
  }

  return {
    async commitPull(target, lease, read, basis) {
      const { id } = target;
      const key = cacheKey.calendar(id);
      const interval = target.watched ? config.POLL_INTERVAL_WATCHED : config.POLL_INTERVAL;
      const changed = await store.$transaction(async (tx) => {
        // Before the state's lock: whoever selects and deselects locks in this order.
        if (read.timeZone !== target.timeZone) await changeCalendar(tx, id, { timeZone: read.timeZone });
        const now = clock.now();
        const state = await recordPull(tx, lease, {
          basis,
          cursor: read.cursor,
          partial: read.partial,
          coveredFrom: read.window.from,
          coveredTo: read.window.to,
          completedAt: now,
          dueAt: Math.min(
            nextPullAfterSuccess(now, effectiveInterval(read.refresh, interval)),
            windowRenewalAt(read.window.to, config.SYNC_AHEAD),
          ),
        });
        if (!state) throw new Fenced();
        await recordProof(tx, target, lease, 2 * interval, now);
        const changedRows = await applyChanges(tx, target, read.changes, now);
        await scheduleEventChecks(tx, id, read.changes, lease.startedAt, now);
        if (state.dirty) {
          const [recent] = await countNotifications(
            tx,
            [id],
            now - NOTIFICATION_WINDOW,
            NOTIFICATION_COUNT_MAX,
          );
          await jobs.enqueue(tx, [throttledPull(id, now, recent?.notified ?? 0, lease.startedAt)]);
        }
        await publisher.enqueuePublish(tx, [key]);
        return changedRows;
      }, TRANSACTION);
      await publisher.publishOrLog([key]);
      return changed;
    },

    async failPull(target, lease, failure) {
      const { id, accountId, provider } = target;
      const error = `${failure.reason}: ${failure.message}`.slice(0, 500);
      const revoked = failure.reason === 'auth-revoked';
      const staleKeys = await store.$transaction(async (tx) => {
        const affected = new Set([id]);
        // The account before its calendars' states, as everywhere.
        if (revoked && (await lockAccount(tx, accountId))?.status === 'CONNECTED') {
          for (const calendar of await markRevoked(tx, accountId, error)) affected.add(calendar);
        }
        const trouble = revoked ? 'auth-revoked' : 'unreachable';
        const now = clock.now();
        const dueAt = nextPullAfterFailure(now, lease.failures + 1, failure, config.POLL_INTERVAL);
        if (!(await recordPullFailure(tx, lease, { trouble, error, cursor: failure.cursor, dueAt })))
          affected.delete(id);
        // A grant that was withdrawn may have been noted by whoever asked for a token.
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

/** For explanations of this time, later. `long`: a time without proof that is worth a note, milliseconds. */
async function recordProof(
  tx: Tx,
  { id, provenAsOf }: PullTarget,
  lease: Lease,
  gapThreshold: number,
  now: Instant,
) {
  if (provenAsOf && lease.startedAt - provenAsOf.getTime() > gapThreshold)
    await recordFreshnessGap(tx, id, provenAsOf);
  await recordFreshness(tx, [id], now);
}
