/** Watch channels compared with the provider's list of them: channels without a row, and rows that the list no longer names. */

import type { ListedChannel, ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';

/**
 * Accounts whose list is due before `before`, claimed: due again at `retryAt`, unless `listAgain` says otherwise. Of accounts
 * that came in through one connection any sees the channels of all, so the first stands for them.
 */
export async function claimDueChannelLists(
  tx: Tx,
  providers: readonly ProviderName[],
  { before, retryAt, limit }: { before: Instant; retryAt: Instant; limit: number },
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    update account a set list_due_at = ${new Date(retryAt)}
    from (
      select id from account
      where provider = any(${[...providers]}) and status = 'CONNECTED' and list_due_at <= ${new Date(before)}
        and not exists (
          select 1 from account first
          where first.connection_id = account.connection_id and first.status = 'CONNECTED' and first.id < account.id
        )
      order by list_due_at limit ${limit} for no key update skip locked
    ) due
    where a.id = due.id returning a.id`;
  return rows.map((row) => row.id);
}

/** Makes the account's list due at `at`. */
export async function scheduleChannelList(tx: Tx, account: string, at: Instant): Promise<void> {
  await tx.$executeRaw`
    update account set list_due_at = ${new Date(at)}
    where id = ${account} or connection_id = (select connection_id from account where id = ${account})`;
}

/**
 * Listed channels that have no row and that no process can be opening at this moment. `listed` must have been read before.
 * Rows of all accounts count: one person may have connected to several organisations, and a list names all their channels.
 * @param opening id of the caller's own row, which matches none of the listed channels
 */
export async function orphanedChannels(
  store: Store,
  provider: ProviderName,
  listed: readonly ListedChannel[],
  opening: string | null,
): Promise<ListedChannel[]> {
  const remoteIds = listed.map(({ remoteId }) => remoteId);
  const known = await store.watchChannel.findMany({
    where: { provider, remoteId: { in: remoteIds }, status: { in: ['opening', 'open', 'closing'] } },
    select: { remoteId: true },
  });
  const names = new Set(known.map(({ remoteId }) => remoteId));
  const unknown = listed.filter(({ remoteId }) => !names.has(remoteId));
  if (unknown.length === 0) return [];
  const rows = await store.$queryRaw<{ calendar: string }[]>`
    select lower(c.external_id) as calendar
    from watch_channel w join calendar c on c.id = w.calendar_id
    where w.provider = ${provider} and w.status = 'opening' and w.id is distinct from ${opening}`;
  const inFlight = new Set(rows.map(({ calendar }) => calendar));
  return unknown.filter(({ calendar }) =>
    calendar === null ? inFlight.size === 0 : !inFlight.has(calendar.toLowerCase()),
  );
}

/** Makes open channels due at once that the list does not name, of the account and of the others that the list covers. */
export async function markUnlistedDue(
  store: Store,
  account: { id: string; connectionId: string | null },
  { listed, listedAt, now }: { listed: readonly ListedChannel[]; listedAt: Instant; now: Instant },
): Promise<number> {
  const { id, connectionId } = account;
  return store.$executeRaw`
    update watch_channel set due_at = ${new Date(now)}
    where status = 'open' and opened_at < ${new Date(listedAt)}
      and account_id in (select id from account where id = ${id} or connection_id = ${connectionId})
      and not remote_id = any(${listed.map(({ remoteId }) => remoteId)}::text[])`;
}
