/** Access to accounts: valid tokens are cached, and concurrent callers share one token request. */
import { type Access, ProviderError, type ProviderName } from '../../providers/port.ts';
import { accountById } from '../../store/access/accounts.ts';
import type { ConnectDeps } from '../deps.ts';
import { createRequestBudgets } from '../limits/request-budget.ts';
import { offeredProvider } from '../offered.ts';
import { createOAuthTokens } from './oauth-tokens.ts';
import { createSecretCredentials } from './secret-credentials.ts';
import { createTenantTokenSource } from './tenant-access.ts';
import { createTenantTokens, type TenantTokens } from './tenant-tokens.ts';
import type { LiveToken } from './tokens.ts';

/** Access by account id. */
export interface AccountAccess {
  (account: string): Required<Access>;
  /** Access to an account that is not saved yet. */
  forNewAccount(provider: ProviderName, credentials: Omit<Access, 'run'>): Access;
  /** The account's tokens were replaced or erased: drops what this process has cached. */
  invalidate(account: string): void;
}

/** `token` and `mailbox` reject with ProviderError: `auth-revoked`, `sealed`, `rejected`, `rate-limited`, `transient`. */
export function createAccountAccess(
  deps: Omit<ConnectDeps, 'jobs'>,
  tenantTokens: TenantTokens = createTenantTokens(deps),
): AccountAccess {
  const { store, clock, providers } = deps;
  const budgets = createRequestBudgets(deps);
  const liveTokens = new Map<string, LiveToken>();
  const pending = new Map<string, Promise<LiveToken>>();
  const oauthTokens = createOAuthTokens(deps);
  const viaTenant = createTenantTokenSource(deps, tenantTokens);
  const secretCredentials = createSecretCredentials(deps);

  const isUsable = ({ token, until }: LiveToken, rejected?: string) =>
    token !== rejected && clock.now() < until;

  async function requestToken(id: string, rejected?: string): Promise<LiveToken> {
    const account = await accountById(store, id);
    if (!account) throw new ProviderError('auth-revoked', 'there is no such account');
    if (offeredProvider(providers, account.provider)?.secret) return secretCredentials(account, rejected);
    return account.connectionId === null ? oauthTokens(account, rejected) : viaTenant(account, rejected);
  }

  async function liveToken(id: string, rejected?: string): Promise<LiveToken> {
    const known = liveTokens.get(id);
    if (known && isUsable(known, rejected)) return known;
    const inFlight = pending.get(id);
    if (inFlight) {
      const found = await inFlight;
      // The request in flight may have begun before this token was rejected.
      return found.token === rejected ? liveToken(id, rejected) : found;
    }
    const request = requestToken(id, rejected);
    pending.set(id, request);
    try {
      const found = await request;
      if (pending.get(id) === request) liveTokens.set(id, found);
      return found;
    } catch (error) {
      liveTokens.delete(id);
      throw error;
    } finally {
      if (pending.get(id) === request) pending.delete(id);
    }
  }

  const accessOf = (id: string): Required<Access> => ({
    token: async (rejected) => (await liveToken(id, rejected)).token,
    mailbox: async () => (await liveToken(id)).mailbox,
    run: budgets.forAccount(id),
  });
  return Object.assign(accessOf, {
    forNewAccount: (provider: ProviderName, credentials: Omit<Access, 'run'>): Access => ({
      ...credentials,
      run: budgets.forNewAccount(provider),
    }),
    invalidate(id: string) {
      liveTokens.delete(id);
      pending.delete(id);
    },
  });
}
