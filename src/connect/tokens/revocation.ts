/** Accounts without a valid grant: their status, and the cache keys that it makes stale. */
import { cacheKey } from '../../cache/keys.ts';
import { ProviderError } from '../../providers/port.ts';
import { type Account, markRevoked } from '../../store/access/accounts.ts';
import type { Tx } from '../../store/client.ts';
import type { ConnectPublisher } from '../deps.ts';

/** @throws ProviderError `auth-revoked` when the account can have no token */
export function requireConnected(account: Account | null): Account {
  if (account?.status === 'AUTH_REVOKED') throw new ProviderError('auth-revoked', 'the grant was withdrawn');
  return requireKept(account);
}

/** The same for an account whose secret was refused and is tried again. @throws ProviderError `auth-revoked` */
export function requireKept(account: Account | null): Account {
  if (!account) throw new ProviderError('auth-revoked', 'there is no such account');
  if (account.status === 'DISCONNECTED')
    throw new ProviderError('auth-revoked', 'the account is disconnected');
  return account;
}

/** Marks the account as revoked; its row must be locked. @returns stale cache keys, to publish after the commit */
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
