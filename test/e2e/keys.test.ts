/** A gateway that is started with another ENCRYPTION_KEYS, alone and beside one that has the right one. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { type ConnectedHost, connectHost, type Stack, startBeside, startStack } from './stack.fixture.ts';

let redis: RedisServer;
let stack: Stack;
let store: Store;
let ada: ConnectedHost;

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: { POLL_INTERVAL: 'PT1S' } });
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
  ada = await connectHost(stack, 'GOOGLE', 'ada');
});
afterAll(async () => {
  await closeStore(store);
  await stack.close();
  await redis.stop();
});

const withOtherKey = async (more: Record<string, string> = {}) => ({
  ...stack.environment,
  PORT: String(await freePort()),
  ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
  ...more,
});

describe('ENCRYPTION_KEYS that open nothing', () => {
  it('end the start with one sentence that says what to do, and change nothing', async () => {
    const before = await store.account.findMany();
    const start = startBeside(await withOtherKey());
    await expect(start).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(
        /^ENCRYPTION_KEYS opens none of the 1 secrets .* with key [0-9a-f]{8}: put that key back .*ALLOW_LOST_KEYS=true/,
      ),
    });
    expect(await store.account.findMany()).toEqual(before);
  });

  it('revoke no account and close no channel while such a worker pulls, and its calendars heal by the next pull', async () => {
    const channels = await store.watchChannel.findMany();
    const other = await startBeside(await withOtherKey({ ALLOW_LOST_KEYS: 'true' }), { http: false });
    try {
      await until(async () => {
        const state = await store.calendarState.findUniqueOrThrow({ where: { calendarId: ada.calendar } });
        return state.error?.startsWith('sealed: ');
      });
    } finally {
      await other.close();
    }
    expect(await store.account.findMany({ select: { status: true } })).toEqual([{ status: 'CONNECTED' }]);
    const state = await store.calendarState.findUniqueOrThrow({ where: { calendarId: ada.calendar } });
    expect((state.dueAt?.getTime() ?? 0) - Date.now()).toBeLessThan(31_000);
    // The next pull is made due, so that the test need not wait for it.
    await store.$executeRaw`update calendar_state set due_at = now() where calendar_id = ${ada.calendar}`;
    await until(async () => {
      const { trouble, failures } = await store.calendarState.findUniqueOrThrow({
        where: { calendarId: ada.calendar },
      });
      return trouble === null && failures === 0;
    });
    expect(await store.watchChannel.findMany()).toEqual(channels);
  });
});
