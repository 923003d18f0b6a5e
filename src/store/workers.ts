/** Presence of workers: each process that takes jobs has a row, which it renews by the database's clock. */
import { SECOND } from '../time/clock.ts';
import type { Store } from './client.ts';

/** Rows of workers that were not seen for so long are deleted, seconds. */
const FORGOTTEN_AFTER = 24 * 60 * 60;

export interface WorkersSeen {
  /** Workers that were seen within the last `ms`. */
  count: number;
  /** Milliseconds since any worker was seen; null when none is known. */
  age: number | null;
}

/**
 * @param id of the process's own making, the same for as long as it runs
 * @param ms after such a silence it counts as a worker that has just started
 */
export async function recordWorker(store: Store, id: string, ms: number): Promise<void> {
  await store.$executeRaw`
    insert into worker_presence (id) values (${id})
    on conflict (id) do update set seen_at = clock_timestamp(),
      started_at = case
        when worker_presence.seen_at < clock_timestamp() - make_interval(secs => ${ms / SECOND}) then clock_timestamp()
        else worker_presence.started_at
      end`;
  await store.$executeRaw`
    delete from worker_presence where seen_at < clock_timestamp() - make_interval(secs => ${FORGOTTEN_AFTER})`;
}

/** For a worker that stops in order. */
export async function forgetWorker(store: Store, id: string): Promise<void> {
  await store.$executeRaw`delete from worker_presence where id = ${id}`;
}

/** @param ms how long a worker may be silent and still count */
export async function countWorkers(store: Store, ms: number): Promise<WorkersSeen> {
  const [found] = await store.$queryRaw<{ count: number; age: number | null }[]>`
    select count(*) filter (where seen_at > clock_timestamp() - make_interval(secs => ${ms / SECOND}))::int as count,
      (extract(epoch from clock_timestamp() - max(seen_at)) * 1000)::float8 as age
    from worker_presence`;
  return { count: found?.count ?? 0, age: found?.age ?? null };
}
