/** Holds: slots reserved for minutes. Their rows stay, so that confirming again finds what became of them. */
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import type { Hold } from '../generated/client.ts';

export type { Hold };

export const insertHold = (tx: Tx, data: Omit<Hold, 'releasedAt' | 'bookingId'>): Promise<Hold> =>
  tx.hold.create({ data });

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

/** The row must be locked. */
export const markReleased = (tx: Tx, id: string, now: Instant) =>
  tx.hold.update({ where: { id }, data: { releasedAt: new Date(now) } });

/** The row must be locked. */
export const markBooked = (tx: Tx, id: string, bookingId: string) =>
  tx.hold.update({ where: { id }, data: { bookingId } });

/** Holds that came to nothing long ago, some at a time. @returns how many went. */
export const pruneHolds = (tx: Tx, endedBefore: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from hold where id in (
      select id from hold where expires_at < ${new Date(endedBefore)} and booking_id is null limit ${limit})`;
