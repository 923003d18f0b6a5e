/** Tokens of accounts that were attached through a connected tenant: a user who is refused is given up, the others go on. */
import { ProviderError } from '../../providers/port.ts';
import { type Account, lockAccount } from '../../store/access/accounts.ts';
import { connectionById } from '../../store/access/organisation-connections.ts';
import type { ConnectDeps } from '../deps.ts';
import type { Obtain } from './refresh.ts';
import { giveUp, usable } from './revocation.ts';
import type { TenantTokens } from './tenant-tokens.ts';
import { liveUntil } from './tokens.ts';

const WITHDRAWN = 'Access was withdrawn: an operator must attach this host again.';

/** The provider knows its users by their subjects wherever it takes a user's address. */
export const mailboxOf = ({ subject }: Pick<Account, 'subject'>): string => subject;

export function createTenantAccess(
  { store, publisher, log }: Pick<ConnectDeps, 'store' | 'publisher' | 'log'>,
  tokens: TenantTokens,
): Obtain {
  async function revoke({ id, provider, connectionId }: Account, { message }: ProviderError): Promise<void> {
    const stale = await store.$transaction(async (tx) => {
      const now = await lockAccount(tx, id);
      // Attached or connected anew meanwhile: what was refused is no longer its grant.
      if (now?.status !== 'CONNECTED' || now.connectionId !== connectionId) return [];
      return giveUp(tx, publisher, id, WITHDRAWN);
    });
    log.warn({ account: id, provider, reason: message }, 'grant withdrawn');
    await publisher.tell(stale);
  }

  return async (found, rejected) => {
    const account = usable(found);
    const connection = account.connectionId && (await connectionById(store, account.connectionId));
    if (!connection) throw new ProviderError('auth-revoked', 'there is no such connection');
    const mailbox = mailboxOf(account);
    try {
      const { access, expiresAt } = await tokens.token(connection, mailbox, rejected);
      return { token: access, until: liveUntil(expiresAt), mailbox };
    } catch (error) {
      if (error instanceof ProviderError && error.reason === 'auth-revoked') await revoke(account, error);
      throw error;
    }
  };
}
