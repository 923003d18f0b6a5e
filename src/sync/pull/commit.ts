/** How a pull ends: committed whole or noted as failed, and in both cases told to cache and topics. */
import { cacheKey } from '../../cache/port.ts';
import type { Basis } from '../../calendars/source.ts';
import type { Config } from '../../config.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import type { ProviderError } from '../../providers/port.ts';
import { lockAccount, markRevoked } from '../../store/access/accounts.ts';
import { doubtWrites } from '../../store/bookings/writes.ts';
import { calendarsOfAccounts, changeCalendar } from '../../store/calendars/calendars.ts';
import { notifiedSince } from '../../store/calendars/deliveries.ts';
import { applyRound, type Round } from '../../store/calendars/events.ts';
import { noteGap, noteStandings } from '../../store/calendars/freshness-history.ts';
import type { Lease } from '../../store/calendars/leases.ts';
import { concludeFailure, concludePull, type PullTarget } from '../../store/calendars/states.ts';
import type { Store, Tx } from '../../store/client.ts';
import { type Clock, type Instant, SECOND } from '../../time/clock.ts';
import type { Publisher } from '../publisher.ts';
import {
  afterFailure,
  afterSuccess,
  asOftenAs,
  beforeWindowEnds,
  FLOOD,
  FLOOD_SPAN,
  notifiedPull,
} from './due-times.ts';
import type { CompleteRound } from './read-round.ts';

/** The pull has lost its right to commit. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

const TRANSACTION = { maxWait: 10 * SECOND, timeout: 60 * SECOND };

export interface Conclude {
  /**
   * Events, cursor, coverage, version and what follows from them, in one transaction.
   * @returns how many rows of events changed. @throws Fenced: nothing was.
   */
  commit(target: PullTarget, lease: Lease, read: CompleteRound, basis: Basis): Promise<number>;
  /** What was known stays; the trouble is told at once. */
  fail(target: PullTarget, lease: Lease, failure: ProviderError): Promise<void>;
}

export interface ConcludeDeps {
  store: Store;
  jobs: JobQueue;
  publisher: Publisher;
  clock: Clock;
  config: Pick<Config, 'POLL_INTERVAL' | 'POLL_INTERVAL_WATCHED' | 'SYNC_AHEAD'>;
  log: Log;
}

export function createConclude({ store, jobs, publisher, clock, config, log }: ConcludeDeps): Conclude {
  /** What hosts did to bookings' events is for whoever writes them to find out. */
  async function lookAtDoubted(tx: Tx, id: string, round: Round, startedAt: Instant, now: Instant) {
    const doubted = await doubtWrites(tx, id, round, startedAt, now);
    await jobs.enqueue(
      tx,
      doubted.map((write) => ({ task: 'write', payload: { write }, key: write })),
    );
  }

  return {
    async commit(target, lease, read, basis) {
      const { id } = target;
      const key = cacheKey.calendar(id);
      const interval = target.watched ? config.POLL_INTERVAL_WATCHED : config.POLL_INTERVAL;
      const changed = await store.$transaction(async (tx) => {
        // Before the state's lock: whoever selects and deselects locks in this order.
        if (read.timeZone !== target.timeZone) await changeCalendar(tx, id, { timeZone: read.timeZone });
        const now = clock.now();
        const state = await concludePull(tx, lease, {
          basis,
          cursor: read.cursor,
          partial: read.partial,
          coveredFrom: read.window.from,
          coveredTo: read.window.to,
          completedAt: now,
          dueAt: Math.min(
            afterSuccess(now, asOftenAs(read.refresh, interval)),
            beforeWindowEnds(read.window.to, config.SYNC_AHEAD),
          ),
        });
        if (!state) throw new Fenced();
        await noteProof(tx, target, lease, 2 * interval, now);
        const rows = await applyRound(tx, target, read.round, now);
        await lookAtDoubted(tx, id, read.round, lease.startedAt, now);
        if (state.dirty) {
          const [recent] = await notifiedSince(tx, [id], now - FLOOD_SPAN, FLOOD);
          await jobs.enqueue(tx, [notifiedPull(id, now, recent?.notified ?? 0, lease.startedAt)]);
        }
        await publisher.outbox(tx, [key]);
        return rows;
      }, TRANSACTION);
      await publisher.tell([key]);
      return changed;
    },

    async fail(target, lease, failure) {
      const { id, accountId, provider } = target;
      const error = `${failure.reason}: ${failure.message}`.slice(0, 500);
      const revoked = failure.reason === 'auth-revoked';
      const stale = await store.$transaction(async (tx) => {
        const touched = new Set([id]);
        // The account before its calendars' states, as everywhere.
        if (revoked && (await lockAccount(tx, accountId))?.status === 'CONNECTED') {
          for (const calendar of await markRevoked(tx, accountId, error)) touched.add(calendar);
        }
        const trouble = revoked ? 'auth-revoked' : 'unreachable';
        const now = clock.now();
        const dueAt = afterFailure(now, lease.failures + 1, failure, config.POLL_INTERVAL);
        if (!(await concludeFailure(tx, lease, { trouble, error, cursor: failure.cursor, dueAt })))
          touched.delete(id);
        // A grant that was withdrawn may have been noted by whoever asked for a token.
        const turned = revoked ? (await calendarsOfAccounts(tx, [accountId])).map((one) => one.id) : [id];
        await noteStandings(tx, turned, now);
        const keys = [...touched].map(cacheKey.calendar);
        await publisher.touch(tx, keys);
        return keys;
      }, TRANSACTION);
      log.warn({ calendar: id, provider, reason: failure.reason, detail: failure.message }, 'pull failed');
      await publisher.tell(stale);
    },
  };
}

/** For explanations of this time, later. `long`: a time without proof that is worth a note, milliseconds. */
async function noteProof(tx: Tx, { id, provenAsOf }: PullTarget, lease: Lease, long: number, now: Instant) {
  if (provenAsOf && lease.startedAt - provenAsOf.getTime() > long) await noteGap(tx, id, provenAsOf);
  await noteStandings(tx, [id], now);
}
