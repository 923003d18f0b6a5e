/** Holds: slots reserved for minutes. Their rows stay, so that confirming again finds what became of them. */
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import type { Hold } from '../generated/client.ts';

export type { Hold };

export const insertHold = (tx: Tx, data: Omit<Hold, 'releasedAt' | 'bookingId'>): Promise<Hold> =>
  tx.hold.create({ data });

/** The live holds that a network has, by any of these hashes of it, and when the first of them ends; null: there is none. */
export async function liveHoldsOfNetwork(
  tx: Tx,
  hashes: readonly string[],
  now: Instant,
): Promise<{ count: number; firstEnd: Instant | null }> {
  const [found] = await tx.$queryRaw<{ count: number; firstEnd: Instant | null }[]>`
    select count(*)::int as count, epoch_ms(min(expires_at)) as "firstEnd" from hold
    where (network_hash = any(${[...hashes]}) or wide_network_hash = any(${[...hashes]}))
      and released_at is null and booking_id is null and expires_at > ${new Date(now)}`;
  return found ?? { count: 0, firstEnd: null };
}

/** Changes of one network's holds wait for each other until the transaction ends. Hosts must be locked before. */
export const lockNetwork = (tx: Tx, network: string) =>
  tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`hold/${network}`}, 0))`;

/** Found by the hash of its token: 256 bits of entropy leave nothing to time. */
export const holdByHash = (tx: Tx, tokenHash: string): Promise<Hold | null> =>
  tx.hold.findUnique({ where: { tokenHash } });

/** Waits for the row's lock and keeps it until the transaction ends. Its hosts must be locked before. */
export async function lockHold(tx: Tx, id: string): Promise<Hold | null> {
  await tx.$queryRaw`select 1 from hold where id = ${id} for update`;
  return tx.hold.findUnique({ where: { id } });
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

/** The row must be locked. */
export const markBooked = (tx: Tx, id: string, bookingId: string) =>
  tx.hold.update({ where: { id }, data: { bookingId, ...NO_NETWORK } });

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
