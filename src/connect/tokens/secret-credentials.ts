/** Secrets of accounts: stored sealed, returned as they are, and the account is revoked when its secret is refused. */
import { ProviderError } from '../../providers/port.ts';
import type { KeyRing } from '../../secrets.ts';
import { type Account, lockAccount, replaceTokens } from '../../store/access/accounts.ts';
import type { ConnectDeps } from '../deps.ts';
import type { TokenSource } from './oauth-tokens.ts';
import { requireConnected, revokeAccount } from './revocation.ts';
import { openSealed } from './sealed.ts';

const REFUSED_MESSAGE = 'The secret of this account is no longer accepted: its host must connect it again.';

/** The sealed text that is stored in place of tokens. */
export const sealSecret = (keyRing: KeyRing, account: string, secret: string): string =>
  keyRing.encrypt(secret, account);

/** @throws ProviderError: `auth-revoked`, `sealed`, `transient`. */
export function createSecretCredentials(
  deps: Pick<ConnectDeps, 'store' | 'publisher' | 'keyRing' | 'log'>,
): TokenSource {
  const { store, publisher, keyRing, log } = deps;

  function openSecret(found: Account | null): string {
    const account = requireConnected(found);
    if (account.tokens === null) throw new ProviderError('transient', 'the account holds no secret');
    return openSealed({ keyRing, log }, { account: account.id }, account.tokens);
  }

  /** Secrets are not cached: another process may have stored a new one, and does not announce that. */
  const toLiveToken = (secret: string) => ({ token: secret, until: 0, mailbox: null });

  /** Seals the secret with the current key, so that the previous key can be removed. */
  async function reseal({ id, tokens }: Account, secret: string) {
    if (tokens === null || keyRing.isCurrent(tokens)) return;
    await replaceTokens(store, id, tokens, sealSecret(keyRing, id, secret));
  }

  return async (account, rejected) => {
    const secret = openSecret(account);
    if (secret !== rejected) {
      await reseal(account, secret);
      return toLiveToken(secret);
    }
    const result = await store.$transaction(async (tx) => {
      const locked = await lockAccount(tx, account.id);
      // The account was connected again in the meantime: its new secret was not refused.
      const now = openSecret(locked);
      return now === rejected
        ? { stale: await revokeAccount(tx, publisher, account.id, REFUSED_MESSAGE) }
        : { now };
    });
    if ('now' in result) return toLiveToken(result.now);
    log.warn({ account: account.id, provider: account.provider }, 'account revoked, its secret was refused');
    await publisher.publishOrLog(result.stale);
    throw new ProviderError('auth-revoked', 'the secret is not accepted', { status: 401 });
  };
}
