/** Tokens that work, of every account: kept while they live, asked for once however many callers want one. */
import { type Access, ProviderError, type ProviderName } from '../../providers/port.ts';
import { accountById } from '../../store/access/accounts.ts';
import type { ConnectDeps } from '../deps.ts';
import { createBudgets } from '../limits/budget.ts';
import { offered } from '../offered.ts';
import { createRefresh } from './refresh.ts';
import { createKeptSecret } from './secret-credentials.ts';
import { createTenantAccess } from './tenant-access.ts';
import { createTenantTokens, type TenantTokens } from './tenant-tokens.ts';
import type { LiveToken } from './tokens.ts';

/** Access by account id. */
export interface Accesses {
  (account: string): Required<Access>;
  /** Access to what is no account yet. */
  newcomer(provider: ProviderName, given: Omit<Access, 'run'>): Access;
  /** Its tokens were replaced or erased: whatever this process still holds is dropped. */
  forget(account: string): void;
}

/** `token` and `mailbox` reject with ProviderError: `auth-revoked`, `rejected`, `rate-limited`, `transient`. */
export function createAccess(
  deps: Omit<ConnectDeps, 'jobs'>,
  tenantTokens: TenantTokens = createTenantTokens(deps),
): Accesses {
  const { store, clock, providers } = deps;
  const budgets = createBudgets(deps);
  const kept = new Map<string, LiveToken>();
  const flights = new Map<string, Promise<LiveToken>>();
  const byConsent = createRefresh(deps);
  const byTenant = createTenantAccess(deps, tenantTokens);
  const bySecret = createKeptSecret(deps);

  const works = ({ token, until }: LiveToken, rejected?: string) => token !== rejected && clock.now() < until;

  async function obtain(id: string, rejected?: string): Promise<LiveToken> {
    const account = await accountById(store, id);
    if (!account) throw new ProviderError('auth-revoked', 'there is no such account');
    if (offered(providers, account.provider)?.secret) return bySecret(account, rejected);
    return account.connectionId === null ? byConsent(account, rejected) : byTenant(account, rejected);
  }

  async function live(id: string, rejected?: string): Promise<LiveToken> {
    const known = kept.get(id);
    if (known && works(known, rejected)) return known;
    const flight = flights.get(id);
    if (flight) {
      const found = await flight;
      // It may have set out before this token was rejected.
      return found.token === rejected ? live(id, rejected) : found;
    }
    const own = obtain(id, rejected);
    flights.set(id, own);
    try {
      const found = await own;
      if (flights.get(id) === own) kept.set(id, found);
      return found;
    } catch (error) {
      kept.delete(id);
      throw error;
    } finally {
      if (flights.get(id) === own) flights.delete(id);
    }
  }

  const accessOf = (id: string): Required<Access> => ({
    token: async (rejected) => (await live(id, rejected)).token,
    mailbox: async () => (await live(id)).mailbox,
    run: budgets.ofAccount(id),
  });
  return Object.assign(accessOf, {
    newcomer: (provider: ProviderName, given: Omit<Access, 'run'>): Access => ({
      ...given,
      run: budgets.ofNewcomer(provider),
    }),
    forget(id: string) {
      kept.delete(id);
      flights.delete(id);
    },
  });
}
