/** Disconnects an account: its channels, grant, tokens and busy time are removed, its rows and history stay. */
import { notFound } from '../errors.ts';
import {
  type Account,
  accountById,
  accountsByIds,
  changeAccount,
  lockAccount,
} from '../store/access/accounts.ts';
import { recordChange } from '../store/audit/audited.ts';
import { lockAccountCalendars } from '../store/calendars/calendars.ts';
import type { ConnectDeps } from './deps.ts';
import { createOAuthClient } from './oauth-client.ts';
import { offeredProvider } from './offered.ts';
import { createCalendarSelection } from './selection.ts';
import type { AccountAccess } from './tokens/account-access.ts';
import { openTokens } from './tokens/tokens.ts';

/**
 * A provider that refuses is logged: the account is disconnected all the same.
 * @throws SlotwireError NOT_FOUND
 */
export type Disconnect = (organisation: string, account: string) => Promise<void>;

const DISCONNECTED = { status: 'DISCONNECTED' } as const;

export function createDisconnect(deps: ConnectDeps & { access: AccountAccess }): Disconnect {
  const { store, providers, jobs, publisher, keyRing, clock, config, log, access, closeChannels } = deps;
  const selection = createCalendarSelection({ jobs });

  /** @returns the ids of all calendars that the account ever had */
  const endAccount = (id: string, data: Parameters<typeof changeAccount>[2]) =>
    publisher.change(async (tx, now) => {
      await lockAccount(tx, id);
      // The first of both transactions: the grant is gone when the second comes.
      recordChange(tx, DISCONNECTED);
      const calendars = await lockAccountCalendars(tx, id);
      const keys: string[] = [];
      for (const calendar of calendars) keys.push(...(await selection.deselect(tx, calendar, now)));
      await changeAccount(tx, id, data);
      return { result: calendars.map((calendar) => calendar.id), keys };
    });

  async function revoke(account: Account | null): Promise<void> {
    if (!account || account.tokens === null) return;
    const oauth = offeredProvider(providers, account.provider)?.oauth;
    const client = oauth && createOAuthClient(oauth, { clock, allowPrivate: config.ALLOW_PRIVATE_NETWORK });
    if (!client?.revoke) return;
    const tokens = openTokens({ keyRing, log }, account.id, account.tokens);
    // Revoking the refresh token revokes the whole grant (RFC 7009 §2.1).
    await client.revoke(tokens.refresh ?? tokens.access);
  }

  return async (organisation, id) => {
    const [found] = await accountsByIds(store, organisation, [id]);
    if (!found) throw notFound('account', id);
    if (found.status === 'DISCONNECTED') return;
    const attempt = async (message: string, work: Promise<void>) => {
      await work.catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ account: id, provider: found.provider, reason }, message);
      });
    };
    const calendars = await endAccount(id, {});
    // Channels are closed first: without the grant the provider refuses to close them.
    for (const calendar of calendars) await attempt('channel not closed', closeChannels(calendar));
    await attempt('grant not revoked', accountById(store, id).then(revoke));
    // The calendars are deselected again: one may have been selected in the meantime.
    await endAccount(id, { ...DISCONNECTED, tokens: null, tokensExpireAt: null });
    access.invalidate(id);
    log.info({ account: id, provider: found.provider }, 'account disconnected');
  };
}
