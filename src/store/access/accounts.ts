/** Connected accounts: their hosts, the state of their grants, and their sealed tokens. */

import { newId } from '../../ids.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import type { Account, AccountStatus } from '../generated/client.ts';

export type { Account, AccountStatus };

export const accountsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.account.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

/** Accounts of the hosts, disconnected ones included. */
export const accountsOfHosts = (tx: Tx, hosts: readonly string[]) =>
  tx.account.findMany({ where: { hostId: { in: [...hosts] } }, orderBy: { id: 'asc' } });

/** An account by id, for internal callers that act on the account's behalf: the organisation is not checked. */
export const accountById = (tx: Tx, id: string) => tx.account.findUnique({ where: { id } });

/** Waits for the row's lock and keeps it until the transaction ends. */
export async function lockAccount(tx: Tx, id: string): Promise<Account | null> {
  await tx.$queryRaw`select 1 from account where id = ${id} for no key update`;
  return accountById(tx, id);
}

/** The account of this subject, locked; made, without tokens, when there is none. Its host may be another one. */
export async function ensureAccount(
  tx: Tx,
  wanted: Pick<Account, 'organisationId' | 'hostId' | 'provider' | 'subject' | 'email'>,
): Promise<{ account: Account; created: boolean }> {
  const { organisationId, hostId, provider, subject, email } = wanted;
  const created = await tx.$executeRaw`
    insert into account (id, organisation_id, host_id, provider, subject, email, status)
    values (${newId('Account')}, ${organisationId}, ${hostId}, ${provider}, ${subject}, ${email}, 'CONNECTED')
    on conflict (organisation_id, provider, subject) do nothing`;
  await tx.$queryRaw`
    select 1 from account
    where organisation_id = ${organisationId} and provider = ${provider} and subject = ${subject} for no key update`;
  const account = await tx.account.findUniqueOrThrow({
    where: { organisationId_provider_subject: { organisationId, provider, subject } },
  });
  return { account, created: created > 0 };
}

export const changeAccount = (
  tx: Tx,
  id: string,
  data: Partial<
    Pick<
      Account,
      'email' | 'tokens' | 'tokensExpireAt' | 'connectionId' | 'refusedSince' | 'awaitsConfirmation'
    >
  > & {
    status?: AccountStatus;
  },
) => tx.account.update({ where: { id }, data });

/** Replaces the sealed tokens unless they are no longer `before`. */
export const replaceTokens = (tx: Tx, id: string, before: string, after: string) =>
  tx.account.updateMany({ where: { id, tokens: before }, data: { tokens: after } });

/** Marks the account and all its calendars as revoked. @returns the calendars. */
export async function markRevoked(tx: Tx, id: string, reason: string): Promise<string[]> {
  await changeAccount(tx, id, { status: 'AUTH_REVOKED' });
  const rows = await tx.$queryRaw<{ id: string }[]>`
    update calendar_state s set trouble = 'auth-revoked', error = ${reason}
    from calendar c where c.account_id = ${id} and s.calendar_id = c.id returning c.id`;
  return rows.map((row) => row.id);
}

/** The provider accepted the account's secret. Locks the row only where it had been refused. */
export const clearRefusal = (tx: Tx, id: string) =>
  tx.account.updateMany({ where: { id, refusedSince: { not: null } }, data: { refusedSince: null } });

/** Connects a revoked account whose secret is accepted again. @returns its calendars, due at once where they are selected. */
export async function restoreAccount(tx: Tx, id: string, now: Instant): Promise<string[]> {
  if ((await lockAccount(tx, id))?.status !== 'AUTH_REVOKED') return [];
  await changeAccount(tx, id, { status: 'CONNECTED' });
  return clearRevoked(tx, id, now);
}

/** What an earlier version recorded of an account whose secret no key opened: see `reopenAccount`. */
const UNOPENED = 'auth-revoked: no key of ENCRYPTION_KEYS opens %';

/** Ids of revoked accounts whose calendars say that the reason was a missing key, some at a time. */
export async function unopenedAccounts(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select a.id from account a where a.status = 'AUTH_REVOKED' and exists (
      select 1 from calendar c join calendar_state s on s.calendar_id = c.id
      where c.account_id = a.id and s.trouble = 'auth-revoked' and s.error like ${UNOPENED})
    order by random() limit ${limit}`;
  return rows.map((row) => row.id);
}

/**
 * Connects an account whose grant was never refused, only unreadable. Its row must be locked. Its calendars are unreachable
 * until a pull succeeds, and due at once where they are selected. @returns its calendars
 */
export async function reopenAccount(
  tx: Tx,
  id: string,
  now: Instant,
): Promise<{ id: string; selected: boolean }[]> {
  await changeAccount(tx, id, { status: 'CONNECTED' });
  return tx.$queryRaw<{ id: string; selected: boolean }[]>`
    update calendar_state s set trouble = 'unreachable', error = 'sealed: a key of ENCRYPTION_KEYS opens the stored secret again',
      failures = 1,
      dirty_since = case when c.selected then coalesce(s.dirty_since, ${new Date(now)}) end,
      due_at = case when c.selected then ${new Date(now)}::timestamptz end
    from calendar c where c.account_id = ${id} and s.calendar_id = c.id and s.trouble = 'auth-revoked'
    returning c.id, c.selected`;
}

/** Makes the calendars of a restored grant due at once. @returns the calendars that had lost it. */
export async function clearRevoked(tx: Tx, id: string, now: Instant): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    update calendar_state s set trouble = null, error = null, failures = 0,
      dirty_since = case when c.selected then coalesce(s.dirty_since, ${new Date(now)}) end,
      due_at = case when c.selected then ${new Date(now)}::timestamptz end
    from calendar c where c.account_id = ${id} and s.calendar_id = c.id and s.trouble = 'auth-revoked'
    returning c.id`;
  return rows.map((row) => row.id);
}
