/** OAuth tokens of a host's own grant. All processes share one refresh; a withdrawn grant revokes the account. */

import { createSemaphore } from '../../async/semaphore.ts';
import { ProviderError } from '../../providers/port.ts';
import { type Account, changeAccount, lockAccount } from '../../store/access/accounts.ts';
import { limitLockWaits, type Tx } from '../../store/client.ts';
import { SECOND } from '../../time/clock.ts';
import type { ConnectDeps } from '../deps.ts';
import { createOAuthClient } from '../oauth-client.ts';
import { notOfferedMessage, offeredProvider } from '../offered.ts';
import { requireConnected, revokeAccount } from './revocation.ts';
import { type LiveToken, openTokens, sealTokens, type Tokens, usableUntilOf } from './tokens.ts';

/** Every refresh holds a database connection while the provider answers, so few may run at once. */
const REFRESHES_AT_ONCE = 4;

/** The wait for the row's lock must leave time to store the answer: a rotated refresh token must not be lost. */
const LOCK_WAIT = 12 * SECOND;
const TIMEOUT = { timeout: 30 * SECOND };

const WITHDRAWN = 'Access was withdrawn: the host must connect this account again.';

type RefreshResult = { live: LiveToken } | { failure: ProviderError; staleKeys: string[] };

/** @throws ProviderError: `auth-revoked`, `sealed`, `rejected`, `rate-limited`, `transient`. */
export type TokenSource = (account: Account, rejected?: string) => Promise<LiveToken>;

export function createOAuthTokens({
  store,
  providers,
  publisher,
  keyRing,
  clock,
  config,
  log,
}: Omit<ConnectDeps, 'jobs'>): TokenSource {
  const refreshes = createSemaphore(REFRESHES_AT_ONCE);

  const isUsable = ({ token, until }: LiveToken, rejected?: string) =>
    token !== rejected && clock.now() < until;

  /** @throws ProviderError when the account can have no token */
  function storedTokens(found: Account | null): { account: Account; tokens: Tokens; live: LiveToken } {
    const account = requireConnected(found);
    if (account.tokens === null) throw new ProviderError('transient', 'the account holds no tokens');
    const tokens = openTokens({ keyRing, log }, account.id, account.tokens);
    const until = usableUntilOf(account.tokensExpireAt?.getTime() ?? null);
    return { account, tokens, live: { token: tokens.access, until, mailbox: null } };
  }

  async function refresh(tx: Tx, id: string, rejected?: string): Promise<RefreshResult> {
    await limitLockWaits(tx, LOCK_WAIT);
    const { account, tokens, live } = storedTokens(await lockAccount(tx, id));
    // Another process has refreshed the token in the meantime.
    if (isUsable(live, rejected)) return { live };
    const oauth = offeredProvider(providers, account.provider)?.oauth;
    if (!oauth) throw new ProviderError('rejected', notOfferedMessage(account.provider));
    const client = createOAuthClient(oauth, { clock, allowPrivate: config.ALLOW_PRIVATE_NETWORK });
    try {
      if (tokens.refresh === null) throw new ProviderError('auth-revoked', 'there is no refresh token');
      const response = await client.refresh(tokens.refresh);
      await changeAccount(tx, id, {
        tokens: sealTokens(keyRing, id, {
          access: response.access,
          refresh: response.refresh ?? tokens.refresh,
        }),
        tokensExpireAt: response.expiresAt === null ? null : new Date(response.expiresAt),
      });
      return { live: { token: response.access, until: usableUntilOf(response.expiresAt), mailbox: null } };
    } catch (failure) {
      if (!(failure instanceof ProviderError) || failure.reason !== 'auth-revoked') throw failure;
      return { failure, staleKeys: await revokeAccount(tx, publisher, id, WITHDRAWN) };
    }
  }

  return async (found, rejected) => {
    const { account, live } = storedTokens(found);
    if (isUsable(live, rejected)) return live;
    const { id } = account;
    const result = await refreshes
      .run(() => store.$transaction((tx) => refresh(tx, id, rejected), TIMEOUT))
      .catch((error: unknown) => {
        throw isLockTimeout(error)
          ? new ProviderError('transient', 'another process has been refreshing the token for too long')
          : error;
      });
    if ('live' in result) return result.live;
    log.warn(
      { account: id, provider: account.provider, reason: result.failure.message },
      'account revoked, its grant was withdrawn',
    );
    await publisher.publishOrLog(result.staleKeys);
    throw result.failure;
  };
}

/** SQLSTATE 55P03 in a raw statement, or the transaction's own timeout. */
function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message.includes('55P03') || ('code' in error && error.code === 'P2028');
}
