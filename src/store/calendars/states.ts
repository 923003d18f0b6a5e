/** Sync state of calendars: where a pull starts, its result, and when the next one is due. */
import { type Basis, CLOCK_TOLERANCE, type Trouble } from '../../calendars/source.ts';
import type { ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { AccountStatus } from '../access/accounts.ts';
import type { Store, Tx } from '../client.ts';
import { Prisma, type Trouble as StoredTrouble } from '../generated/client.ts';
import type { Lease } from './leases.ts';

/** Milliseconds until a dirty calendar is due by itself, should its job be lost. */
const DIRTY_DUE = 5_000;

/** A calendar to be pulled, with its lease. */
export interface PullTarget {
  id: string;
  organisationId: string;
  accountId: string;
  provider: ProviderName;
  externalId: string;
  timeZone: string | null;
  /** IANA time zone of the calendar's host. */
  hostZone: string;
  /** Mail addresses of the calendar's host and of its account, as they were given. */
  ownerAddresses: (string | null)[];
  selected: boolean;
  accountStatus: AccountStatus;
  /** Does the calendar have a live watch channel? */
  watched: boolean;
  provenAsOf: Date | null;
  failures: number;
  leaseId: string | null;
  /** The numbers of the last pull that began, and of the last one that proved the calendar. */
  startedPull: number | null;
  provenPull: number | null;
  /** The release of zone data that all of the calendar was last read with; null: unknown. */
  zoneData: string | null;
  /** A feed shows titles of the calendar's events, and they are not stored. */
  lacksTitles: boolean;
}

export async function loadPullTarget(store: Store, id: string, now: Instant): Promise<PullTarget | null> {
  const [target] = await store.$queryRaw<PullTarget[]>(pullTarget(id, now));
  return target ?? null;
}

/** The query of a calendar's PullTarget. */
export const pullTarget = (id: string, now: Instant): Prisma.Sql => Prisma.sql`
    select c.id, c.organisation_id as "organisationId", c.account_id as "accountId", c.provider,
      c.external_id as "externalId", c.time_zone as "timeZone", coalesce(h.time_zone, 'UTC') as "hostZone",
      array[h.email, a.email] as "ownerAddresses",
      c.selected, a.status as "accountStatus",
      exists (
        select 1 from watch_channel w where w.calendar_id = c.id and w.status = 'open'
          and (w.expires_at is null or w.expires_at > ${new Date(now)})
      ) as watched,
      s.proven_as_of as "provenAsOf", s.failures, s.lease_id as "leaseId",
      s.started_pull::float8 as "startedPull", s.proven_pull::float8 as "provenPull",
      s.zone_data as "zoneData",
      not s.titles and exists (select 1 from feed f where f.host_id = c.host_id and f.titles) as "lacksTitles"
    from calendar c join account a on a.id = c.account_id join calendar_state s on s.calendar_id = c.id
      left join host h on h.id = c.host_id
    where c.id = ${id}`;

/**
 * Marks calendars as dirty after a possible change; the caller enqueues their pulls too. A running pull may have missed the
 * change: the number drawn here tells whether the pull began before or after it, whatever the two processes' clocks say.
 */
export async function markDirty(tx: Tx, calendars: readonly string[], now: Instant): Promise<void> {
  if (calendars.length === 0) return;
  await tx.$executeRaw(dirtyCalendars(calendars, now));
}

/** The update that `markDirty` makes. @param condition of which all must hold */
export const dirtyCalendars = (
  calendars: readonly string[],
  now: Instant,
  condition: Prisma.Sql = Prisma.sql`true`,
): Prisma.Sql => Prisma.sql`
    update calendar_state s set
      dirty_pull = nextval('slotwire_pull'),
      dirty_since = case when s.dirty_since > coalesce(s.last_started_at, '-infinity') then least(s.dirty_since, ${new Date(now)})
        else ${new Date(now)} end,
      due_at = case when s.failures > 0 and s.due_at is not null then s.due_at
        else least(s.due_at, ${new Date(now + DIRTY_DUE)}) end
    from (
      select calendar_id from calendar_state where calendar_id = any(${[...calendars]}::text[]) and ${condition}
      order by calendar_id for no key update
    ) named
    where s.calendar_id = named.calendar_id`;

export interface PullResult {
  basis: Basis;
  cursor: string | null;
  /** The release of zone data that the pull read all of the calendar with; null: it read only what changed. */
  zoneData: string | null;
  /** Did the calendar contain events that the provider module could not read, or not for certain? */
  trouble: Extract<Trouble, 'partial' | 'approximate'> | null;
  coveredFrom: Instant;
  coveredTo: Instant;
  completedAt: Instant;
  /** When the next pull is due if the calendar is not dirty. */
  dueAt: Instant;
  /** Does it prove the calendar? A process whose clock can't be trusted stores what it read, and the proof stays as it was. */
  proves: boolean;
}

/**
 * Records a completed pull and releases its lease. From then on the transaction holds the lock of the calendar's state.
 * @returns null when the lease was lost or the cursor was replaced: roll back then.
 */
export async function recordPull(
  tx: Tx,
  lease: Lease,
  result: PullResult,
): Promise<{ dirty: boolean } | null> {
  const [state] = await tx.$queryRaw<{ dirty: boolean }[]>`
    update calendar_state s set ${pulledState(lease, result)}
    where ${isHeldBy(lease)}
    returning s.dirty_since is not null as dirty`;
  return state ?? null;
}

/** Whether `calendar_state s` is the lease's still, with the cursor that its pull began with. */
export const isHeldBy = ({ calendarId, id, cursor }: Lease): Prisma.Sql =>
  Prisma.sql`s.calendar_id = ${calendarId} and s.lease_id = ${id} and s.cursor is not distinct from ${cursor}`;

/** What a completed pull makes of `calendar_state s`. */
export function pulledState(lease: Lease, result: PullResult): Prisma.Sql {
  const { basis, cursor, zoneData, trouble, coveredFrom, coveredTo, completedAt, dueAt, proves } = result;
  const start = new Date(lease.startedAt);
  // Marks that carry no number are those of a process of an earlier version, and a new selection, which no pull can overtake.
  const isDirty = Prisma.sql`(s.dirty_since is not null and coalesce(s.dirty_pull > ${lease.pull}::bigint,
    s.dirty_since > ${start} and s.dirty_since <= ${new Date(completedAt)}))`;
  return Prisma.sql`
      version = nextval('slotwire_version'), cursor = ${cursor},
      proven_as_of = case when ${proves} then ${start}::timestamptz else s.proven_as_of end,
      proven_pull = case when ${proves} then ${lease.pull}::bigint else s.proven_pull end,
      basis = case when ${proves} then ${basis}::basis else s.basis end,
      covered_from = ${new Date(coveredFrom)}, covered_to = ${new Date(coveredTo)},
      last_succeeded_at = ${new Date(completedAt)}, failures = 0,
      trouble = ${trouble}, error = null,
      dirty_since = case when ${isDirty} then s.dirty_since end,
      dirty_pull = case when ${isDirty} then s.dirty_pull end,
      due_at = case when ${isDirty} then ${new Date(completedAt + DIRTY_DUE)}::timestamptz
        else ${new Date(dueAt)} end,
      zone_data = coalesce(${zoneData}, s.zone_data), lease_id = null, lease_until = null`;
}

/**
 * The host lives in another zone from now on: calendars without a zone of their own lie elsewhere, so they are due at once, and
 * partial until they were read again. A running pull, which read them in the old zone, can't commit any more.
 * @returns their ids; the caller enqueues their pulls
 */
export async function markMovedWithHost(tx: Tx, host: string, now: Instant): Promise<string[]> {
  const at = new Date(now);
  const rows = await tx.$queryRaw<{ id: string }[]>`
    update calendar_state s set
      dirty_pull = nextval('slotwire_pull'), dirty_since = ${at}, due_at = ${at},
      trouble = case when s.proven_as_of is null or s.trouble = 'auth-revoked' then s.trouble else 'partial' end,
      lease_id = null, lease_until = null
    from (
      select own.calendar_id from calendar c join calendar_state own on own.calendar_id = c.id
      where c.host_id = ${host} and c.time_zone is null and c.selected
      order by own.calendar_id for update of own
    ) moved
    where s.calendar_id = moved.calendar_id
    returning s.calendar_id as id`;
  return rows.map(({ id }) => id).sort();
}

export interface PullFailure {
  trouble: Trouble;
  /** For operators. */
  error: string;
  /** Replaces the cursor that the pull began with; null keeps that cursor. */
  cursor: string | null;
  dueAt: Instant;
}

/** Records a failed pull and releases its lease; stored events stay. @returns false when the lease was lost. */
export async function recordPullFailure(
  tx: Tx,
  lease: Lease,
  { trouble, error, cursor, dueAt }: PullFailure,
): Promise<boolean> {
  const noted = await tx.$executeRaw`
    update calendar_state set failures = failures + 1, error = ${error},
      -- What was partial is not whole because it can't be reached now.
      trouble = case when trouble = 'partial' and ${trouble} = 'unreachable' then trouble
        else ${trouble}::trouble end,
      cursor = coalesce(${cursor}, cursor),
      due_at = ${new Date(dueAt)}, lease_id = null, lease_until = null
    where calendar_id = ${lease.calendarId} and lease_id = ${lease.id}`;
  return noted > 0;
}

/** Makes a calendar that can't be pulled now due again at `dueAt`, or never while it is not selected. */
export async function postponePull(store: Store, id: string, dueAt: Instant): Promise<void> {
  await store.$executeRaw`
    update calendar_state s set
      due_at = case when c.selected then ${new Date(dueAt)}::timestamptz end,
      dirty_since = case when c.selected then s.dirty_since end
    from calendar c where c.id = s.calendar_id and s.calendar_id = ${id}`;
}

/** Makes a leased calendar due when its lease ends. A live holder renews the lease and sets the due time itself. */
export async function dueWhenLeaseEnds(store: Store, id: string): Promise<void> {
  await store.$executeRaw`
    update calendar_state set due_at = least(due_at, lease_until)
    where calendar_id = ${id} and lease_until is not null`;
}

/**
 * Makes calendars due whose last pull began in the future: the clock was set back since, and their due time with it would not
 * come for as long. @returns how many
 */
export const makeDueAfterStepBack = (tx: Tx, now: Instant): Promise<number> =>
  tx.$executeRaw`
    update calendar_state set due_at = ${new Date(now)}
    where due_at > ${new Date(now)} and last_started_at > ${new Date(now + CLOCK_TOLERANCE)}`;

/** Claims due calendars: other callers get other calendars until the claim ends without a pull. */
export async function claimDueCalendars(
  tx: Tx,
  now: Instant,
  claim: number,
  limit: number,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    update calendar_state s set due_at = ${new Date(now + claim)}
    from (
      select calendar_id from calendar_state where due_at <= ${new Date(now)}
      order by due_at limit ${limit} for update skip locked
    ) due
    where s.calendar_id = due.calendar_id returning s.calendar_id as id`;
  return rows.map((row) => row.id);
}

/** A calendar's trouble in a typed row: Prisma takes no hyphen in a name. Raw queries have it as the database and the code do. */
const STORED = {
  'auth-revoked': 'auth_revoked',
  unreachable: 'unreachable',
  partial: 'partial',
  approximate: 'approximate',
} satisfies Record<Trouble, StoredTrouble>;

/** A change came without the notification that was expected of it. */
export const recordLostNotification = (tx: Tx, calendar: string, now: Instant) =>
  tx.calendarState.updateMany({
    where: { calendarId: calendar },
    data: { notificationLostAt: new Date(now) },
  });

export const storedTrouble = (trouble: Trouble): StoredTrouble => STORED[trouble];
