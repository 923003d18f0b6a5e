/** What may be asked of a provider: so much at once and within a window, counted over all processes. */

import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, backoffDelay } from '../../async/backoff.ts';
import type { Limit, Limiter } from '../../cache/port.ts';
import type { Log } from '../../log.ts';
import {
  type Access,
  type Budget,
  ProviderError,
  type ProviderName,
  type Providers,
} from '../../providers/port.ts';
import { accountById } from '../../store/access/accounts.ts';
import type { Store } from '../../store/client.ts';
import { SECOND } from '../../time/clock.ts';
import { createCircuit } from './circuit.ts';

/** Longer than any request: the place of a killed process is free again after that. */
const PLACE_TTL = 45 * SECOND;
/** How long a request waits for a place among those at once, and how often it looks. */
const PATIENCE = 10 * SECOND;
const LOOK_AGAIN: Backoff = { first: 20, most: 250, jitter: 0.5 };
/** When it waited in vain. */
const COME_BACK = 2 * SECOND;

export interface Budgets {
  /** `Access.run` of an account. Each account is one mailbox. */
  ofAccount(id: string): Access['run'];
  /** The same while there is no account yet: only the installation's budget is known to be concerned. */
  ofNewcomer(provider: ProviderName): Access['run'];
}

export interface BudgetDeps {
  store: Store;
  providers: Providers;
  limiter: Limiter;
  log: Log;
}

export function createBudgets({ store, providers, limiter, log }: BudgetDeps): Budgets {
  const circuit = createCircuit({ limiter, log });
  /** Provider by account: neither changes. */
  const known = new Map<string, ProviderName>();

  async function providerOf(account: string): Promise<ProviderName> {
    const found = known.get(account);
    if (found) return found;
    const row = await accountById(store, account);
    if (!row) throw new ProviderError('auth-revoked', 'there is no such account');
    known.set(account, row.provider);
    return row.provider;
  }

  /** @throws ProviderError `rate-limited` when none was free for long. */
  async function place(account: string, most: number, signal?: AbortSignal): Promise<() => void> {
    let waited = 0;
    for (let looks = 0; ; looks++) {
      const leave = await limiter.acquire(account, { most, ttl: PLACE_TTL });
      if (leave) return leave;
      if (waited >= PATIENCE) {
        throw new ProviderError('rate-limited', `${most} requests at once for a long time`, {
          retryAfter: COME_BACK,
        });
      }
      const ms = backoffDelay(LOOK_AGAIN, looks);
      waited += ms;
      await pause(ms, undefined, { signal }).catch(() => {
        throw new ProviderError('transient', 'the caller no longer waits');
      });
    }
  }

  /** @throws ProviderError `rate-limited` when one of them is spent. */
  async function spend(limits: [key: string, limit: Limit | undefined][]): Promise<void> {
    const waits = await Promise.all(limits.map(([key, limit]) => (limit ? limiter.take(key, limit) : null)));
    const wait = Math.max(0, ...waits.map((each) => each ?? 0));
    if (wait > 0) {
      throw new ProviderError('rate-limited', 'the budget of requests is spent', { retryAfter: wait });
    }
  }

  const ofInstallation = (provider: ProviderName, { installation }: Budget): [string, Limit | undefined] => [
    `provider:${provider}`,
    installation?.requests,
  ];

  return {
    ofAccount: (id) => async (request, signal) => {
      const provider = await providerOf(id);
      const budget = providers.get(provider)?.budget ?? {};
      const { concurrent, requests } = budget.account ?? {};
      const leave = concurrent === undefined ? null : await place(id, concurrent, signal);
      try {
        await spend([[`account:${id}`, requests], ofInstallation(provider, budget)]);
        return await circuit.guard(id, request, signal);
      } finally {
        leave?.();
      }
    },

    ofNewcomer: (provider) => async (request) => {
      await spend([ofInstallation(provider, providers.get(provider)?.budget ?? {})]);
      return request();
    },
  };
}
