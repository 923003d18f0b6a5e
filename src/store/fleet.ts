/** How an installation is as a whole, by its rows and the database's clock: what one of its processes reports for all. */
import { SECOND } from '../time/clock.ts';
import { type ConditionProofs, countProofs } from './calendars/conditions.ts';
import { type Store, setStatementTimeout } from './client.ts';

/** A statement that takes longer is given up: a report must not weigh on what it is about. */
const TIMEOUT = 10 * SECOND;

/** What rows say is due. */
export type DueWork = 'pull' | 'channel' | 'write' | 'webhook' | 'mail' | 'invitation';
/** `later`: its time hasn't come, or it is tried again then. `failed`: it is not tried again by itself. */
export type JobState = 'ready' | 'running' | 'later' | 'failed';

export interface FleetReport {
  calendars: ConditionProofs[];
  /** `oldest`: for how long the most overdue has been due, seconds. */
  due: { work: DueWork; count: number; oldest: number }[];
  jobs: { state: JobState; count: number }[];
  /** Live ones. */
  holds: number;
  /** Events of bookings that no calendar has as they should be. */
  writes: { status: 'PENDING' | 'FAILED'; count: number }[];
}

/**
 * The process that reports is the one that has taken jobs the longest, of those that were seen within `ms`: one at a time, by the
 * database's clock alone.
 * @param id of the process, see workers.ts
 */
export async function isReporter(store: Store, id: string, ms: number): Promise<boolean> {
  const [first] = await store.$queryRaw<{ id: string }[]>`
    select id from worker_presence
    where seen_at > clock_timestamp() - make_interval(secs => ${ms / SECOND})
    order by started_at, id limit 1`;
  return first?.id === id;
}

/** @param late age of a proof from which a calendar counts as late, milliseconds */
export function readFleet(store: Store, late: number): Promise<FleetReport> {
  return store.$transaction(
    async (tx) => {
      await setStatementTimeout(tx, TIMEOUT);
      const calendars = await countProofs(tx, late);
      const due = await tx.$queryRaw<FleetReport['due']>`
        select work, count(*)::int as count,
          coalesce(extract(epoch from clock_timestamp() - min(due_at)), 0)::float8 as oldest
        from (
          select 'pull' as work, due_at from calendar_state where due_at <= clock_timestamp()
          union all select 'channel', due_at from watch_channel where due_at <= clock_timestamp()
          union all select 'write', due_at from booking_write where due_at <= clock_timestamp()
          union all select 'webhook', due_at from webhook_message where due_at <= clock_timestamp()
          union all select 'mail', due_at from mail where due_at <= clock_timestamp()
          union all select 'invitation', due_at from invitation where due_at <= clock_timestamp()
        ) each group by work`;
      const jobs = await tx.$queryRaw<FleetReport['jobs']>`
        select case
            when locked_at is not null then 'running'
            when attempts >= max_attempts then 'failed'
            when run_at > now() then 'later'
            else 'ready'
          end as state, count(*)::int as count
        from graphile_worker.jobs group by 1`;
      const [held] = await tx.$queryRaw<{ holds: number }[]>`
        select count(*)::int as holds from hold
        where expires_at > clock_timestamp() and released_at is null and booking_id is null`;
      const writes = await tx.$queryRaw<FleetReport['writes']>`
        select status::text as status, count(*)::int as count from booking_write
        where status <> 'WRITTEN' group by status`;
      return { calendars, due, jobs, holds: held?.holds ?? 0, writes };
    },
    { maxWait: TIMEOUT, timeout: 6 * TIMEOUT },
  );
}
