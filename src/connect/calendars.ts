/** An account's calendars, and which of them count as busy time. */
import { badInput, notFound } from '../errors.ts';
import { accountById, accountsByIds, changeAccount, lockAccount } from '../store/access/accounts.ts';
import { recordChange } from '../store/audit/audited.ts';
import { calendarsByIds, lockCalendar } from '../store/calendars/calendars.ts';
import type { Tx } from '../store/client.ts';
import { createApplyCalendarList } from './calendar-list.ts';
import type { ConnectDeps } from './deps.ts';
import { notOfferedMessage, offeredProvider } from './offered.ts';
import { createCalendarSelection } from './selection.ts';
import type { AccountAccess } from './tokens/account-access.ts';

/** Both methods throw SlotwireError: NOT_FOUND, BAD_USER_INPUT. */
export interface CalendarSelections {
  /**
   * Reads the account's list again. @throws ProviderError for every reason but `auth-revoked`, which the account's
   * status shows
   */
  refreshAccount(organisation: string, account: string): Promise<void>;
  /** Resolves once cache and subscribers know. */
  selectCalendar(organisation: string, calendar: string, selected: boolean): Promise<void>;
}

export function createCalendarSelections(deps: ConnectDeps & { access: AccountAccess }): CalendarSelections {
  const { store, providers, jobs, publisher, access } = deps;
  const selection = createCalendarSelection({ jobs });
  const applyList = createApplyCalendarList({ jobs, selection });

  return {
    async refreshAccount(organisation, id) {
      const [found] = await accountsByIds(store, organisation, [id]);
      if (!found) throw notFound('account', id);
      const provider = offeredProvider(providers, found.provider);
      if (!provider) throw badInput('account', notOfferedMessage(found.provider));
      if (found.status === 'DISCONNECTED') throw badInput('account', 'it is disconnected; connect it again');
      if (found.status === 'AUTH_REVOKED') return;
      const listed = await provider.listCalendars(access(id)).catch(async (error: unknown) => {
        const account = await accountById(store, id);
        if (account?.status === 'CONNECTED') throw error;
        return null;
      });
      if (!listed) return;
      await publisher.change(async (tx, now) => {
        const account = await lockAccount(tx, id);
        // The account was disconnected in the meantime: its calendars stay as they are.
        if (account?.status !== 'CONNECTED') return { result: undefined, keys: [] };
        recordChange(tx);
        const { keys } = await applyList(tx, account, listed, now);
        return { result: undefined, keys };
      });
    },

    async selectCalendar(organisation, id, selected) {
      await publisher.change(async (tx, now) => {
        const doubted = selected && (await lockDoubtedAccount(tx, organisation, id));
        const calendar = await lockCalendar(tx, organisation, id);
        const account = calendar && (await accountById(tx, calendar.accountId));
        if (!calendar || !account) throw notFound('calendar', id);
        if (!selected) return { result: undefined, keys: await selection.deselect(tx, calendar, now) };
        if (calendar.removed) throw badInput('calendar', "it is no longer in its account's list");
        if (account.status === 'DISCONNECTED') {
          throw badInput('calendar', 'its account is disconnected; connect it again');
        }
        // An operator who selects a calendar says that its account is right.
        if (doubted) await changeAccount(tx, account.id, { awaitsConfirmation: false });
        return { result: undefined, keys: await selection.select(tx, calendar, account, now) };
      });
    },
  };
}

/** Accounts are locked before their calendars. @returns whether the calendar's account awaits confirmation; then it is locked */
async function lockDoubtedAccount(tx: Tx, organisation: string, calendar: string): Promise<boolean> {
  const [found] = await calendarsByIds(tx, organisation, [calendar]);
  const account = found && (await accountById(tx, found.accountId));
  if (!account?.awaitsConfirmation) return false;
  return (await lockAccount(tx, account.id))?.awaitsConfirmation ?? false;
}
