/** Solutions of challenges at two gateways over one Redis. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/main.ts';
import { solutionOf } from '../booking/solver.fixture.ts';
import { type FakeWidgetProvider, startWidgetProvider } from '../booking/widget-provider.fixture.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { type Ask, asker } from './client.fixture.ts';
import { type Stack, startBeside, startStack, testDay } from './stack.fixture.ts';

const { iso } = testDay();
const HOLD = `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) {
  __typename ... on ChallengeRequired { challenge } } }`;

interface Fleet {
  stack: Stack;
  gateways: Ask[];
  eventType: string;
  close(): Promise<void>;
}

async function startFleet(redis: RedisServer, env: Record<string, string>): Promise<Fleet> {
  const stack = await startStack({
    ...{ redisUrl: redis.url, sync: false },
    env: { CHALLENGE: 'always', LOG_LEVEL: 'silent', ...env },
  });
  const port = String(await freePort());
  const other: Gateway = await startBeside({ ...stack.environment, PORT: port }, { sync: false });
  const host = await makeHost(stack.admin, 'ada');
  return {
    stack,
    gateways: [stack.anyone, asker(other.url)],
    eventType: await makeEventType(stack.admin, host, 'talk', { seats: 1_000 }),
    async close() {
      await other.close();
      await stack.close();
    },
  };
}

/** What the hold comes to, and the challenge that it may be answered by. */
async function hold({ eventType }: Fleet, at: Ask | undefined, solution: string | null = null) {
  const input = { eventType, start: iso('10:00')[0], solution };
  const ask = at ?? expect.fail('no such gateway');
  const { holdSlot } = await ask<{ holdSlot: { __typename: string; challenge?: string } }>(HOLD, { input });
  return holdSlot;
}

const challengeAt = async (fleet: Fleet, at: Ask | undefined) => (await hold(fleet, at)).challenge ?? '';

/** The solution four times at once, at either gateway twice. */
const four = async (fleet: Fleet, solution: string) =>
  (await Promise.all([...fleet.gateways, ...fleet.gateways].map((at) => hold(fleet, at, solution))))
    .map(({ __typename }) => __typename)
    .sort();

const ONCE = ['ChallengeRequired', 'ChallengeRequired', 'ChallengeRequired', 'SlotHold'];

describe('a proof of work', () => {
  let redis: RedisServer;
  let fleet: Fleet;
  beforeAll(async () => {
    redis = await startRedis();
    fleet = await startFleet(redis, {});
  }, 120_000);
  afterAll(async () => {
    await fleet?.close();
    await redis?.stop();
  });

  it('lets one hold through over all gateways on one Redis, whichever asked for it', async () => {
    for (const asking of fleet.gateways) {
      const solution = solutionOf(await challengeAt(fleet, asking));
      expect(await four(fleet, solution)).toEqual(ONCE);
      expect(await four(fleet, solution)).toEqual(Array.from({ length: 4 }, () => 'ChallengeRequired'));
    }
  });

  it('lets one hold through at each gateway while Redis is away', async () => {
    const [one, other] = fleet.gateways;
    const before = solutionOf(await challengeAt(fleet, one));
    expect(await hold(fleet, other, before)).toMatchObject({ __typename: 'SlotHold' });
    const solution = solutionOf(await challengeAt(fleet, one));
    await redis.stop();
    const answers = await four(fleet, solution);
    expect(answers).toEqual(['ChallengeRequired', 'ChallengeRequired', 'SlotHold', 'SlotHold']);
    for (const at of fleet.gateways) {
      expect(await hold(fleet, at, solution)).toMatchObject({ __typename: 'ChallengeRequired' });
      expect(await hold(fleet, at, 'none')).toMatchObject({ __typename: 'ChallengeRequired' });
    }
  });
});

describe('the token of a widget', () => {
  let redis: RedisServer;
  let provider: FakeWidgetProvider;
  let fleet: Fleet;
  beforeAll(async () => {
    redis = await startRedis();
    provider = await startWidgetProvider('turnstile');
    fleet = await startFleet(redis, provider.env);
  }, 120_000);
  afterAll(async () => {
    await fleet?.close();
    await provider?.close();
    await redis?.stop();
  });

  it('lets one hold through over all gateways on one Redis, also where its provider lets it do again', async () => {
    provider.forget = true;
    expect(await four(fleet, provider.token(fleet.eventType))).toEqual(ONCE);
  });

  it('holds nothing while the provider gives no verdict', async () => {
    provider.answer((_request, response) => response.destroy());
    for (const at of fleet.gateways) {
      expect(await hold(fleet, at, provider.token(fleet.eventType))).toEqual({
        __typename: 'ChallengeUnavailable',
      });
    }
  });
});
