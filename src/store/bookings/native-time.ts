/** Native time as rows with history: the time of hosts that holds, bookings and blocks take. */
import type { NativeTime } from '../../availability/native.ts';
import type { BusyKind } from '../../availability/period.ts';
import { DAY, type Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/** Milliseconds after its end for which native time may still count for a limit or a window. */
export const RELEVANT_PAST = 9 * DAY;

/** Key of the bookings that share seats: those of one event type with the same start. */
export const slotKeyOf = (eventType: string, start: Instant) => `${eventType}@${start}`;

interface Row {
  host: string;
  kind: NativeTime['kind'];
  owner: string;
  eventType: string | null;
  start: number;
  end: number;
  bufferBefore: number;
  bufferAfter: number;
  busyKind: BusyKind;
  expiresAt: number | null;
}

/** Current native time by host, expired holds among it; in an order of its own that is always the same. */
export async function nativeTimes(
  tx: Tx,
  hosts: readonly string[],
  now: Instant,
): Promise<Map<string, NativeTime[]>> {
  const rows = await tx.$queryRaw<Row[]>`
    select host_id as host, kind, owner_id as owner, event_type_id as "eventType",
      epoch_ms(starts_at) as start, epoch_ms(ends_at) as "end",
      buffer_before::float8 as "bufferBefore", buffer_after::float8 as "bufferAfter", busy_kind as "busyKind",
      epoch_ms(expires_at) as "expiresAt"
    from native_time
    where host_id = any(${[...hosts]}) and valid_to is null and ends_at > ${new Date(now - RELEVANT_PAST)}
    order by starts_at, id`;
  const byHost = new Map(hosts.map((id): [string, NativeTime[]] => [id, []]));
  for (const { host, ...native } of rows) byHost.get(host)?.push(native);
  return byHost;
}

/** Current native time with the version that the cache knows it by, of one instant. Hosts that don't exist are left out. */
export const versionedNativeTimes = (
  tx: Tx,
  hosts: readonly string[],
  now: Instant,
): Promise<{ host: string; version: number; times: NativeTime[] }[]> =>
  tx.$queryRaw`
    select s.host_id as host, s.version::float8 as version, (
      select coalesce(json_agg(${NATIVE_TIME} order by t.starts_at, t.id), '[]') from native_time t
      where t.host_id = s.host_id and t.valid_to is null and t.ends_at > ${new Date(now - RELEVANT_PAST)}) as times
    from native_state s
    where s.host_id = any(${[...hosts]})`;

/** A row `t` of native_time as the JSON of a NativeTime. */
export const NATIVE_TIME = Prisma.sql`json_build_object('kind', t.kind, 'owner', t.owner_id, 'eventType', t.event_type_id,
  'start', epoch_ms(t.starts_at), 'end', epoch_ms(t.ends_at), 'bufferBefore', t.buffer_before, 'bufferAfter', t.buffer_after,
  'busyKind', t.busy_kind, 'expiresAt', epoch_ms(t.expires_at))`;

/**
 * Locks the hosts in the order of their ids: until the transaction ends, no other transaction takes their time.
 * @param network whose holds are counted one after another, too; it is locked once the hosts are. Null: none
 */
export const lockHosts = (tx: Tx, hosts: readonly string[], network: string | null = null) =>
  tx.$executeRaw`
    with locked as materialized (select 1 from host where id = any(${[...hosts]}) order by id for update)
    select case when ${network}::text is not null
      then pg_advisory_xact_lock(hashtextextended('hold/' || ${network}::text, 0)) end
    from (select count(*) from locked) done`;

/** The time that a hold or booking takes of its hosts. */
export interface NewNativeTime {
  hosts: readonly string[];
  kind: 'hold' | 'booking';
  owner: string;
  organisation: string;
  eventType: string;
  start: Instant;
  end: Instant;
  bufferBefore: number;
  bufferAfter: number;
  expiresAt: Instant | null;
  /** A host created the booking, so it may overlap other time. */
  byHost: boolean;
}

/**
 * Inserts native time in the lowest free seat of each host. The hosts must be locked.
 * @param options.from the hold or booking whose time ends with this statement, at all its hosts, which must be locked, too; absent: none
 * @param options.beside changes that the same statement makes, of rows that it does not read
 * @throws by the exclusion constraint when it overlaps time that is no seat of the same slot
 */
export async function takeNativeTime(
  tx: Tx,
  native: NewNativeTime,
  now: Instant,
  { from = null, beside = [] }: { from?: string | null; beside?: readonly Prisma.Sql[] } = {},
): Promise<void> {
  const { hosts, kind, owner, organisation, eventType, start, end, byHost, expiresAt } = native;
  const key = slotKeyOf(eventType, start);
  // An expired hold takes no time, but its row would. All that ends has ended before the first row is inserted: the count waits
  // for it. What the statement itself has ended still looks current to its search of a seat.
  await tx.$executeRaw`
    with ended as (
      update native_time
      set valid_to = greatest(valid_from, case when owner_id = ${from}::text then ${new Date(now)}::timestamptz else expires_at end)
      where valid_to is null
        and (owner_id = ${from}::text or host_id = any(${[...hosts]}) and expires_at <= ${new Date(now)}::timestamptz)
      returning 1)
    ${beside.length > 0 ? Prisma.sql`, ${Prisma.join(beside.map(asTable))}` : Prisma.empty}
    insert into native_time (organisation_id, host_id, kind, owner_id, event_type_id, slot_key, seat, by_host,
      starts_at, ends_at, buffer_before, buffer_after, expires_at, valid_from)
    select ${organisation}, host, ${kind}, ${owner}, ${eventType}, ${key},
      (select min(seat) from generate_series(0, 10000) seat where not exists (
        select 1 from native_time t where t.host_id = host and t.slot_key = ${key} and t.seat = seat.seat
          and t.valid_to is null and t.kind <> 'block' and not t.by_host
          and t.owner_id is distinct from ${from}::text
          and (t.expires_at is null or t.expires_at > ${new Date(now)}::timestamptz))),
      ${byHost}, ${new Date(start)}, ${new Date(end)}, ${BigInt(native.bufferBefore)}, ${BigInt(native.bufferAfter)},
      ${expiresAt === null ? null : new Date(expiresAt)}, ${new Date(now)}
    from unnest(${[...hosts]}::text[]) host, (select count(*) from ended) done`;
}

const asTable = (change: Prisma.Sql, index: number) =>
  Prisma.sql`${Prisma.raw(`beside_${index}`)} as (${change})`;

/** Ends the native time of a hold or booking at all its hosts. @returns those hosts. */
export async function endNativeTime(tx: Tx, owner: string, now: Instant): Promise<string[]> {
  const rows = await tx.$queryRaw<{ host: string }[]>`
    update native_time set valid_to = greatest(valid_from, ${new Date(now)}) where owner_id = ${owner} and valid_to is null
    returning host_id as host`;
  return rows.map(({ host }) => host);
}

/** Ends up to `limit` expired holds of all hosts, as of their expiry. @returns how many. */
export const endAllExpiredNativeTime = (tx: Tx, now: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    update native_time set valid_to = greatest(valid_from, expires_at)
    where id in (
      select id from native_time where valid_to is null and expires_at <= ${new Date(now)}
      order by expires_at limit ${limit} for update skip locked)`;

/** Deletes up to `limit` rows that ended before the retention period. @returns how many. */
export const pruneNativeTime = (tx: Tx, endedBefore: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from native_time where id in (
      select t.id from native_state s cross join lateral (
        select id from native_time
        where host_id = s.host_id and valid_to is not null and valid_to < ${new Date(endedBefore)}
        limit ${limit}
      ) t
      limit ${limit}
    )`;
