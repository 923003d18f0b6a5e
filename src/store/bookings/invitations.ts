/** Invitations that were received by mail, and the hosts that they address. */
import type { BusyKind } from '../../availability/period.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import type { Host } from '../rules/hosts.ts';

/** The block of one instance of an invitation. */
export interface InstanceBlock {
  id: string;
  start: Instant;
  end: Instant;
  kind: BusyKind;
  title: string | null;
}
export type InstanceBlocks = Record<string, InstanceBlock>;

export interface StoredInvitation {
  hostId: string;
  uid: string;
  organisationId: string;
  /** Lower case. */
  organizer: string | null;
  /** iCalendar. */
  calendar: string;
  blocks: InstanceBlocks;
  dueAt: Instant;
  updatedAt: Instant;
  /** The release of zone data that its times were read with; null: unknown. */
  zoneData: string | null;
}

/** The host must be locked, so that no other transaction changes the row. */
export async function findInvitation(tx: Tx, hostId: string, uid: string): Promise<StoredInvitation | null> {
  const row = await tx.invitation.findUnique({ where: { hostId_uid: { hostId, uid } } });
  // Only saveInvitation writes the column.
  return (
    row && {
      ...row,
      blocks: row.blocks as object as InstanceBlocks,
      dueAt: row.dueAt.getTime(),
      updatedAt: row.updatedAt.getTime(),
    }
  );
}

export async function saveInvitation(tx: Tx, invitation: StoredInvitation): Promise<void> {
  const { hostId, uid, dueAt, updatedAt, ...rest } = invitation;
  const times = { dueAt: new Date(dueAt), updatedAt: new Date(updatedAt) };
  const data = { ...rest, ...times, blocks: rest.blocks as object };
  const where = { hostId_uid: { hostId, uid } };
  await tx.invitation.upsert({ where, create: { hostId, uid, ...data }, update: data });
}

export const deleteInvitation = (tx: Tx, hostId: string, uid: string) =>
  tx.invitation.deleteMany({ where: { hostId, uid } });

/** Due invitations, the longest due first. */
export const dueInvitations = (tx: Tx, now: Instant, limit: number) =>
  tx.invitation.findMany({
    where: { dueAt: { lte: new Date(now) } },
    select: { hostId: true, uid: true },
    orderBy: { dueAt: 'asc' },
    take: limit,
  });

/** UIDs of up to `limit` invitations of a host, those first that are due first: ended ones come last. The others are due from now on. */
export async function takeInvitations(
  tx: Tx,
  hostId: string,
  limit: number,
  now: Instant,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ uid: string }[]>`
    select uid from invitation where host_id = ${hostId} order by due_at, uid limit ${limit}`;
  const uids = rows.map(({ uid }) => uid);
  if (uids.length === limit) {
    await tx.invitation.updateMany({
      where: { hostId, uid: { notIn: uids } },
      data: { dueAt: new Date(now) },
    });
  }
  return uids;
}

/** Makes due what was read with another release of zone data. */
export const refreshOtherZoneData = (tx: Tx, release: string, now: Instant): Promise<number> =>
  tx.$executeRaw`
    update invitation set due_at = ${new Date(now)}
    where zone_data is distinct from ${release} and due_at > ${new Date(now)}`;

/** Postpones an invitation that can't be processed now. */
export const postponeInvitation = (tx: Tx, hostId: string, uid: string, dueAt: Instant) =>
  tx.invitation.updateMany({ where: { hostId, uid }, data: { dueAt: new Date(dueAt) } });

/** Hosts whose slugs or e-mail addresses are among these, which are in lower case. */
export const hostsByMail = (tx: Tx, slugs: readonly string[], mailboxes: readonly string[]) =>
  tx.$queryRaw<Pick<Host, 'id' | 'slug' | 'email'>[]>`
    select id, slug, email from host
    where slug = any(${[...slugs]}) or lower(email) = any(${[...mailboxes]}) order by id`;

/**
 * Is the event one of this host's bookings, under the UID of the gateway or that of Google?
 * @param local the part of the event's UID before the @
 */
export async function isOwnBooking(tx: Tx, host: string, local: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ found: boolean }[]>`
    select exists (select from booking where id = ${local} and ${host} = any(hosts))
      or exists (select from booking_write where own_id = ${local} and host_id = ${host})
      or exists (select from booking_write where external_id = ${local}
        and calendar_id in (select id from calendar where host_id = ${host})) as found`;
  return rows[0]?.found ?? false;
}
