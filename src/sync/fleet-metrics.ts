/** The figures of the whole installation among the metrics of one worker: each worker's would be the same, and a sum of them wrong. */
import { Gauge } from 'prom-client';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { PROOF_AGES } from '../store/calendars/conditions.ts';
import type { Store } from '../store/client.ts';
import { type FleetReport, isReporter, readFleet } from '../store/fleet.ts';
import { type Clock, type Instant, SECOND, steadyClock } from '../time/clock.ts';
import { WORKER_SEEN_WITHIN } from './worker-presence.ts';

/**
 * How long figures are given after the presence of this process was recorded. Less than WORKER_SEEN_WITHIN, after which another
 * one may: no two processes give them at the same time.
 */
const GIVEN_FOR = WORKER_SEEN_WITHIN - 5 * SECOND;
/** The share of its time that the database may spend on reports: one that takes a second comes each 20 seconds at the most. */
const SHARE = 1 / 20;

export interface FleetMetrics {
  /**
   * Reads the figures when this process reports; it goes on by itself.
   * @param since when the presence of this worker began to be recorded, by the steady clock
   */
  refresh(worker: string, since: Instant): void;
  /** Resolves once the report at hand is over. */
  settled(): Promise<void>;
  /** The same, and this process gives no figures any more. */
  stop(): Promise<void>;
}

/** @param deps.late age of a proof from which a calendar counts as late, milliseconds */
export function createFleetMetrics(deps: {
  store: Store;
  log: Log;
  metrics: Metrics;
  late: number;
  steady?: Clock;
}): FleetMetrics {
  const { store, log, metrics, late, steady = steadyClock } = deps;
  let report: FleetReport | null = null;
  let givenUntil: Instant = Number.NEGATIVE_INFINITY;
  let nextReadAt: Instant = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | null = null;
  defineFleetGauges(metrics, () => (steady.now() < givenUntil ? report : null));

  async function read(worker: string, since: Instant) {
    if (!(await isReporter(store, worker, WORKER_SEEN_WITHIN))) {
      givenUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    const startedAt = steady.now();
    if (startedAt >= nextReadAt) {
      report = await readFleet(store, late);
      const endedAt = steady.now();
      nextReadAt = endedAt + (endedAt - startedAt) / SHARE;
    }
    givenUntil = since + GIVEN_FOR;
  }

  return {
    refresh(worker, since) {
      running ??= read(worker, since)
        .catch((err: unknown) => log.warn({ err }, 'figures of the installation were not read'))
        .finally(() => {
          running = null;
        });
    },
    async settled() {
      await running;
    },
    async stop() {
      await running;
      givenUntil = Number.NEGATIVE_INFINITY;
    },
  };
}

/**
 * In place of those of a start that began again.
 * @param current null: this process doesn't report, and has no such figures
 */
export function defineFleetGauges({ registry }: Metrics, current: () => FleetReport | null) {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    samples: (report: FleetReport) => [labels: Record<Label, string | number>, value: number][],
  ) => {
    registry.removeSingleMetric(name);
    return new Gauge({
      name,
      help: `${help} Of the whole installation, by one worker.`,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        if (labelNames.length === 0) this.remove();
        const report = current();
        if (report) for (const [labels, value] of samples(report)) this.set(labels, value);
      },
    });
  };

  gauge(
    'slotwire_calendars',
    'Selected calendars by provider and state: fresh, partial, late, unread, unreachable, revoked.',
    ['provider', 'state'],
    ({ calendars }) =>
      calendars.map(({ provider, condition, count }) => [{ provider, state: condition }, count]),
  );
  gauge(
    'slotwire_calendar_oldest_proof_seconds',
    'Age of the least recent proof of any selected calendar that can be read.',
    ['provider'],
    ({ calendars }) =>
      Object.entries(oldestByProvider(calendars)).map(([provider, oldest]) => [{ provider }, oldest]),
  );
  gauge(
    'slotwire_calendars_proven_within',
    'Selected calendars that were proven within so many seconds; divided by slotwire_calendars, the share within a bound.',
    ['seconds'],
    ({ calendars }) =>
      PROOF_AGES.map((seconds, at) => [
        { seconds },
        calendars.reduce((sum, { within }) => sum + (within[at] ?? 0), 0),
      ]),
  );
  gauge(
    'slotwire_due',
    'What rows say is due: pull, channel, write, webhook, mail, invitation.',
    ['work'],
    ({ due }) => WORK.map((work) => [{ work }, due.find((each) => each.work === work)?.count ?? 0]),
  );
  gauge(
    'slotwire_due_oldest_seconds',
    'For how long the most overdue of it has been due.',
    ['work'],
    ({ due }) => WORK.map((work) => [{ work }, due.find((each) => each.work === work)?.oldest ?? 0]),
  );
  gauge(
    'slotwire_jobs',
    'Jobs of the queue: ready, running, later (their time is to come), failed (not tried again by themselves).',
    ['state'],
    ({ jobs }) =>
      JOB_STATES.map((state) => [{ state }, jobs.find((each) => each.state === state)?.count ?? 0]),
  );
  gauge('slotwire_holds', 'Live holds.', [], ({ holds }) => [[{}, holds]]);
  gauge(
    'slotwire_events_not_written',
    'Events of bookings that a calendar has not as it should: pending, or failed (tried again once the calendar can be read).',
    ['status'],
    ({ writes }) =>
      WRITE_STATUSES.map((status) => [
        { status: status.toLowerCase() },
        writes.find((each) => each.status === status)?.count ?? 0,
      ]),
  );
}

const WORK = ['pull', 'channel', 'write', 'webhook', 'mail', 'invitation'] as const;
const JOB_STATES = ['ready', 'running', 'later', 'failed'] as const;
const WRITE_STATUSES = ['PENDING', 'FAILED'] as const;

/** Calendars whose access was withdrawn or that were never read have no proof that could be kept young. */
function oldestByProvider(calendars: FleetReport['calendars']): Record<string, number> {
  const oldest: Record<string, number> = {};
  for (const { provider, condition, oldest: age } of calendars) {
    if (condition === 'revoked' || age === null) continue;
    oldest[provider] = Math.max(oldest[provider] ?? 0, age);
  }
  return oldest;
}
