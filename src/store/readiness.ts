/** Readiness: whether a booking could be written now. A database that only answers is not enough: readiness writes. */
import { withDeadline } from '../async/deadline.ts';
import type { Log } from '../log.ts';
import { SECOND } from '../time/clock.ts';
import type { Store, Tx } from './client.ts';
import { sqlStateOf } from './sql-state.ts';

/** A load balancer asks often: an answer that takes longer is one too. */
const PROBE_TIMEOUT = 2 * SECOND;
/** How long an answer stands, so that many askers cost one probe. */
const ANSWER_AGE = 2 * SECOND;
/** A probe that still hangs after this time is given up, and the next may begin: hanging probes must not fill the pool. */
const ABANDON_AFTER = 30 * SECOND;

const NO_ANSWER = 'the database does not answer in time';
const UNREACHABLE = 'the database can not be reached';
const STANDBY = 'the database is a standby, which takes no writes';
const READ_ONLY = 'the database is read-only';

/** By SQLSTATE, or by its class, the first two characters. */
const REASONS: Record<string, string> = {
  '25006': READ_ONLY,
  '42501': 'the user of the database may not write',
  '42P01': 'a migration is missing',
  '53100': "the database's disk is full",
  '53300': 'the database has no connection left',
  '53': 'the database is out of room',
  '57': 'the database is stopping or starting',
  '08': UNREACHABLE,
};

export interface Readiness {
  /**
   * Answers within two seconds, for all who ask within two seconds by one small write.
   * @returns what is missing, in words for an operator; null when a booking could be written.
   */
  check(): Promise<string | null>;
}

/** @param options.timeout of a probe, milliseconds; a test on a busy machine gives more than the two seconds. */
export function createReadiness(options: { store: Store; log: Log; timeout?: number }): Readiness {
  const { store, log, timeout = PROBE_TIMEOUT } = options;
  let answer: { reason: string | null; until: number } | undefined;
  let probing: { work: Promise<string | null>; startedAt: number } | undefined;
  let logged: string | null = null;

  /** Keeps the answer for a moment, and logs it when it is another one than before. */
  function record(reason: string | null): string | null {
    answer = { reason, until: performance.now() + ANSWER_AGE };
    if (reason !== logged) {
      if (reason === null) log.info('ready again: bookings can be written');
      else log.warn({ reason }, 'not ready: bookings can not be written');
      logged = reason;
    }
    return reason;
  }

  function start(): Promise<string | null> {
    const work = probe(store, timeout).finally(() => {
      if (probing?.work === work) probing = undefined;
    });
    probing = { work, startedAt: performance.now() };
    return work;
  }

  return {
    async check() {
      if (answer && performance.now() < answer.until) return answer.reason;
      const hangs = probing && performance.now() - probing.startedAt > ABANDON_AFTER;
      const work = probing && !hangs ? probing.work : start();
      return record(await withDeadline(timeout, undefined, () => work).catch(() => NO_ANSWER));
    },
  };
}

/** Never rejects. */
async function probe(store: Store, timeout: number): Promise<string | null> {
  // What a statement found, should the transaction fail afterwards.
  let found: string | null = null;
  try {
    await store.$transaction(
      async (tx) => {
        found = (await missingParts(tx)) ?? (await readOnlyReason(tx));
        if (found === null) await write(tx);
      },
      { maxWait: timeout, timeout },
    );
    return found;
  } catch (error) {
    const state = sqlStateOf(error);
    const isTimeout = error instanceof Error && 'code' in error && error.code === 'P2028';
    return found ?? REASONS[state] ?? REASONS[state.slice(0, 2)] ?? (isTimeout ? NO_ANSWER : UNREACHABLE);
  }
}

async function missingParts(tx: Tx): Promise<string | null> {
  const [found] = await tx.$queryRaw<{ unfinished: boolean; queue: boolean }[]>`
    select exists (select 1 from _prisma_migrations where finished_at is null and rolled_back_at is null) as unfinished,
      to_regprocedure('graphile_worker.add_jobs(graphile_worker.job_spec[],boolean)') is not null as queue`;
  if (!found || found.unfinished) return 'a migration is not finished';
  return found.queue ? null : 'the queue is not installed';
}

/**
 * A session may be read-only because it is at a standby, which a balancer or a failover left it at, or because of a
 * setting that new sessions don't have any more. So an older one is closed: the pool opens another.
 */
async function readOnlyReason(tx: Tx): Promise<string | null> {
  const [session] = await tx.$queryRaw<{ standby: boolean; readOnly: boolean; old: boolean }[]>`
    select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as "readOnly",
      (select backend_start < clock_timestamp() - interval '10 seconds'
       from pg_stat_activity where pid = pg_backend_pid()) as old`;
  if (!session?.standby && !session?.readOnly) return null;
  if (session.old) await tx.$queryRaw`select pg_terminate_backend(pg_backend_pid())`.catch(() => {});
  return session.standby ? STANDBY : READ_ONLY;
}

/**
 * Inserts a row, as a booking does. Its page has room as a rule, so a full disk is found by a temporary file of about
 * 300 kB, into which the server spills rows that it may not hold in memory.
 */
async function write(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    with outdated as (
      delete from write_probe where id in (
        select id from write_probe where written_at < now() - interval '1 minute' limit 1000 for update skip locked
      )
    )
    insert into write_probe default values`;
  await tx.$queryRaw`select set_config('work_mem', '64kB', true), set_config('temp_tablespaces', '', true)`;
  await tx.$queryRaw`select count(*)::int as rows from generate_series(1, 8000)`;
}
