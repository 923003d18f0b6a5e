/** Readiness of the database, its migrations and the job queue, which queries and pulls need. */
import { withDeadline } from '../async/deadline.ts';
import { SECOND } from '../time/clock.ts';
import type { Store } from './client.ts';

/** A load balancer asks often: an answer that takes longer is one too. */
const PROBE_TIMEOUT = 2 * SECOND;

/** @returns what is missing, in words for an operator; null when nothing is. */
export const checkReadiness = (store: Store): Promise<string | null> =>
  withDeadline(PROBE_TIMEOUT, undefined, () => probe(store)).catch(() => 'the database does not answer');

async function probe(store: Store): Promise<string | null> {
  const [found] = await store.$queryRaw<{ unfinished: boolean; queue: boolean }[]>`
    select exists (select 1 from _prisma_migrations where finished_at is null and rolled_back_at is null) as unfinished,
      to_regprocedure('graphile_worker.add_jobs(graphile_worker.job_spec[],boolean)') is not null as queue`;
  if (!found || found.unfinished) return 'a migration is not finished';
  return found.queue ? null : 'the queue is not installed';
}
