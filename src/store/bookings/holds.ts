/** Holds: slots reserved for minutes. Their rows stay, so that confirming again finds what became of them. */
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { type Hold, Prisma } from '../generated/client.ts';

export type { Hold };

const COLUMNS = Prisma.sql`id, organisation_id as "organisationId", event_type_id as "eventTypeId", token_hash as "tokenHash",
  starts_at as "startsAt", ends_at as "endsAt", hosts, expires_at as "expiresAt", released_at as "releasedAt",
  booking_id as "bookingId", created_at as "createdAt", network_hash as "networkHash", wide_network_hash as "wideNetworkHash"`;

/** The statement that inserts it, for takeNativeTime to run with its own. */
export const holdInsertion = (hold: Omit<Hold, 'releasedAt' | 'bookingId'>): Prisma.Sql =>
  Prisma.sql`
    insert into hold (id, organisation_id, event_type_id, token_hash, starts_at, ends_at, hosts, expires_at, created_at,
      network_hash, wide_network_hash)
    values (${hold.id}, ${hold.organisationId}, ${hold.eventTypeId}, ${hold.tokenHash}, ${hold.startsAt}, ${hold.endsAt},
      ${hold.hosts}, ${hold.expiresAt}, ${hold.createdAt}, ${hold.networkHash}, ${hold.wideNetworkHash})`;

/** The live holds of networks by their hashes, and when the first of each ends. A hash that no hold has is left out. */
export const liveHoldsOfNetworks = (
  tx: Tx,
  hashes: readonly string[],
  now: Instant,
): Promise<{ hash: string; count: number; firstEnd: Instant }[]> =>
  tx.$queryRaw`
    select hash, count(*)::int as count, epoch_ms(min(expires_at)) as "firstEnd"
    from hold cross join lateral unnest(array[network_hash, wide_network_hash]) hash
    where (network_hash = any(${[...hashes]}) or wide_network_hash = any(${[...hashes]})) and hash = any(${[...hashes]})
      and released_at is null and booking_id is null and expires_at > ${new Date(now)}
    group by hash`;

/** Found by the hash of its token: 256 bits of entropy leave nothing to time. */
export async function holdByHash(tx: Tx, tokenHash: string): Promise<Hold | null> {
  const [hold] = await tx.$queryRaw<Hold[]>`select ${COLUMNS} from hold where token_hash = ${tokenHash}`;
  return hold ?? null;
}

/** Waits for the row's lock and keeps it until the transaction ends. Its hosts must be locked before. */
export async function lockHold(tx: Tx, id: string): Promise<Hold | null> {
  const [hold] = await tx.$queryRaw<Hold[]>`select ${COLUMNS} from hold where id = ${id} for update`;
  return hold ?? null;
}

/** Neither released, nor booked, nor over. */
export const isLiveHold = (hold: Hold, now: Instant) =>
  hold.releasedAt === null && hold.bookingId === null && hold.expiresAt.getTime() > now;

/** Live ones of these event types, or that a host is in; in the order of their ids. */
export const liveHolds = (
  tx: Tx,
  of: { eventTypes: readonly string[]; host: string | null },
  now: Instant,
): Promise<{ id: string; hosts: string[] }[]> =>
  tx.$queryRaw`
    select id, hosts from hold
    where released_at is null and booking_id is null and expires_at > ${new Date(now)}
      and (event_type_id = any(${[...of.eventTypes]}) or ${of.host} = any(hosts))
    order by id`;

/** The hold, and the time that it takes, end at `until`. The row must be locked. */
export async function extendHold(tx: Tx, id: string, until: Instant): Promise<void> {
  await tx.hold.update({ where: { id }, data: { expiresAt: new Date(until) } });
  await tx.nativeTime.updateMany({
    where: { ownerId: id, validTo: null },
    data: { expiresAt: new Date(until) },
  });
}

/** A hold that is over counts for no network. */
const NO_NETWORK = { networkHash: null, wideNetworkHash: null };

/** The row must be locked. */
export const markReleased = (tx: Tx, id: string, now: Instant) =>
  tx.hold.update({ where: { id }, data: { releasedAt: new Date(now), ...NO_NETWORK } });

/** Blanks the networks of holds that are over, some at a time. */
export const blankExpiredHolds = (tx: Tx, now: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    update hold set network_hash = null, wide_network_hash = null where id in (
      select id from hold where network_hash is not null and expires_at <= ${new Date(now)} limit ${limit})`;

/** Holds that came to nothing long ago, some at a time. @returns how many went. */
export const pruneHolds = (tx: Tx, endedBefore: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from hold where id in (
      select id from hold where expires_at < ${new Date(endedBefore)} and booking_id is null limit ${limit})`;
