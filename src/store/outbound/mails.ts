/** Mails to visitors and hosts. A lease keeps two processes from sending one mail at once, and mails about one booking to one address keep their order. */
import { newId } from '../../ids.ts';
import { randomSecret } from '../../secrets.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import { type Mail, type MailKind, type MailStatus, Prisma } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { Mail, MailKind, MailStatus };

/** A mail as it is written. */
export interface NewMail {
  organisation: string;
  kind: MailKind;
  /** Null: it is about none. */
  booking: string | null;
  /** Null: it goes to the visitor. */
  host: string | null;
  recipient: string;
  /** JSON. */
  facts: string;
  dueAt: Instant;
  expiresAt: Instant;
}

/** @returns their ids, in order */
export async function insertMails(tx: Tx, mails: readonly NewMail[], now: Instant): Promise<string[]> {
  const rows = mails.map(({ organisation, booking, host, dueAt, expiresAt, ...mail }) => ({
    ...mail,
    id: newId('Mail'),
    organisationId: organisation,
    bookingId: booking,
    hostId: host,
    status: 'PENDING' as const,
    dueAt: new Date(dueAt),
    expiresAt: new Date(expiresAt),
    createdAt: new Date(now),
  }));
  await tx.mail.createMany({ data: rows });
  return rows.map(({ id }) => id);
}

/** A mail about a booking that waits to be sent and may still be written anew. */
export type WaitingMail = Pick<Mail, 'id' | 'hostId' | 'recipient' | 'facts'>;

/** Locks a booking's mails that wait to be sent, without reminders and those that are being sent just now. */
export const lockWaitingMails = (tx: Tx, booking: string, now: Instant): Promise<WaitingMail[]> =>
  tx.$queryRaw<WaitingMail[]>`
    select id, host_id as "hostId", recipient, facts from mail
    where booking_id = ${booking} and status = 'PENDING' and kind in ('BOOKED', 'MOVED', 'LINK')
      and (lease_until is null or lease_until <= ${new Date(now)})
    order by id for update`;

/** The row must be locked. The mail is due at once. */
export const rewriteMail = (tx: Tx, id: string, facts: string, now: Instant) =>
  tx.mail.update({ where: { id }, data: { facts, dueAt: new Date(now) } });

/** A mail to be sent. */
export interface LeasedMail extends Omit<NewMail, 'dueAt'> {
  id: string;
  lease: string;
  /** Tries before this one. */
  attempts: number;
  createdAt: Instant;
}

/**
 * An earlier mail about the same booking to the same address still waits to be sent. A reminder waits for its own time and holds
 * up no other mail.
 */
const IS_BEHIND = Prisma.sql`exists (
  select 1 from mail o
  where o.booking_id = m.booking_id and o.host_id is not distinct from m.host_id
    and o.recipient = m.recipient
    and o.status = 'PENDING' and o.kind <> 'REMINDER' and o.id < m.id)`;

const isDue = (now: Instant) => Prisma.sql`
  m.status = 'PENDING' and m.due_at <= ${new Date(now)}
  and (m.lease_until is null or m.lease_until <= ${new Date(now)}) and not ${IS_BEHIND}`;

/** @returns null when the mail is not due, or another process sends it */
export async function leaseMail(
  tx: Tx,
  id: string,
  now: Instant,
  until: Instant,
): Promise<LeasedMail | null> {
  const lease = randomSecret();
  const rows = await tx.$queryRaw<Omit<LeasedMail, 'lease'>[]>`
    update mail m set lease_id = ${lease}, lease_until = ${new Date(until)}
    where m.id = ${id} and ${isDue(now)}
    returning m.id, m.organisation_id as organisation, m.kind, m.booking_id as booking, m.host_id as host, m.recipient, m.facts,
      m.attempts, epoch_ms(m.created_at) as "createdAt", epoch_ms(m.expires_at) as "expiresAt"`;
  const [row] = rows;
  return row ? { ...row, lease } : null;
}

