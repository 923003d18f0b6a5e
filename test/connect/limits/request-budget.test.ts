import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLimiter } from '../../../src/cache/memory/limiter.ts';
import type { Limiter } from '../../../src/cache/port.ts';
import { createRedisCache } from '../../../src/cache/redis/cache.ts';
import { createRequestBudgets, type RequestBudgets } from '../../../src/connect/limits/request-budget.ts';
import { createLog } from '../../../src/log.ts';
import { ProviderError, type Providers, type RequestBudget } from '../../../src/providers/port.ts';
import { createProviders } from '../../../src/providers/registry.ts';
import { MINUTE, systemClock } from '../../../src/time/clock.ts';
import { until } from '../../harness/eventually.ts';
import { startRedis } from '../../harness/redis.ts';
import { openRoom, type Room } from '../world.fixture.ts';

let room: Room;
let account: string;
beforeAll(async () => {
  room = await openRoom();
  const host = await room.addHost();
  await room.connectHost(host);
  account = (await room.accountOf(host)).id;
});
afterAll(() => room.close());

let limiter: Limiter;
/** How often there was no place. */
let refused = 0;
beforeEach(() => {
  limiter = createMemoryLimiter({ clock: systemClock });
});

/** As another process would have them, when the limiter is shared. */
function budgets(budget: RequestBudget | undefined, over = limiter): RequestBudgets {
  const google = room.deps.providers.get('google');
  if (!google) throw new Error('there is no provider');
  const providers: Providers = new Map([['google', { ...google, ...(budget ? { budget } : {}) }]]);
  const acquire: Limiter['acquire'] = async (key, places) => {
    const place = await over.acquire(key, places);
    if (!place) refused += 1;
    return place;
  };
  const counted = { ...over, acquire };
  return createRequestBudgets({ store: room.store, providers, limiter: counted, log: createLog('silent') });
}

/**
 * Runs `count` requests at once. None ends before `wanted` of them run and each of the others was refused a place.
 * @returns how many ran at the same time.
 */
async function mostAtOnce(runs: RequestBudgets[], count: number, wanted: number): Promise<number> {
  let [running, most] = [0, 0];
  const request = async () => {
    running += 1;
    most = Math.max(most, running);
    await until(() => most >= wanted && refused >= count - wanted);
    running -= 1;
  };
  refused = 0;
  await Promise.all(
    Array.from({ length: count }, (_, i) => runs[i % runs.length]?.forAccount(account)(request)),
  );
  return most;
}

describe('the budget of requests', () => {
  it('lets no more run at once than the provider takes of one account', async () => {
    const budget = { account: { concurrent: 4 } };
    expect(await mostAtOnce([budgets(budget)], 13, 4)).toBe(4);
    expect(await mostAtOnce([budgets(undefined)], 13, 13)).toBe(13);
  });

  it('gives the place back however the request ends', async () => {
    const { forAccount } = budgets({ account: { concurrent: 1 } });
    for (let i = 0; i < 3; i++) {
      const failing = forAccount(account)(() => Promise.reject(new ProviderError('rejected', 'no')));
      await expect(failing).rejects.toMatchObject({ reason: 'rejected' });
    }
    expect(await forAccount(account)(async () => 'done')).toBe('done');
  });

  it('lets a caller give up who waits for a place', async () => {
    const { forAccount } = budgets({ account: { concurrent: 1 } });
    let finish = () => {};
    const first = forAccount(account)(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const end = new AbortController();
    const second = forAccount(account)(async () => 'never', end.signal);
    end.abort();
    await expect(second).rejects.toMatchObject({ reason: 'transient' });
    finish();
    await first;
  });

  it('refuses without a request when the window of the account is used up, and says for how long', async () => {
    let asked = 0;
    const { forAccount } = budgets({ account: { requests: { count: 3, window: MINUTE } } });
    const run = forAccount(account);
    const request = async () => ++asked;
    for (let i = 0; i < 3; i++) await run(request);
    const error: unknown = await run(request).catch((error) => error);
    expect(error).toMatchObject({ reason: 'rate-limited', status: null });
    const retryAfter = error instanceof ProviderError ? error.retryAfter : null;
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(MINUTE);
    expect(asked).toBe(3);
  });

  it('counts all accounts against the installation, those not yet connected too', async () => {
    const { forAccount, forNewAccount } = budgets({
      installation: { requests: { count: 3, window: MINUTE } },
    });
    await forAccount(account)(async () => {});
    await forNewAccount('google')(async () => {});
    await forNewAccount('google')(async () => {});
    await expect(forAccount(account)(async () => {})).rejects.toMatchObject({ reason: 'rate-limited' });
    await expect(forNewAccount('google')(async () => {})).rejects.toMatchObject({ reason: 'rate-limited' });
  });

  it('is no sign of a failing account when it is spent', async () => {
    const run = budgets({ account: { requests: { count: 1, window: MINUTE } } }).forAccount(account);
    for (let i = 0; i < 9; i++) await run(async () => {}).catch(() => {});
    const free = budgets(undefined).forAccount(account);
    expect(await free(async () => 'not left alone')).toBe('not left alone');
  });

  it('leaves an account alone that keeps failing, without a request', async () => {
    let asked = 0;
    const run = budgets(undefined).forAccount(account);
    const failing = async () => {
      asked += 1;
      throw new ProviderError('transient', 'down', { status: 503 });
    };
    for (let i = 0; i < 9; i++) await expect(run(failing)).rejects.toMatchObject({ reason: 'transient' });
    expect(asked).toBe(5);
  });

  it('knows no account that is not there', async () => {
    const run = budgets(undefined).forAccount('acc_nobody');
    await expect(run(async () => {})).rejects.toMatchObject({ reason: 'auth-revoked' });
  });

  it('is one for all processes on the same Redis', async () => {
    const server = await startRedis();
    const log = createLog('silent');
    const open = () => createRedisCache({ url: server.url, log });
    const [one, two] = await Promise.all([open(), open()]);
    const budget = { account: { concurrent: 4, requests: { count: 20, window: MINUTE } } };
    const processes = [budgets(budget, one.limiter), budgets(budget, two.limiter)];
    expect(await mostAtOnce(processes, 16, 4)).toBe(4);
    const run = processes.map(({ forAccount }) => forAccount(account)(async () => {}).then(() => 'run'));
    await Promise.all(run);
    const rest = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) => processes[i % 2]?.forAccount(account)(async () => {})),
    );
    expect(rest.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await Promise.all([one.close(), two.close()]);
    await server.stop();
  });

  it('is what Google and Microsoft publish', () => {
    const url = 'http://127.0.0.1:1';
    const providers = createProviders({
      GOOGLE_CLIENT_ID: 'id',
      GOOGLE_CLIENT_SECRET: 'secret',
      GOOGLE_AUTH_URL: url,
      GOOGLE_TOKEN_URL: url,
      GOOGLE_API_URL: url,
      MICROSOFT_CLIENT_ID: 'id',
      MICROSOFT_CLIENT_SECRET: 'secret',
      MICROSOFT_TENANT: 'common',
      MICROSOFT_LOGIN_URL: url,
      MICROSOFT_GRAPH_URL: url,
    });
    expect(providers.get('google')?.budget).toEqual({
      account: { requests: { count: 600, window: 60_000 } },
      installation: { requests: { count: 10_000, window: 60_000 } },
    });
    expect(providers.get('microsoft')?.budget).toEqual({
      account: { concurrent: 4, requests: { count: 10_000, window: 600_000 } },
      installation: { requests: { count: 130_000, window: 10_000 } },
    });
  });
});
