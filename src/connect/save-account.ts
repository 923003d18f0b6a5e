/** Saves an account once access is granted: its row, its calendars and their selection. */
import { cacheKey } from '../cache/keys.ts';
import { mailAddressesOf } from '../calendars/mail-address.ts';
import { conflict, notFound } from '../errors.ts';
import type { RemoteCalendar } from '../providers/port.ts';
import { type Account, changeAccount, clearRevoked, ensureAccount } from '../store/access/accounts.ts';
import { retryWritesAfterPull } from '../store/bookings/writes.ts';
import { type Host, hostsByIds, lockHostsForShare } from '../store/rules/hosts.ts';
import { createApplyCalendarList } from './calendar-list.ts';
import type { ConnectDeps } from './deps.ts';
import { createCalendarSelection, enqueueFirstSync } from './selection.ts';

/** The account's columns for its tokens. */
export type AccountGrant = Pick<Account, 'tokens' | 'tokensExpireAt' | 'connectionId'>;

/**
 * Creates or reconnects the account, applies the calendar list, selects the primary calendar when none is selected, and
 * enqueues channels and pulls. A new account of which no address is the host's awaits confirmation: none of its calendars is
 * selected. An account that was confirmed, or connected by an earlier version, is not doubted again.
 * @param grant given the account as it was
 * @param addresses of the account, as the provider tells them; null: an operator named the account, so that it is right
 * @throws SlotwireError NOT_FOUND (host), CONFLICT when the account belongs to another host; what `grant` throws
 */
export type SaveAccount = (
  target: Pick<Account, 'organisationId' | 'hostId' | 'provider' | 'subject' | 'email'>,
  listed: readonly RemoteCalendar[],
  grant: (account: Account) => AccountGrant,
  addresses: readonly string[] | null,
) => Promise<Account>;

export function createSaveAccount({ jobs, publisher }: Pick<ConnectDeps, 'jobs' | 'publisher'>): SaveAccount {
  const selection = createCalendarSelection({ jobs });
  const applyList = createApplyCalendarList({ jobs, selection });

  return (target, listed, grant, addresses) =>
    publisher.change(async (tx, now) => {
      const { organisationId, hostId, email } = target;
      await lockHostsForShare(tx, organisationId, [hostId]);
      const [host] = await hostsByIds(tx, organisationId, [hostId]);
      if (!host) throw notFound('host', hostId);
      const { account, created } = await ensureAccount(tx, target);
      if (account.hostId !== hostId) {
        throw conflict(`The account ${account.id} is connected to the host ${account.hostId}.`);
      }
      const awaitsConfirmation =
        (created || account.awaitsConfirmation) && addresses !== null && !isAddressOf(host, addresses);
      const granted = {
        email,
        status: 'CONNECTED',
        refusedSince: null,
        awaitsConfirmation,
        ...grant(account),
      } as const;
      const result = await changeAccount(tx, account.id, granted);
      const { calendars, keys } = await applyList(tx, result, listed, now);
      if (!created) keys.push(...(await clearRevoked(tx, account.id, now)).map(cacheKey.calendar));
      await retryWritesAfterPull(tx, account.id, now);
      const selected = calendars.filter((calendar) => calendar.selected).map(({ id }) => id);
      const primary = calendars.find((calendar) => calendar.primary);
      if (selected.length > 0) await enqueueFirstSync(jobs, tx, selected);
      else if (primary && !awaitsConfirmation)
        keys.push(...(await selection.select(tx, primary, result, now)));
      return { result, keys };
    });
}

/** A host without an e-mail address has none to compare with: any account is its own. */
function isAddressOf({ email }: Pick<Host, 'email'>, addresses: readonly string[]): boolean {
  const own = mailAddressesOf([email]);
  const found = new Set(mailAddressesOf(addresses));
  return own.length === 0 || own.some((address) => found.has(address));
}
