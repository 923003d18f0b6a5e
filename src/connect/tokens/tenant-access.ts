/** Tokens of accounts attached through a tenant. A refused user's account is revoked; the others stay connected. */
import { ProviderError } from '../../providers/port.ts';
import { type Account, lockAccount } from '../../store/access/accounts.ts';
import { connectionById } from '../../store/access/organisation-connections.ts';
import type { ConnectDeps } from '../deps.ts';
import type { TokenSource } from './oauth-tokens.ts';
import { requireConnected, revokeAccount } from './revocation.ts';
import type { TenantTokens } from './tenant-tokens.ts';
import { usableUntilOf } from './tokens.ts';

const WITHDRAWN = 'Access was withdrawn: an operator must attach this host again.';

/** Providers accept an account's subject wherever they take a user's address. */
export const mailboxOfAccount = ({ subject }: Pick<Account, 'subject'>): string => subject;

export function createTenantTokenSource(
  { store, publisher, log }: Pick<ConnectDeps, 'store' | 'publisher' | 'log'>,
  tokens: TenantTokens,
): TokenSource {
  async function revoke({ id, provider, connectionId }: Account, { message }: ProviderError): Promise<void> {
    const staleKeys = await store.$transaction(async (tx) => {
      const current = await lockAccount(tx, id);
      // The account was attached or connected again in the meantime: the refused grant is no longer its own.
      if (current?.status !== 'CONNECTED' || current.connectionId !== connectionId) return [];
      return revokeAccount(tx, publisher, id, WITHDRAWN);
    });
    log.warn({ account: id, provider, reason: message }, 'account revoked, its grant was withdrawn');
    await publisher.publishOrLog(staleKeys);
  }

  return async (found, rejected) => {
    const account = requireConnected(found);
    const connection = account.connectionId && (await connectionById(store, account.connectionId));
    if (!connection) throw new ProviderError('auth-revoked', 'there is no such connection');
    const mailbox = mailboxOfAccount(account);
    try {
      const { access, expiresAt } = await tokens.token(connection, mailbox, rejected);
      return { token: access, until: usableUntilOf(expiresAt), mailbox };
    } catch (error) {
      if (error instanceof ProviderError && error.reason === 'auth-revoked') await revoke(account, error);
      throw error;
    }
  };
}
