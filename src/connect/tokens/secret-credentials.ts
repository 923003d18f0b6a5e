/**
 * Secrets of accounts: stored sealed, returned as they are. The account is revoked when its secret stays refused; pulls go on
 * trying it, ever more rarely, and one that succeeds restores the account.
 */
import { ProviderError } from '../../providers/port.ts';
import type { KeyRing } from '../../secrets.ts';
import { type Account, changeAccount, lockAccount, replaceTokens } from '../../store/access/accounts.ts';
import { SECOND } from '../../time/clock.ts';
import type { ConnectDeps } from '../deps.ts';
import type { TokenSource } from './oauth-tokens.ts';
import { requireKept, revokeAccount } from './revocation.ts';
import { openSealed } from './sealed.ts';

/**
 * A server whose directory of users is away refuses everybody for a moment, so a refusal is believed once another one follows
 * without a pull that succeeded in between. Those of one pull, which are closer together than this, count as one.
 */
const BELIEVED_AFTER = SECOND / 2;

const REFUSED_MESSAGE = 'The secret of this account is no longer accepted: its host must connect it again.';

/** The sealed text that is stored in place of tokens. */
export const sealSecret = (keyRing: KeyRing, account: string, secret: string): string =>
  keyRing.encrypt(secret, 'account.tokens', account);

/** @throws ProviderError: `auth-revoked`, `sealed`, `transient`. */
export function createSecretCredentials(
  deps: Pick<ConnectDeps, 'store' | 'publisher' | 'keyRing' | 'clock' | 'log'>,
): TokenSource {
  const { store, publisher, keyRing, clock, log } = deps;

  function openSecret(found: Account | null): string {
    const account = requireKept(found);
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
      const current = openSecret(locked);
      if (current !== rejected) return { current };
      if (locked?.status === 'AUTH_REVOKED') return { stale: [] };
      const now = clock.now();
      const since = locked?.refusedSince?.getTime() ?? null;
      if (since === null) await changeAccount(tx, account.id, { refusedSince: new Date(now) });
      return since === null || now - since < BELIEVED_AFTER
        ? { passing: true as const }
        : { stale: await revokeAccount(tx, publisher, account.id, REFUSED_MESSAGE) };
    });
    if ('current' in result) return toLiveToken(result.current);
    if ('passing' in result) {
      throw new ProviderError('transient', 'the secret is not accepted; not believed yet', { status: 401 });
    }
    if (account.status === 'CONNECTED')
      log.warn(
        { account: account.id, provider: account.provider },
        'account revoked, its secret was refused',
      );
    await publisher.publishOrLog(result.stale);
    throw new ProviderError('auth-revoked', 'the secret is not accepted', { status: 401 });
  };
}
