/** One writer per calendar: the holder of its lease reads it from the provider, and commits only while the lease lasts. */

import { CLOCK_TOLERANCE } from '../../calendars/source.ts';
import type { ProviderName } from '../../providers/port.ts';
import { randomSecret } from '../../secrets.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { type PullTarget, pullTarget } from './states.ts';

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
  const { taken, isFree, columns } = leaseSql(id, now, ttl);
  const [row] = await store.$queryRaw<LeaseRow[]>`
    update calendar_state s set ${taken}
    where s.calendar_id = ${calendarId} and ${isFree}
      and (${seen === undefined} or s.lease_id is not distinct from ${seen ?? null})
    returning ${columns}`;
  return row ? leaseOf(row, { id, calendarId, startedAt: now }) : null;
}

interface LeaseRow {
  cursor: string | null;
  coveredFrom: Date | null;
  coveredTo: Date | null;
  dirty: boolean;
  failures: number;
  pull: number;
}

/** How a lease is taken of `calendar_state s`. */
const leaseSql = (id: string, now: Instant, ttl: number) => ({
  taken: Prisma.sql`lease_id = ${id}, lease_until = ${new Date(now + ttl)}, last_started_at = ${new Date(now)},
    started_pull = nextval('slotwire_pull')`,
  isFree: Prisma.sql`(s.lease_until is null or s.lease_until < ${new Date(now)}
    or s.lease_until > ${new Date(now + ttl + CLOCK_TOLERANCE)})`,
  columns: Prisma.sql`s.cursor, s.covered_from as "coveredFrom", s.covered_to as "coveredTo",
    s.dirty_since is not null as dirty, s.failures, s.started_pull::float8 as pull`,
});

function leaseOf(
  { cursor, coveredFrom, coveredTo, dirty, failures, pull }: LeaseRow,
  taken: Pick<Lease, 'id' | 'calendarId' | 'startedAt'>,
): Lease {
  return {
    ...{ ...taken, cursor, dirty, failures, pull },
    coveredFrom: coveredFrom?.getTime() ?? null,
    coveredTo: coveredTo?.getTime() ?? null,
  };
}

/**
 * Reads a calendar that is to be pulled and takes its lease, in one statement. A lease is taken where the calendar is selected, and its account
 * connected or one whose secret is tried again.
 * @param trials providers whose accounts' secrets are tried again
 * @returns without a lease while another pull holds it, and for a calendar that isn't pulled
 */
export async function takeTarget(
  store: Store,
  calendarId: string,
  { now, ttl, trials }: { now: Instant; ttl: number; trials: readonly ProviderName[] },
): Promise<{ target: PullTarget | null; lease: Lease | null }> {
  const id = randomSecret();
  const { taken, isFree, columns } = leaseSql(id, now, ttl);
  const [row] = await store.$queryRaw<TargetRow[]>`
    with target as materialized (${pullTarget(calendarId, now)}),
    taken as (
      update calendar_state s set ${taken} from target t
      where s.calendar_id = t.id and ${isFree} and t.selected and (t."accountStatus" = 'CONNECTED'
        or t."accountStatus" = 'AUTH_REVOKED' and t.provider::text = any(${[...trials]}::text[]))
      returning ${columns})
    select t.*, l.cursor, l."coveredFrom", l."coveredTo", l.dirty, l.failures as "leaseFailures", l.pull
    from target t left join taken l on true`;
  if (!row) return { target: null, lease: null };
  const { cursor, coveredFrom, coveredTo, dirty, leaseFailures: failures, pull, ...target } = row;
  if (dirty === null || failures === null || pull === null) return { target, lease: null };
  const held = { cursor, coveredFrom, coveredTo, dirty, failures, pull };
  return { target, lease: leaseOf(held, { id, calendarId, startedAt: now }) };
}

/** The lease's own columns are null where it wasn't taken. */
interface TargetRow extends PullTarget, Omit<LeaseRow, 'dirty' | 'failures' | 'pull'> {
  dirty: boolean | null;
  leaseFailures: number | null;
  pull: number | null;
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
