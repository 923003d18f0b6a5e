/** One writer per calendar: the holder of its lease reads it from the provider, and commits only while the lease lasts. */

import { CLOCK_TOLERANCE } from '../../calendars/source.ts';
import { randomSecret } from '../../secrets.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';

/** A lease with the calendar's state at the time it was taken. */
export interface Lease {
  id: string;
  calendarId: string;
  /** When it was taken; also `last_started_at`. */
  startedAt: Instant;
  /** The number of the pull under this lease, drawn before the pull asks the provider for anything. */
  pull: number;
  cursor: string | null;
  coveredFrom: Instant | null;
  coveredTo: Instant | null;
  dirty: boolean;
  failures: number;
}

/** Draws a number from the sequence of pulls: a pull with a greater one began after this call. */
export async function drawPullNumber(tx: Tx): Promise<number> {
  const [drawn] = await tx.$queryRaw<{ pull: number }[]>`select nextval('slotwire_pull')::float8 as pull`;
  return drawn?.pull ?? Number.POSITIVE_INFINITY;
}

/**
 * A lease that ends later than one taken now would was written by a clock that has stepped back since: it has ended.
 * @param seen the lease that the caller read with the state, null: none. Absent: the lease is taken whatever happened since.
 * @returns null while another pull holds the lease, and when the one that was seen has ended or changed hands since.
 */
export async function takeLease(
  store: Store,
  calendarId: string,
  now: Instant,
  ttl: number,
  seen?: string | null,
): Promise<Lease | null> {
  const id = randomSecret();
  const [row] = await store.$queryRaw<
    {
      cursor: string | null;
      coveredFrom: Date | null;
      coveredTo: Date | null;
      dirty: boolean;
      failures: number;
      pull: number;
    }[]
  >`
    update calendar_state
    set lease_id = ${id}, lease_until = ${new Date(now + ttl)}, last_started_at = ${new Date(now)},
      started_pull = nextval('slotwire_pull')
    where calendar_id = ${calendarId} and (lease_until is null or lease_until < ${new Date(now)}
      or lease_until > ${new Date(now + ttl + CLOCK_TOLERANCE)})
      and (${seen === undefined} or lease_id is not distinct from ${seen ?? null})
    returning cursor, covered_from as "coveredFrom", covered_to as "coveredTo",
      dirty_since is not null as dirty, failures, started_pull::float8 as pull`;
  if (!row) return null;
  const coveredFrom = row.coveredFrom?.getTime() ?? null;
  const coveredTo = row.coveredTo?.getTime() ?? null;
  return { ...row, id, calendarId, startedAt: now, coveredFrom, coveredTo };
}

/** @returns false when the lease was lost, so that this pull must not commit any more. */
export async function renewLease(store: Store, lease: Lease, now: Instant, ttl: number): Promise<boolean> {
  const renewed = await store.$executeRaw`
    update calendar_state set lease_until = ${new Date(now + ttl)}
    where calendar_id = ${lease.calendarId} and lease_id = ${lease.id}`;
  return renewed > 0;
}

/** Releases the lease of a pull that ends without a result; the calendar is due at `dueAt`. A lost lease is left alone. */
export async function releaseLease(tx: Tx, lease: Lease, dueAt: Instant): Promise<void> {
  await tx.$executeRaw`
    update calendar_state set lease_id = null, lease_until = null, due_at = ${new Date(dueAt)}
    where calendar_id = ${lease.calendarId} and lease_id = ${lease.id}`;
}
