/** Tokens of accounts that were attached through a connected tenant: a user who is refused is given up, the others go on. */
import { ProviderError } from '../../providers/port.ts';
import { type Account, lockAccount } from '../../store/access/accounts.ts';
import { connectionById } from '../../store/access/organisation-connections.ts';
import type { ConnectDeps } from '../deps.ts';
import type { TokenSource } from './oauth-tokens.ts';
import { requireConnected, revokeAccount } from './revocation.ts';
import type { TenantTokens } from './tenant-tokens.ts';
import { usableUntilOf } from './tokens.ts';

const WITHDRAWN = 'Access was withdrawn: an operator must attach this host again.';

/** The provider knows its users by their subjects wherever it takes a user's address. */
export const mailboxOf = ({ subject }: Pick<Account, 'subject'>): string => subject;

export function createTenantTokenSource(
  { store, publisher, log }: Pick<ConnectDeps, 'store' | 'publisher' | 'log'>,
  tokens: TenantTokens,
): TokenSource {
  async function revoke({ id, provider, connectionId }: Account, { message }: ProviderError): Promise<void> {
    const staleKeys = await store.$transaction(async (tx) => {
      const current = await lockAccount(tx, id);
      // Attached or connected anew meanwhile: what was refused is no longer its grant.
      if (current?.status !== 'CONNECTED' || current.connectionId !== connectionId) return [];
      return revokeAccount(tx, publisher, id, WITHDRAWN);
    });
    log.warn({ account: id, provider, reason: message }, 'grant withdrawn');
    await publisher.publishOrLog(staleKeys);
  }

  return async (found, rejected) => {
    const account = requireConnected(found);
    const connection = account.connectionId && (await connectionById(store, account.connectionId));
    if (!connection) throw new ProviderError('auth-revoked', 'there is no such connection');
    const mailbox = mailboxOf(account);
    try {
      const { access, expiresAt } = await tokens.token(connection, mailbox, rejected);
      return { token: access, until: usableUntilOf(expiresAt), mailbox };
    } catch (error) {
      if (error instanceof ProviderError && error.reason === 'auth-revoked') await revoke(account, error);
      throw error;
    }
  };
}
