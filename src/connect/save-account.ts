/** An account as it becomes once access is granted, by whatever way: its row, its calendars, what is read of them. */
import { cacheKey } from '../cache/port.ts';
import { conflict, notFound } from '../errors.ts';
import type { RemoteCalendar } from '../providers/port.ts';
import { type Account, changeAccount, clearRevoked, ensureAccount } from '../store/access/accounts.ts';
import { hostsByIds, keepHosts } from '../store/rules/hosts.ts';
import { createApplyList } from './calendar-list.ts';
import type { ConnectDeps } from './deps.ts';
import { askFor, createSelection } from './selection.ts';

/** How an account gets its tokens from now on. */
export type Grant = Pick<Account, 'tokens' | 'tokensExpireAt' | 'connectionId'>;

/**
 * Makes the account or heals it, brings its calendars to the list, selects the primary one when none is selected, and
 * asks for channels and pulls.
 * @param grant given the account as it was
 * @throws SlotwireError NOT_FOUND (host), CONFLICT when the account is another host's; what `grant` throws
 */
export type KeepAccount = (
  wanted: Pick<Account, 'organisationId' | 'hostId' | 'provider' | 'subject' | 'email'>,
  listed: readonly RemoteCalendar[],
  grant: (account: Account) => Grant,
) => Promise<Account>;

export function createKeepAccount({ jobs, publisher }: Pick<ConnectDeps, 'jobs' | 'publisher'>): KeepAccount {
  const selection = createSelection({ jobs });
  const applyList = createApplyList({ jobs, selection });

  return (wanted, listed, grant) =>
    publisher.change(async (tx, now) => {
      const { organisationId, hostId, email } = wanted;
      await keepHosts(tx, organisationId, [hostId]);
      const [host] = await hostsByIds(tx, organisationId, [hostId]);
      if (!host) throw notFound('host', hostId);
      const { account, made } = await ensureAccount(tx, wanted);
      if (account.hostId !== hostId) {
        throw conflict(`The account ${account.id} is connected to the host ${account.hostId}.`);
      }
      const result = await changeAccount(tx, account.id, { email, status: 'CONNECTED', ...grant(account) });
      const { calendars, keys } = await applyList(tx, result, listed, now);
      if (!made) keys.push(...(await clearRevoked(tx, account.id, now)).map(cacheKey.calendar));
      const selected = calendars.filter((calendar) => calendar.selected).map(({ id }) => id);
      const primary = calendars.find((calendar) => calendar.primary);
      if (selected.length > 0) await askFor(jobs, tx, selected);
      else if (primary) keys.push(...(await selection.select(tx, primary, result, now)));
      return { result, keys };
    });
}
