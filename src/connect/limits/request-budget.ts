/** Limits the requests to a provider, at once and per window, over all processes. */

import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, backoffDelay } from '../../async/backoff.ts';
import { BoundedMap } from '../../async/bounded-map.ts';
import type { Limiter, RateLimit } from '../../cache/port.ts';
import type { Log } from '../../log.ts';
import {
  type Access,
  ProviderError,
  type ProviderName,
  type Providers,
  type RequestBudget,
} from '../../providers/port.ts';
import { accountById } from '../../store/access/accounts.ts';
import type { Store } from '../../store/client.ts';
import { SECOND } from '../../time/clock.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';

/** Longer than any request may take: a killed process's slot is then free again. */
const SLOT_TTL = 45 * SECOND;
/** How long a request waits for a free slot, and how often it tries. */
const MAX_WAIT = 10 * SECOND;
const POLL_DELAY: Backoff = { first: 20, max: 250, jitter: 0.5 };
/** Retry delay for a request that waited in vain. */
const RETRY_DELAY = 2 * SECOND;

export interface RequestBudgets {
  /** `Access.run` of an account; each account is one mailbox. */
  forAccount(id: string): Access['run'];
  /** The same before the account exists: only the installation's limit applies. */
  forNewAccount(provider: ProviderName): Access['run'];
}

/** Requests of all processes to a provider, in the present window. */
export interface BudgetUse {
  provider: ProviderName;
  limit: number;
  /** Milliseconds. */
  window: number;
  used: number;
}

export interface BudgetDeps {
  store: Store;
  providers: Providers;
  limiter: Limiter;
  log: Log;
}

export function createRequestBudgets({ store, providers, limiter, log }: BudgetDeps): RequestBudgets {
  const circuit = createCircuitBreaker({ limiter, log });
  /** Provider by account; it never changes, and may be read again. */
  const providerByAccount = new BoundedMap<string, ProviderName>(100_000);

  async function providerOf(account: string): Promise<ProviderName> {
    const found = providerByAccount.get(account);
    if (found) return found;
    const row = await accountById(store, account);
    if (!row) throw new ProviderError('auth-revoked', 'there is no such account');
    providerByAccount.set(account, row.provider);
    return row.provider;
  }

  /** @throws ProviderError `rate-limited` when no slot became free in time */
  async function acquireSlot(account: string, most: number, signal?: AbortSignal): Promise<() => void> {
    let waited = 0;
    for (let looks = 0; ; looks++) {
      const release = await limiter.acquire(account, { most, ttl: SLOT_TTL });
      if (release) return release;
      if (waited >= MAX_WAIT) {
        throw new ProviderError('rate-limited', `${most} requests at once for too long`, {
          retryAfter: RETRY_DELAY,
        });
      }
      const ms = backoffDelay(POLL_DELAY, looks);
      waited += ms;
      await pause(ms, undefined, { signal }).catch(() => {
        throw new ProviderError('transient', 'the caller gave up waiting');
      });
    }
  }

  /** @throws ProviderError `rate-limited` when a limit is exhausted */
  async function takePoints(limits: [key: string, limit: RateLimit | undefined][]): Promise<void> {
    const waits = await Promise.all(limits.map(([key, limit]) => (limit ? limiter.take(key, limit) : null)));
    const wait = Math.max(0, ...waits.map((each) => each ?? 0));
    if (wait > 0) {
      throw new ProviderError('rate-limited', 'the budget of requests is spent', { retryAfter: wait });
    }
  }

  return {
    forAccount: (id) => async (request, signal) => {
      const provider = await providerOf(id);
      const budget = providers.get(provider)?.budget ?? {};
      const { concurrent, requests } = budget.account ?? {};
      const release = concurrent === undefined ? null : await acquireSlot(id, concurrent, signal);
      try {
        await takePoints([[`account:${id}`, requests], installationLimit(provider, budget)]);
        return await circuit.guard(id, request, signal);
      } finally {
        release?.();
      }
    },

    forNewAccount: (provider) => async (request) => {
      await takePoints([installationLimit(provider, providers.get(provider)?.budget ?? {})]);
      return request();
    },
  };
}

const installationLimit = (
  provider: ProviderName,
  { installation }: RequestBudget,
): [string, RateLimit | undefined] => [`provider:${provider}`, installation?.requests];

/** What was taken of the limits of whole installations; nothing is taken by looking. */
export const createBudgetUse =
  ({ providers, limiter }: Pick<BudgetDeps, 'providers' | 'limiter'>) =>
  (): Promise<BudgetUse[]> =>
    Promise.all(
      [...providers].flatMap(([provider, { budget = {} }]) => {
        const [key, limit] = installationLimit(provider, budget);
        if (!limit) return [];
        const { count, window } = limit;
        return limiter.tally(key, limit, 0).then(({ taken }) => ({
          ...{ provider, limit: count, window, used: Math.min(taken, count) },
        }));
      }),
    );
