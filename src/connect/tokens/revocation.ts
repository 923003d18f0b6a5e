/** An account whose grant is gone: known as such, and told to all who read its calendars. */
import { cacheKey } from '../../cache/keys.ts';
import { ProviderError } from '../../providers/port.ts';
import { type Account, markRevoked } from '../../store/access/accounts.ts';
import type { Tx } from '../../store/client.ts';
import type { ConnectPublisher } from '../deps.ts';

/** @throws ProviderError `auth-revoked` when it can have no token. */
export function requireConnected(account: Account | null): Account {
  if (!account) throw new ProviderError('auth-revoked', 'there is no such account');
  if (account.status === 'AUTH_REVOKED') throw new ProviderError('auth-revoked', 'the grant was withdrawn');
  if (account.status === 'DISCONNECTED')
    throw new ProviderError('auth-revoked', 'the account is disconnected');
  return account;
}

/** The account's row must be locked. @returns the cache keys made stale, to be told after the commit. */
export async function revokeAccount(
  tx: Tx,
  publisher: Pick<ConnectPublisher, 'invalidate'>,
  account: string,
  reason: string,
): Promise<string[]> {
  const staleKeys = (await markRevoked(tx, account, reason)).map(cacheKey.calendar);
  if (staleKeys.length > 0) await publisher.invalidate(tx, staleKeys);
  return staleKeys;
}
