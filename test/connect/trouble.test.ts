/** Providers in trouble, through their real SDKs: how often they are asked, and when again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ProviderError, type ProviderName } from '../../src/providers/port.ts';
import { seedDemo } from '../../src/simulator/demo.ts';
import type { FaultInput } from '../../src/simulator/faults.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { simulatedProviders } from './simulated-providers.fixture.ts';
import { openRoom, type Room } from './world.fixture.ts';

let simulator: Awaited<ReturnType<typeof createSimulator>>;
let room: Room;
beforeAll(async () => {
  const clock = { now: () => room?.time.now ?? 1_750_000_000_000 };
  simulator = await createSimulator({ clock, seed: (world) => seedDemo(world, clock.now()) });
  room = await openRoom(simulatedProviders(simulator));
});
afterAll(async () => {
  await room.close();
  await simulator.close();
});

const EVER = 1_000;
const LISTS = /calendarList$|\/me\/calendars$/.source;

describe.each<[ProviderName, string]>([
  ['google', 'ada@example.com'],
  ['microsoft', 'grace@example.com'],
])('%s in trouble', (provider, email) => {
  let account: string;
  beforeAll(async () => {
    simulator.faults.clear();
    const host = await room.addHost();
    const back = await simulator.consent(await room.begin(host, null, provider), email, {});
    await room.finish(new URL(back), provider);
    account = (await room.accountOf(host)).id;
  });
  beforeEach(async () => {
    simulator.faults.clear();
    room.time.now += HOUR;
    await list();
  });

  const list = () => {
    const found = room.deps.providers.get(provider);
    if (!found) throw new Error('this provider is not offered');
    return found.listCalendars(room.access(account));
  };

  async function failure(): Promise<ProviderError> {
    const error: unknown = await list().then(
      () => null,
      (error) => error,
    );
    if (error instanceof ProviderError) return error;
    throw new Error(`no failure of the provider: ${error}`);
  }

  const answers = (fault: Partial<Extract<FaultInput, { kind: 'answer' }>>) => {
    simulator.faults.clear();
    simulator.faults.add({ kind: 'answer', path: LISTS, times: EVER, ...fault });
  };
  /** Requests that the fault met. */
  const met = () => {
    const [fault] = simulator.faults.list();
    return fault?.kind === 'answer' ? EVER - fault.times : 0;
  };

  it.each([429, 500, 502, 503, 504])(
    'is asked five times when it answers %i, then left alone',
    async (status) => {
      answers({ status });
      for (let i = 0; i < 5; i++) expect(await failure()).toMatchObject({ status, retryAfter: null });
      for (let i = 0; i < 5; i++) {
        const { reason, status: none, retryAfter } = await failure();
        expect([reason, none]).toEqual(['transient', null]);
        expect(retryAfter).toBeGreaterThanOrEqual(10 * SECOND);
        expect(retryAfter).toBeLessThanOrEqual(12.5 * SECOND);
      }
      expect(met()).toBe(5);
    },
  );

  it('is asked once after the rest, and as before when that succeeds', async () => {
    answers({ status: 503 });
    for (let i = 0; i < 5; i++) await failure();
    room.time.now += 13 * SECOND;
    expect(await failure()).toMatchObject({ status: 503 });
    expect((await failure()).retryAfter).toBeGreaterThanOrEqual(20 * SECOND);
    expect(met()).toBe(6);
    room.time.now += 26 * SECOND;
    simulator.faults.clear();
    expect(await list()).not.toEqual([]);
    answers({ status: 503 });
    for (let i = 0; i < 4; i++) expect(await failure()).toMatchObject({ status: 503 });
    simulator.faults.clear();
    expect(await list()).not.toEqual([]);
  });

  it.each([
    ['seconds', { 'retry-after': '900' }, 15 * MINUTE],
    [
      'a date',
      { 'retry-after': 'Tue, 20 Oct 2026 08:20:00 GMT', date: 'Tue, 20 Oct 2026 08:00:00 GMT' },
      20 * MINUTE,
    ],
    ['an eternity', { 'retry-after': '31536000' }, HOUR],
  ])('is left alone as long as it asks for: %s', async (_what, headers, wait) => {
    answers({ status: 429, headers });
    for (let i = 0; i < 5; i++) expect(await failure()).toMatchObject({ reason: 'rate-limited' });
    expect(await failure()).toMatchObject({ reason: 'transient', retryAfter: wait });
    expect(met()).toBe(5);
  });

  it('is never left alone for saying no', async () => {
    for (const status of [400, 403, 404]) {
      answers({ status, body: { error: { code: status, message: 'No.' } } });
      for (let i = 0; i < 7; i++) expect(await failure()).toMatchObject({ reason: 'rejected', status });
    }
    simulator.faults.clear();
    expect(await list()).not.toEqual([]);
  });

  if (provider === 'google') {
    it.each(['userRateLimitExceeded', 'rateLimitExceeded', 'quotaExceeded'])(
      'is left alone too for 403 %s',
      async (reason) => {
        const body = {
          error: { code: 403, message: 'Slow down.', errors: [{ domain: 'usageLimits', reason }] },
        };
        answers({ status: 403, body });
        for (let i = 0; i < 5; i++) {
          expect(await failure()).toMatchObject({ reason: 'rate-limited', status: 403 });
        }
        expect(await failure()).toMatchObject({ reason: 'transient', status: null });
      },
    );
  }
});