/** @returns false when the lease was lost, as when the mail was erased */
export async function renewMailLease(
  tx: Tx,
  { id, lease }: Pick<LeasedMail, 'id' | 'lease'>,
  until: Instant,
): Promise<boolean> {
  const renewed = await tx.mail.updateMany({
    where: { id, leaseId: lease, status: 'PENDING' },
    data: { leaseUntil: new Date(until) },
  });
  return renewed.count > 0;
}

/** What became of an attempt: the mail was sent, has failed for good, or is due again; with what the mail server answered. */
export type MailResult = { code: number | null; error: string | null } & (
  | { status: 'SENT' | 'FAILED' }
  | { dueAt: Instant }
);

/**
 * Stores the outcome and ends the lease.
 * @returns false, with nothing done, when the lease was lost. A mail that was erased meanwhile stays erased, unless it was sent.
 */
export async function finishMail(
  tx: Tx,
  { id, lease }: Pick<LeasedMail, 'id' | 'lease'>,
  outcome: MailResult,
  now: Instant,
): Promise<boolean> {
  const [found] = await tx.$queryRaw<{ status: MailStatus }[]>`
    select status from mail where id = ${id} and lease_id = ${lease} for update`;
  if (!found) return false;
  const erased = found.status === 'ERASED';
  const ended = 'status' in outcome ? outcome.status : null;
  const status = erased && ended !== 'SENT' ? 'ERASED' : (ended ?? 'PENDING');
  await tx.mail.update({
    where: { id },
    data: {
      status,
      attempts: { increment: 1 },
      responseCode: outcome.code,
      error: erased ? null : outcome.error,
      dueAt: status === 'PENDING' && 'dueAt' in outcome ? new Date(outcome.dueAt) : null,
      ...(status === 'PENDING' ? {} : { endedAt: new Date(now) }),
      // What was sent is read no more.
      ...(status === 'SENT' ? { facts: null } : {}),
      leaseId: null,
      leaseUntil: null,
    },
  });
  return true;
}

/** Ends the lease of an attempt that was not made; the mail stays due. */
export const releaseMailLease = (tx: Tx, { id, lease }: Pick<LeasedMail, 'id' | 'lease'>) =>
  tx.mail.updateMany({ where: { id, leaseId: lease }, data: { leaseId: null, leaseUntil: null } });

/** Ids of mails that are due and that no process sends, those first that are due longest. @param booking of one booking alone */
export async function dueMails(tx: Tx, now: Instant, limit: number, booking?: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select m.id from mail m
    where ${isDue(now)} ${booking === undefined ? Prisma.empty : Prisma.sql`and m.booking_id = ${booking}`}
    order by m.due_at, m.id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Deletes a booking's reminders that were not sent yet; one that is being sent just now stays. */
export const deleteReminders = (tx: Tx, booking: string, now: Instant): Promise<number> =>
  tx.$executeRaw`
    delete from mail where booking_id = ${booking} and kind = 'REMINDER' and status = 'PENDING'
      and (lease_until is null or lease_until <= ${new Date(now)})`;

/** Deletes ended mails, some at a time. @returns how many went */
export const pruneMails = (store: Store, endedBefore: Instant, limit: number): Promise<number> =>
  store.$executeRaw`
    delete from mail where id in (
      select id from mail where ended_at < ${new Date(endedBefore)} order by ended_at limit ${limit})`;

export const mailsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.mail.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

/** @param status null: whatever became of them */
export const listMails = (store: Store, organisation: string, status: MailStatus | null): RowList<Mail> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return store.mail.findMany({
      ...order,
      where: { ...where, organisationId: organisation, ...(status === null ? {} : { status }) },
    });
  },
  count: () =>
    store.mail.count({ where: { organisationId: organisation, ...(status === null ? {} : { status }) } }),
});
