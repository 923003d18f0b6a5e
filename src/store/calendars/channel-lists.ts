/** Watch channels beside the provider's own list of them: what no row of ours stands for, and what the list no longer names. */

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

/** The account's list is to be read at `at`. */
export async function scheduleChannelList(tx: Tx, account: string, at: Instant): Promise<void> {
  await tx.$executeRaw`
    update account set list_due_at = ${new Date(at)}
    where id = ${account} or connection_id = (select connection_id from account where id = ${account})`;
}

/**
 * Channels that nobody here knows, and that nobody here can be opening at this moment. `listed` must have been read before.
 * Rows of all accounts count: the same person may have connected to several organisations, and a list names all they have.
 * @param opening id of the asker's own row, which stands for none of them.
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

/** Open channels of the account, and of those that the list is good for beside it, that it does not name: looked at now. */
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
