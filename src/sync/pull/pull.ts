/** Reads what changed in one calendar and commits it whole: events, cursor, coverage and version, or nothing. */
import { setTimeout as timer } from 'node:timers/promises';
import { DeadlineError, withDeadline } from '../../async/deadline.ts';
import { LeaseLostError, StalledError, withLease } from '../../async/lease.ts';
import { cacheKey } from '../../cache/keys.ts';
import { mailAddressesOf } from '../../calendars/mail-address.ts';
import type { Basis } from '../../calendars/source.ts';
import type { Config } from '../../config.ts';
import type { Metrics } from '../../metrics.ts';
import { type Access, ProviderError, type Providers } from '../../providers/port.ts';
import { type Lease, releaseLease, renewLease, takeLease, takeTarget } from '../../store/calendars/leases.ts';
import {
  dueWhenLeaseEnds,
  loadPullTarget,
  type PullTarget,
  postponePull,
} from '../../store/calendars/states.ts';
import { type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { zoneDataInfo } from '../../time/installed-zones.ts';
import { compareZoneReleases } from '../../time/zone-releases.ts';
import type { LostNotifications } from '../channels/lost-notifications.ts';
import { createPullCommit, FencedError, type PullCommitDeps } from './commit.ts';
import { nextPullAfterSuccess } from './due-times.ts';
import { type CompleteRound, readRound } from './read-round.ts';

/** How long a killed process holds up a calendar; a running one keeps its lease although two renewals are late. */
export const PULL_LEASE_TTL = 15 * SECOND;
/** A provider that sends no page for `stallAfter` has stalled; the longest request and its wait for the budget fit in twice. */
const LEASE_TIMES = { every: 5 * SECOND, stallAfter: 2 * MINUTE };
/** How often a pull that waits for another one reads the calendar's state. */
const JOIN_POLL_INTERVAL = 50;
/** The longest that a round may take. */
const PULL_TIMEOUT = 10 * MINUTE;
/** When the calendar is due again after the database refused the commit. */
const RETRY_DELAY = 5 * SECOND;

export type PullOutcome =
  /** Read and committed. */
  | 'applied'
  /** Another worker's pull, begun late enough, was committed. */
  | 'joined'
  /** Another worker holds the lease. It pulls again if the calendar is dirty then; if it is gone, the calendar is due when its lease ends. */
  | 'busy'
  /** The provider failed; the calendar's events stay as they were. */
  | 'failed'
  /** The lease was lost, the cursor replaced or the calendar deselected meanwhile: nothing was committed. */
  | 'fenced'
  /** The calendar is not selected, or its account has no grant. */
  | 'skipped'
  /** The caller's signal fired; the calendar is due. */
  | 'aborted';

export interface PullOptions {
  /** Absent: NOTIFICATION when the calendar is dirty, else POLL. */
  basis?: Extract<Basis, 'POLL' | 'NOTIFICATION' | 'STRICT'>;
  /** Only a pull with a number greater than this counts; an earlier one that runs is waited for. It is asked for at each look. */
  after?: () => number;
  /** Called before the number of the pull that serves is known. @param number resolves to it, or to null while another pull runs */
  onNumber?(number: Promise<number | null>): void;
  signal?: AbortSignal;
}

export interface Puller {
  /** Rejects only when the database does. */
  pull(calendarId: string, options?: PullOptions): Promise<PullOutcome>;
}

export interface PullerDeps extends PullCommitDeps {
  providers: Providers;
  accessFor(account: string): Access;
  config: PullCommitDeps['config'] & Pick<Config, 'SYNC_PAST' | 'SYNC_AHEAD'>;
  metrics: Metrics;
  /** How often a pull renews its lease, and how long it waits for a page, milliseconds; absent: 5 s and 2 minutes. */
  leaseTimes?: { every: number; stallAfter: number };
  /** Lets time pass before a pull that waits for another one looks again; absent: a timer does. */
  pause?: (ms: number) => Promise<unknown>;
  /** Counts changes that a poll found although no notification came; absent: they are not counted. */
  lostNotifications?: Pick<LostNotifications, 'expectNotification'>;
}

export function createPuller(deps: PullerDeps): Puller {
  const {
    store,
    providers,
    accessFor,
    clock,
    config,
    metrics,
    log,
    pause = timer,
    leaseTimes = LEASE_TIMES,
  } = deps;
  const pullCommit = createPullCommit(deps);
  /** A secret is tried again when its calendar is due, never because somebody asks: servers count wrong passwords. */
  const trials = () => [...providers.values()].filter(({ secret }) => secret).map(({ name }) => name);
  const isTrial = ({ accountStatus, provider }: PullTarget) =>
    accountStatus === 'AUTH_REVOKED' && trials().includes(provider);

  const pullWithLease = (target: PullTarget, lease: Lease, options: PullOptions): Promise<PullOutcome> =>
    withLease(
      {
        renew: () => renewLease(store, lease, clock.now(), PULL_LEASE_TTL),
        ...{ ...leaseTimes, signal: options.signal, log },
        subject: { calendar: target.id },
      },
      (signal, progress) => pullUnderLease(target, lease, options, signal, progress),
    );

  async function pullUnderLease(
    target: PullTarget,
    lease: Lease,
    options: PullOptions,
    signal: AbortSignal,
    progress: () => void,
  ): Promise<PullOutcome> {
    const { provider } = target;
    const wasTrusted = !clock.isUntrusted?.();
    const stopTimer = metrics.pullSeconds.startTimer({ provider });
    let kind = lease.cursor === null ? 'full' : 'incremental';
    const recordOutcome = (outcome: Extract<PullOutcome, 'applied' | 'failed' | 'fenced'>) => {
      metrics.pulls.inc({ provider, kind, outcome });
      return outcome;
    };
    try {
      const read = await readCalendar(target, lease, signal, progress);
      progress();
      if (read.changes.full) kind = 'full';
      const basis = options.basis ?? (lease.dirty ? 'NOTIFICATION' : 'POLL');
      const proves = wasTrusted && !clock.isUntrusted?.();
      const changed = await pullCommit.commitPull(target, lease, read, { basis, proves });
      if (basis === 'POLL' && !read.changes.full && changed > 0 && target.provenAsOf) {
        const since = target.provenAsOf.getTime();
        await deps.lostNotifications
          ?.expectNotification(target, since)
          .catch((error: unknown) =>
            log.warn({ err: error, calendar: target.id }, 'lost notification not counted'),
          );
      }
      return recordOutcome('applied');
    } catch (error) {
      if (error instanceof ProviderError) {
        metrics.pullFailures.inc({ provider, reason: error.reason });
        await pullCommit.failPull(target, lease, error);
        return recordOutcome('failed');
      }
      const aborted = options.signal?.aborted === true;
      const fenced = error instanceof FencedError || error instanceof LeaseLostError;
      const dueAt = clock.now() + (aborted || fenced ? 0 : RETRY_DELAY);
      await releaseLease(store, lease, dueAt);
      if (fenced) return recordOutcome('fenced');
      if (aborted) return 'aborted';
      throw error;
    } finally {
      stopTimer();
    }
  }

  /** @throws ProviderError; LeaseLostError; the reason of the caller's signal. */
  async function readCalendar(
    target: PullTarget,
    lease: Lease,
    signal: AbortSignal,
    progress: () => void,
  ): Promise<CompleteRound> {
    try {
      const provider = providers.get(target.provider);
      if (!provider) throw new ProviderError('rejected', 'this provider is not offered here any more');
      return await withDeadline(PULL_TIMEOUT, signal, (within) =>
        readRound({
          provider,
          access: withProgress(accessFor(target.accountId), progress),
          externalId: target.externalId,
          timeZone: target.timeZone,
          hostZone: target.hostZone,
          ownerAddresses: mailAddressesOf(target.ownerAddresses),
          previous: lease,
          anew: isReadWithOlderZones(target) || target.lacksTitles,
          start: lease.startedAt,
          past: config.SYNC_PAST,
          ahead: config.SYNC_AHEAD,
          signal: within,
          progress,
        }),
      );
    } catch (error) {
      // A request that was cut short may look like a failure of the provider.
      const cause: unknown = signal.aborted ? signal.reason : error;
      if (cause instanceof StalledError) {
        throw new ProviderError('transient', 'the pull stalled: the provider sent no page for long');
      }
      if (cause instanceof DeadlineError) {
        throw new ProviderError('transient', 'the pull took too long');
      }
      if (signal.aborted || cause instanceof ProviderError) throw cause;
      log.error({ err: cause, calendar: target.id }, 'pull failed: a fault in the gateway');
      throw new ProviderError('transient', 'a fault in the gateway; its log tells more');
    }
  }

  /** The outcome of another worker's pull. The caller reads the cache next, and that worker may not have published yet. */
  async function publishJoined<T extends PullOutcome>(calendarId: string, outcome: T): Promise<T> {
    await deps.publisher.publishOrLog([cacheKey.calendar(calendarId)]);
    return outcome;
  }

  async function skip(calendarId: string, now: Instant): Promise<'skipped'> {
    await postponePull(store, calendarId, nextPullAfterSuccess(now, config.POLL_INTERVAL));
    return 'skipped';
  }

  async function pullWhenFree(calendarId: string, options: PullOptions): Promise<PullOutcome> {
    if (options.signal?.aborted) return 'aborted';
    const now = clock.now();
    const { target, lease } = await takeTarget(store, calendarId, {
      now,
      ttl: PULL_LEASE_TTL,
      trials: trials(),
    });
    if (!target?.selected || (target.accountStatus !== 'CONNECTED' && !isTrial(target)))
      return skip(calendarId, now);
    if (lease) return pullWithLease(target, lease, options);
    await dueWhenLeaseEnds(store, calendarId);
    return 'busy';
  }

  /** Waits for the pull that runs, and joins it if it began late enough. */
  async function pullOrJoin(
    calendarId: string,
    after: () => number,
    options: PullOptions,
  ): Promise<PullOutcome> {
    let joinedLease: string | null = null;
    for (;;) {
      if (options.signal?.aborted) return 'aborted';
      const now = clock.now();
      const target = await loadPullTarget(store, calendarId, now);
      if (target && isTrial(target)) return 'skipped';
      if (!target?.selected || target.accountStatus !== 'CONNECTED') return skip(calendarId, now);
      const outcome = joinedOutcome(target, after(), joinedLease);
      if (outcome) {
        options.onNumber?.(Promise.resolve(target.startedPull));
        return publishJoined(calendarId, outcome);
      }
      // Of a pull that ended since the state was read, the next look learns what it came to.
      const taking = takeLease(store, calendarId, now, PULL_LEASE_TTL, target.leaseId);
      options.onNumber?.(
        taking.then(
          (taken) => taken?.pull ?? null,
          () => null,
        ),
      );
      const lease = await taking;
      if (lease) {
        const outcome = await pullWithLease(target, lease, options);
        if (outcome !== 'fenced') return outcome;
      } else {
        const started = target.startedPull ?? Number.NEGATIVE_INFINITY;
        if (target.leaseId !== null && started > after()) joinedLease = target.leaseId;
        await pause(JOIN_POLL_INTERVAL);
      }
    }
  }

  return {
    pull: (calendarId, options = {}) =>
      options.after ? pullOrJoin(calendarId, options.after, options) : pullWhenFree(calendarId, options),
  };
}

/** What another worker's pull came to, if it began after number `after`. @param lease that pull's, if it was seen at work */
function joinedOutcome(target: PullTarget, after: number, lease: string | null): 'joined' | 'failed' | null {
  if ((target.provenPull ?? Number.NEGATIVE_INFINITY) > after) return 'joined';
  return lease !== null && target.leaseId === null && target.failures > 0 ? 'failed' : null;
}

/** Whether the calendar's times come from older zone data: a change of rules since then has moved some of them. */
const isReadWithOlderZones = ({ zoneData }: PullTarget): boolean =>
  zoneData === null || compareZoneReleases(zoneData, zoneDataInfo().version) < 0;

/** Counts each answer as progress: a page may take many requests. */
const withProgress = (access: Access, progress: () => void): Access => ({
  ...access,
  async run(request, signal) {
    const answer = await access.run(request, signal);
    progress();
    return answer;
  },
});
