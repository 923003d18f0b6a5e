/** The job queue: tables of graphile-worker in PostgreSQL, in a schema of their own, and how jobs get into them. */
import { Logger, runMigrations } from 'graphile-worker';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import { MIGRATION_LIMITS } from '../postgres/limits.ts';
import { BoundedPool } from '../postgres/pool.ts';
import { formatInstant } from '../time/instant-text.ts';
import type { JobQueue, JobRequest, SqlRunner } from './port.ts';

/** Jobs of a killed worker stay locked for hours and are tried again then, this often in all. */
const ATTEMPTS_MAX = 3;
/** Of paced jobs: workers take jobs of lower numbers first. */
const PACED_PRIORITY = 1;

/** Topic of PostgreSQL on which workers hear when paced jobs will be due: a JSON list of `[task, milliseconds from now, jobs]`. */
export const DUE_TOPIC = 'slotwire:due';
/** Due times of one message are rounded up to so many milliseconds: jobs that are due together cost one look. */
const DUE_STEP = 50;

/**
 * Makes the queue's tables, or brings them to this version's form. Several processes may do so at once.
 * @throws StartError when a newer version of graphile-worker has changed them.
 */
export async function installJobQueue(url: string, log?: Log): Promise<void> {
  const pgPool = new BoundedPool(url, { name: 'slotwire', max: 1, limits: MIGRATION_LIMITS });
  try {
    await runMigrations({ pgPool, logger: queueLogger(log) });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('breaking migration'))) throw error;
    process.exitCode = undefined; // graphile-worker sets one of its own
    throw new StartError(
      `The queue's tables are newer than this version of Slotwire: ${error.message} Start the version that made them.`,
    );
  } finally {
    await pgPool.end();
  }
}

/** Passes errors and warnings of graphile-worker on as they are, all other messages as debug. Without a log it is silent. */
export const queueLogger = (log?: Log): Logger =>
  new Logger(({ taskIdentifier, jobId }) => (level, message) => {
    const context = { task: taskIdentifier, job: jobId };
    if (level === 'error') log?.error(context, message);
    else if (level === 'warning') log?.warn(context, message);
    else log?.debug(context, message);
  });

export function createJobQueue(): JobQueue {
  return {
    async enqueue(sql: SqlRunner, requests: readonly JobRequest[]) {
      for (const replaceRunAt of [false, true]) {
        const batch = requests.filter((request) => (request.replaceRunAt ?? false) === replaceRunAt);
        if (batch.length === 0) continue;
        const specs = JSON.stringify([...coalesced(batch).values()]);
        // A waiting job of the same key takes the new payload, and keeps its time unless these move it. A paced one is left as it is where
        // a job waits that is due no later: most notifications of a flood then wake no worker. The wait for a paced job is by the database's
        // clock, as all of the queue.
        await sql.$executeRaw`
          with wanted as materialized (
            select array(
              select row(identifier, payload, null, run_at, ${ATTEMPTS_MAX}::int, job_key, priority, null)::graphile_worker.job_spec
              from jsonb_to_recordset(${specs}::jsonb)
                as r(identifier text, payload json, run_at timestamptz, job_key text, priority int)
              where not (r.priority = ${PACED_PRIORITY}::int and exists (
                select from graphile_worker.jobs j
                where j.key = r.job_key and j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= r.run_at
              ))
            ) as specs
          ), added as materialized (
            select j.key, j.run_at, j.priority
            from wanted, lateral graphile_worker.add_jobs(wanted.specs, ${!replaceRunAt}) j
            where cardinality(wanted.specs) > 0
          )
          select count(*), (
            select pg_notify(${DUE_TOPIC}, json_agg(json_build_array(task, wait, jobs))::text) from (
              select split_part(key, ':', 1) as task, count(*) as jobs,
                ceil(extract(epoch from run_at - now()) * 1000 / ${DUE_STEP}::int)::int * ${DUE_STEP}::int as wait
              from added where priority = ${PACED_PRIORITY}::int and run_at > now() group by 1, 3
            ) waits having count(*) > 0
          ) from added`;
      }
    },
  };
}

/** One job for each key, in the keys' order, so that two transactions never wait for each other's jobs. */
function coalesced(requests: readonly JobRequest[]) {
  const specs = new Map<
    string,
    { identifier: string; payload: unknown; job_key: string; run_at: string | null; priority: number }
  >();
  const sorted = requests
    .map((request) => ({ ...request, jobKey: `${request.task}:${request.key}` }))
    .sort((a, b) => (a.jobKey === b.jobKey ? (a.runAt ?? 0) - (b.runAt ?? 0) : a.jobKey < b.jobKey ? -1 : 1));
  for (const { task, payload, jobKey, runAt, paced } of sorted) {
    if (specs.has(jobKey)) continue;
    const run_at = runAt === undefined ? null : formatInstant(runAt);
    const priority = paced ? PACED_PRIORITY : 0;
    specs.set(jobKey, { identifier: task, payload, job_key: jobKey, run_at, priority });
  }
  return specs;
}
